import type { KubeObject } from '@sekisho/kube';
import { Field } from '../../best-practice/object/field.ts';
import type { DeploymentView } from './deployment.ts';

/** From little to much. */
export const exposureLevels = ['UNSET', 'INTERNAL', 'HOST', 'NODE', 'EXTERNAL', 'ROUTE'] as const;
export type ExposureLevel = (typeof exposureLevels)[number];

/** A port of a container, or one that a Service leads to. */
export interface PortView {
  /** Where the container declares it; undefined when only a Service knows it. */
  readonly field: Field | undefined;
  readonly port: number;
  readonly protocol: string;
  /** The widest of its exposures; UNSET when there is none. */
  readonly exposure: ExposureLevel;
  readonly exposures: readonly PortExposure[];
  /** Nobody said which Services there are: there may be more exposures. */
  readonly servicesUnknown: boolean;
}

export interface PortExposure {
  readonly level: ExposureLevel;
  /** On the nodes; undefined when there is none. */
  readonly nodePort: number | undefined;
  readonly service: string | undefined;
}

interface Draft {
  readonly field: Field | undefined;
  readonly name: string | undefined;
  readonly port: number;
  readonly protocol: string;
  readonly exposures: PortExposure[];
}

/** @param services of all namespaces, or undefined when they are not known; Routes of OpenShift count among them */
export function portsOf(deployment: DeploymentView, services: readonly KubeObject[] | undefined): readonly PortView[] {
  const drafts = deployment.containers.flatMap(({ field }) => field.at('ports').items().flatMap(declaredPort));
  for (const service of services ?? []) exposeBy(Field.root(service), deployment, drafts, services ?? []);
  return drafts.map(({ field, port, protocol, exposures }) => ({
    field,
    port,
    protocol,
    exposures,
    exposure: widest(exposures),
    servicesUnknown: services === undefined,
  }));
}

function declaredPort(field: Field): Draft[] {
  const port = field.at('containerPort').number;
  if (port === undefined) return [];
  const hostPort = field.at('hostPort').number ?? 0;
  const onHost: PortExposure = { level: 'HOST', nodePort: hostPort, service: undefined };
  return [
    {
      field,
      name: field.at('name').text,
      port,
      protocol: (field.at('protocol').text ?? 'TCP').toUpperCase(),
      exposures: hostPort > 0 ? [onHost] : [],
    },
  ];
}

function exposeBy(service: Field, deployment: DeploymentView, drafts: Draft[], objects: readonly KubeObject[]): void {
  if (service.at('kind').text !== 'Service') return;
  if ((service.at('metadata', 'namespace').text || 'default') !== deployment.namespace) return;
  const selector = Object.entries(service.at('spec', 'selector').textMap);
  const selects = selector.every(([key, value]) => deployment.podLabels[key] === value);
  if (selector.length === 0 || !selects) return;
  const name = service.at('metadata', 'name').text ?? '';
  const level = hasRoute(name, deployment.namespace, objects) ? 'ROUTE' : levelOf(service.at('spec', 'type').text);
  for (const each of service.at('spec', 'ports').items()) {
    const protocol = (each.at('protocol').text ?? 'TCP').toUpperCase();
    const target = each.at('targetPort').value ?? each.at('port').value;
    const nodePort = each.at('nodePort').number;
    const exposure = { level, nodePort: nodePort === 0 ? undefined : nodePort, service: name } satisfies PortExposure;
    const found = drafts.filter(
      (draft) => draft.protocol === protocol && (draft.port === target || (draft.name ?? '') === target),
    );
    for (const draft of found) draft.exposures.push(exposure);
    if (found.length === 0 && typeof target === 'number') {
      drafts.push({ field: undefined, name: undefined, port: target, protocol, exposures: [exposure] });
    }
  }
}

function levelOf(type: string | undefined): ExposureLevel {
  if (type === 'LoadBalancer') return 'EXTERNAL';
  return type === 'NodePort' ? 'NODE' : 'INTERNAL';
}

/** A Route of OpenShift leads to the Service. */
function hasRoute(service: string, namespace: string, objects: readonly KubeObject[]): boolean {
  return objects.some((object) => {
    if (object.kind !== 'Route' || (object.metadata.namespace ?? 'default') !== namespace) return false;
    const route = Field.root(object);
    const targets = [route.at('spec', 'to'), ...route.at('spec', 'alternateBackends').items()];
    return targets.some((target) => target.at('name').text === service);
  });
}

function widest(exposures: readonly PortExposure[]): ExposureLevel {
  let index = 0;
  for (const { level } of exposures) index = Math.max(index, exposureLevels.indexOf(level));
  return exposureLevels[index] ?? 'UNSET';
}
