import { gvkOf, type KubeObject } from '@sekisho/kube';
import { Field } from './field.ts';

/** The pod that an object is, or that it makes. */
export interface PodTemplate {
  readonly metadata: Field;
  readonly spec: Field;
}

/** Where the template lies in each kind that makes pods; `''` is the core group. */
const templatePaths: Readonly<
  Record<string, { readonly groups: readonly string[]; readonly path: readonly string[] }>
> = {
  Pod: { groups: [''], path: [] },
  PodTemplate: { groups: [''], path: ['template'] },
  ReplicationController: { groups: [''], path: ['spec', 'template'] },
  Deployment: { groups: ['apps', 'extensions'], path: ['spec', 'template'] },
  ReplicaSet: { groups: ['apps', 'extensions'], path: ['spec', 'template'] },
  DaemonSet: { groups: ['apps', 'extensions'], path: ['spec', 'template'] },
  StatefulSet: { groups: ['apps'], path: ['spec', 'template'] },
  Job: { groups: ['batch'], path: ['spec', 'template'] },
  CronJob: { groups: ['batch'], path: ['spec', 'jobTemplate', 'spec', 'template'] },
};

/** The pod template of a Pod or of a built-in workload; undefined for other kinds. */
export function podTemplateOf(object: KubeObject): PodTemplate | undefined {
  const { group, kind } = gvkOf(object);
  const known = Object.hasOwn(templatePaths, kind) ? templatePaths[kind] : undefined;
  if (known === undefined || !known.groups.includes(group)) return undefined;
  const template = Field.root(object).at(...known.path);
  return { metadata: template.at('metadata'), spec: template.at('spec') };
}

/** Init containers (sidecars among them), then the containers: in the order in which they start. */
export function containersOf(spec: Field): readonly Field[] {
  return [...spec.at('initContainers').items(), ...spec.at('containers').items()];
}

/** As {@link containersOf}, and those that somebody put into the running pod. */
export function allContainersOf(spec: Field): readonly Field[] {
  return [...containersOf(spec), ...spec.at('ephemeralContainers').items()];
}
