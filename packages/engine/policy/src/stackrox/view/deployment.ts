import { isSekishoError } from '@sekisho/base';
import { gvkOf, type KubeObject, quantityToNumber } from '@sekisho/kube';
import type { Field } from '../../best-practice/object/field.ts';
import { podTemplateOf } from '../../best-practice/object/pod-template.ts';
import type { ContainerType } from '../policy/policy.ts';
import type { ImageName } from './image.ts';
import { parseImageName } from './image.ts';
import { type MountedVolume, volumesOf } from './volumes.ts';

/** A workload of any kind as StackRox sees it: one "deployment" with containers. */
export interface DeploymentView {
  readonly object: KubeObject;
  readonly name: string;
  readonly namespace: string;
  readonly root: Field;
  /** The pod's. */
  readonly podSpec: Field;
  readonly podLabels: Readonly<Record<string, string>>;
  /** The workload's own, not the pod's. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly serviceAccount: string;
  /** Of kinds that count none: 0. */
  readonly replicas: number;
  readonly containers: readonly ContainerView[];
}

export interface ContainerView {
  readonly field: Field;
  readonly name: string;
  readonly type: ContainerType;
  /** Can have probes: all but init containers that end before the others start. */
  readonly probed: boolean;
  readonly image: ImageName;
  readonly environment: readonly EnvironmentView[];
  readonly volumes: readonly MountedVolume[];
  readonly addedCapabilities: readonly string[];
  readonly droppedCapabilities: readonly string[];
  readonly privileged: boolean;
  readonly allowsPrivilegeEscalation: boolean;
  readonly appArmorProfile: string;
  /** undefined when nothing is said. */
  readonly seccompProfile: string | undefined;
}

export interface EnvironmentView {
  readonly field: Field;
  readonly source: string;
  readonly key: string;
  /** '' where the value is only referred to. */
  readonly value: string;
}

/** Kinds whose replicas the API server sets to 1. */
const counted = new Set(['Deployment', 'ReplicaSet', 'StatefulSet', 'ReplicationController']);

/** undefined for kinds that run no pods. */
export function deploymentViewOf(object: KubeObject, root: Field): DeploymentView | undefined {
  const template = podTemplateOf(object);
  if (template === undefined) return undefined;
  const { spec, metadata } = template;
  const { kind } = gvkOf(object);
  const ready = kind === 'DaemonSet' ? root.at('status', 'numberAvailable').number : root.at('spec', 'replicas').number;
  const regular = spec.at('containers').items();
  const init = spec.at('initContainers').items();
  return {
    object,
    name: root.at('metadata', 'name').text ?? root.at('metadata', 'generateName').text ?? '',
    namespace: root.at('metadata', 'namespace').text || 'default',
    root,
    podSpec: spec,
    podLabels: metadata.at('labels').textMap,
    labels: root.at('metadata', 'labels').textMap,
    annotations: root.at('metadata', 'annotations').textMap,
    serviceAccount: spec.at('serviceAccountName').text || spec.at('serviceAccount').text || 'default',
    replicas: ready ?? (counted.has(kind) ? 1 : 0),
    containers: [
      ...init.map((field) => containerOf(field, 'INIT', spec, metadata)),
      ...regular.map((field) => containerOf(field, 'REGULAR', spec, metadata)),
    ],
  };
}

function containerOf(field: Field, type: ContainerType, podSpec: Field, podMetadata: Field): ContainerView {
  const name = field.at('name').text ?? '';
  const security = field.at('securityContext');
  const added = security.at('capabilities', 'add').texts.map(capabilityName);
  const privileged = security.at('privileged').isTrue;
  return {
    field,
    name,
    type,
    probed: type === 'REGULAR' || field.at('restartPolicy').text === 'Always',
    image: parseImageName(field.at('image').text ?? ''),
    environment: field.at('env').items().map(environmentOf),
    volumes: volumesOf(field, podSpec),
    addedCapabilities: added,
    droppedCapabilities: security.at('capabilities', 'drop').texts.map(capabilityName),
    privileged,
    // Kubernetes allows it unless it is forbidden, and always to these two.
    allowsPrivilegeEscalation:
      privileged || added.includes('SYS_ADMIN') || !security.at('allowPrivilegeEscalation').isFalse,
    appArmorProfile: appArmorProfileOf(name, security, podSpec, podMetadata),
    seccompProfile: seccompProfileOf(security) ?? seccompProfileOf(podSpec.at('securityContext')),
  };
}

/** `CAP_SYS_ADMIN` and `sys_admin` are SYS_ADMIN. */
function capabilityName(text: string): string {
  return text.toUpperCase().replace(/^CAP_/, '');
}

function environmentOf(field: Field): EnvironmentView {
  const from = field.at('valueFrom');
  const sources = [
    ['secretKeyRef', 'SECRET_KEY'],
    ['configMapKeyRef', 'CONFIG_MAP_KEY'],
    ['fieldRef', 'FIELD'],
    ['resourceFieldRef', 'RESOURCE_FIELD'],
  ] as const;
  const referred = sources.find(([key]) => from.at(key).isSet)?.[1] ?? 'UNKNOWN';
  return {
    field,
    source: from.isSet ? referred : 'RAW',
    key: field.at('name').text ?? '',
    value: from.isSet ? '' : (field.at('value').text ?? ''),
  };
}

function seccompProfileOf(security: Field): string | undefined {
  switch (security.at('seccompProfile', 'type').text) {
    case undefined:
      return undefined;
    case 'Unconfined':
      return 'UNCONFINED';
    case 'Localhost':
      return 'LOCALHOST';
    default:
      return 'RUNTIME_DEFAULT';
  }
}

/** In the words of the annotation, which came before the field. '' when nothing is said. */
function appArmorProfileOf(name: string, security: Field, podSpec: Field, podMetadata: Field): string {
  for (const profile of [security.at('appArmorProfile'), podSpec.at('securityContext', 'appArmorProfile')]) {
    switch (profile.at('type').text) {
      case 'Unconfined':
        return 'unconfined';
      case 'RuntimeDefault':
        return 'runtime/default';
      case 'Localhost':
        return `localhost/${profile.at('localhostProfile').text ?? ''}`;
    }
  }
  return podMetadata.at('annotations', `container.apparmor.security.beta.kubernetes.io/${name}`).text ?? '';
}

/** Cores, or bytes; 0 when nothing (readable) is said. */
export function quantityOf(field: Field): number {
  const { text, number } = field;
  const written = text ?? number;
  if (written === undefined) return 0;
  try {
    return quantityToNumber(written);
  } catch (error) {
    if (isSekishoError(error)) return 0;
    throw error;
  }
}
