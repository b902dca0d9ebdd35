import type { Field } from '../../best-practice/object/field.ts';
import type { ContainerView, DeploymentView, EnvironmentView } from './deployment.ts';
import type { ImageComponent, ImageConfig, ImageMetadata, ImageName, ImageScan, ImageVulnerability } from './image.ts';
import type { PortExposure, PortView } from './ports.ts';
import type { MountedVolume } from './volumes.ts';

export const permissionLevels = [
  'NONE',
  'DEFAULT',
  'ELEVATED_IN_NAMESPACE',
  'ELEVATED_CLUSTER_WIDE',
  'CLUSTER_ADMIN',
] as const;
/** What the service account of a workload may do, from nothing to everything. */
export type PermissionLevel = (typeof permissionLevels)[number];

/** What is judged: a workload with its images, or an image alone. */
export interface Subject {
  readonly workload: WorkloadView | undefined;
  readonly containers: readonly { readonly view: ContainerView | undefined; readonly image: ImageView }[];
  readonly ports: readonly PortView[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** A deployment and what lies around it; undefined is what nobody said. */
export interface WorkloadView {
  readonly deployment: DeploymentView;
  readonly permissionLevel: PermissionLevel | undefined;
  readonly hasIngressPolicy: boolean | undefined;
  readonly hasEgressPolicy: boolean | undefined;
}

export interface ImageView {
  readonly name: ImageName;
  readonly metadata: ImageMetadata | undefined;
  /** Of the reference; undefined for an image alone. */
  readonly field: Field | undefined;
}

/** What a criterion reads, by where it lies. */
export interface Levels {
  readonly workload: WorkloadView;
  readonly container: ContainerView;
  readonly environment: EnvironmentView;
  readonly volume: MountedVolume;
  readonly port: PortView;
  readonly exposure: PortExposure;
  readonly image: ImageView;
  readonly config: ImageConfig;
  readonly layer: { readonly instruction: string; readonly value: string };
  readonly scan: ImageScan;
  readonly component: ImageComponent;
  readonly vulnerability: ImageVulnerability;
}

export type Level = keyof Levels;

/** An entry of a list on the way to a node: two criteria mean the same container when their steps are equal. */
export interface Step {
  readonly list: 'containers' | 'environment' | 'volumes' | 'ports' | 'exposures' | 'layers' | 'components' | 'cves';
  readonly index: number;
}

/** One place that a criterion reads. */
export interface Node<L extends Level> {
  readonly steps: readonly Step[];
  /** undefined where the data is not known, of which `missing` tells. */
  readonly entity: Levels[L] | undefined;
  /** What is missing: `the scan of nginx:1.27`. */
  readonly missing: string;
  /** Begins a sentence: `Container web`. */
  readonly title: string;
  readonly field: Field | undefined;
}

type Enumerate<L extends Level> = (subject: Subject) => readonly Node<L>[];

const enumerators: { readonly [L in Level]: Enumerate<L> } = {
  workload: ({ workload }) =>
    workload === undefined ? [] : [known([], workload, titleOf(workload.deployment), workload.deployment.root)],
  container: (subject) =>
    subject.containers.flatMap(({ view }, i) =>
      view === undefined ? [] : [known(step('containers', i), view, `Container ${view.name}`, view.field)],
    ),
  environment: (subject) =>
    within(subject, 'container', (view, { steps, title }) =>
      view.environment.map((each, i) =>
        known([...steps, ...step('environment', i)], each, `Variable ${each.key} of ${lower(title)}`, each.field),
      ),
    ),
  volume: (subject) =>
    within(subject, 'container', (view, { steps, title }) =>
      view.volumes.map((each, i) =>
        known([...steps, ...step('volumes', i)], each, `Volume ${each.name} of ${lower(title)}`, each.mount),
      ),
    ),
  port: ({ ports }) =>
    ports.map((port, i) => known(step('ports', i), port, `Port ${port.port}/${port.protocol}`, port.field)),
  exposure: (subject) =>
    within(subject, 'port', (port, { steps, title, field }) => [
      ...port.exposures.map((each, i) => known<'exposure'>([...steps, ...step('exposures', i)], each, title, field)),
      ...(port.servicesUnknown ? [unknown<'exposure'>(steps, 'the Services', field)] : []),
    ]),
  image: ({ workload, containers }) =>
    containers.map(({ image }, i) =>
      known(workload === undefined ? [] : step('containers', i), image, `Image ${image.name.fullName}`, image.field),
    ),
  config: (subject) =>
    within(subject, 'image', ({ metadata, name }, { steps, title, field }) => {
      const config = metadata?.config;
      if (config === undefined) return [unknown<'config'>(steps, `the configuration of ${name.fullName}`, field)];
      return [known(steps, config, title, field)];
    }),
  layer: (subject) =>
    within(subject, 'config', ({ layers = [] }, { steps, title, field }) =>
      layers.map((layer, i) => known([...steps, ...step('layers', i)], layer, title, field)),
    ),
  scan: (subject) =>
    within(subject, 'image', ({ metadata, name }, { steps, title, field }) => {
      const scan = metadata?.scan;
      if (scan === undefined) return [unknown<'scan'>(steps, `a scan of ${name.fullName}`, field)];
      return [known(steps, scan, title, field)];
    }),
  component: (subject) =>
    within(subject, 'scan', ({ components }, { steps, title, field }) =>
      components.map((each, i) =>
        known([...steps, ...step('components', i)], each, `${each.name} ${each.version} in ${lower(title)}`, field),
      ),
    ),
  vulnerability: (subject) =>
    within(subject, 'component', ({ vulnerabilities = [] }, { steps, title, field }) =>
      vulnerabilities.flatMap((each, i) =>
        // Deferred ones and false positives violate nothing.
        (each.state ?? 'OBSERVED') === 'OBSERVED'
          ? [known([...steps, ...step('cves', i)], each, `${each.cve} of ${title}`, field)]
          : [],
      ),
    ),
};

/** A subject is asked by many policies: its nodes are made once. */
const remembered = new WeakMap<Subject, Map<Level, readonly Node<Level>[]>>();

/** All places of a level, with those in between whose data is not known. */
export function nodesOf<L extends Level>(subject: Subject, level: L): readonly Node<L>[] {
  let levels = remembered.get(subject);
  if (levels === undefined) {
    levels = new Map();
    remembered.set(subject, levels);
  }
  let nodes = levels.get(level) as readonly Node<L>[] | undefined;
  if (nodes === undefined) {
    nodes = enumerators[level](subject);
    levels.set(level, nodes);
  }
  return nodes;
}

/** The nodes below those of another level; where that is not known, neither are they. */
function within<A extends Level, L extends Level>(
  subject: Subject,
  above: A,
  below: (entity: Levels[A], node: Node<A>) => readonly Node<L>[],
): readonly Node<L>[] {
  return nodesOf(subject, above).flatMap((node) =>
    node.entity === undefined ? [unknown<L>(node.steps, node.missing, node.field)] : below(node.entity, node),
  );
}

function known<L extends Level>(
  steps: readonly Step[],
  entity: Levels[L],
  title: string,
  field: Field | undefined,
): Node<L> {
  return { steps, entity, missing: '', title, field };
}

function unknown<L extends Level>(steps: readonly Step[], missing: string, field: Field | undefined): Node<L> {
  return { steps, entity: undefined, missing, title: '', field };
}

function step(list: Step['list'], index: number): readonly [Step] {
  return [{ list, index }];
}

function titleOf({ object, namespace, name }: DeploymentView): string {
  return `${object.kind} ${namespace}/${name}`;
}

/** In the middle of a sentence. */
function lower(title: string): string {
  return `${title.slice(0, 1).toLowerCase()}${title.slice(1)}`;
}
