import { gvkOf, type KubeObject } from '@sekisho/kube';
import { Field } from '../object/field.ts';
import { podTemplateOf } from '../object/pod-template.ts';
import { plainSelectorOf, selectorOf } from '../object/selector.ts';

type Labels = Readonly<Record<string, string>>;

/** An object that selects pods by their labels. */
export interface Selecting {
  readonly root: Field;
  readonly name: string;
  readonly selects: (labels: Labels) => boolean;
}

/** What an autoscaler scales. */
export interface Scaling {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
}

/** The objects that are scored together, by what checks ask of them. Namespaces are as written, `''` when none is. */
export interface ObjectSet {
  services(namespace: string): readonly Selecting[];
  networkPolicies(namespace: string): readonly Selecting[];
  disruptionBudgets(namespace: string): readonly Selecting[];
  autoscalers(namespace: string): readonly Scaling[];
  /** The labels of pods, and of the pods that workloads make. */
  podLabels(namespace: string): readonly Labels[];
  has(namespace: string, apiVersion: string, kind: string, name: string): boolean;
}

export function createObjectSet(objects: readonly KubeObject[]): ObjectSet {
  const services = new ByNamespace<Selecting>();
  const networkPolicies = new ByNamespace<Selecting>();
  const disruptionBudgets = new ByNamespace<Selecting>();
  const autoscalers = new ByNamespace<Scaling>();
  const podLabels = new ByNamespace<Labels>();
  const known = new Set<string>();
  for (const object of objects) {
    const root = Field.root(object);
    const namespace = namespaceOf(root);
    const name = root.at('metadata', 'name').text ?? '';
    known.add(keyOf(namespace, object.apiVersion, object.kind, name));
    const pod = scoredPodOf(object);
    if (pod !== undefined) podLabels.add(namespace, pod.metadata.at('labels').textMap);
    const spec = root.at('spec');
    switch (scoredKindOf(object)) {
      case 'Service':
        services.add(namespace, { root, name, selects: plainSelectorOf(spec.at('selector')) });
        break;
      case 'NetworkPolicy':
        networkPolicies.add(namespace, { root, name, selects: policySelector(spec.at('podSelector')) });
        break;
      case 'PodDisruptionBudget':
        disruptionBudgets.add(namespace, { root, name, selects: selectorOf(spec.at('selector')) });
        break;
      case 'HorizontalPodAutoscaler':
        autoscalers.add(namespace, scalingOf(root));
        break;
      default:
    }
  }
  return {
    services: (namespace) => services.get(namespace),
    networkPolicies: (namespace) => networkPolicies.get(namespace),
    disruptionBudgets: (namespace) => disruptionBudgets.get(namespace),
    autoscalers: (namespace) => autoscalers.get(namespace),
    podLabels: (namespace) => podLabels.get(namespace),
    has: (namespace, apiVersion, kind, name) => known.has(keyOf(namespace, apiVersion, kind, name)),
  };
}

/** The namespace as the object names it: `''` and `default` are not the same here, as in kube-score. */
export function namespaceOf(root: Field): string {
  return root.at('metadata', 'namespace').text ?? '';
}

export function scalingOf(autoscaler: Field): Scaling {
  const target = autoscaler.at('spec', 'scaleTargetRef');
  return {
    apiVersion: target.at('apiVersion').text ?? '',
    kind: target.at('kind').text ?? '',
    name: target.at('name').text ?? '',
  };
}

const kindGroups: Readonly<Record<string, readonly string[]>> = {
  Service: [''],
  Deployment: ['apps', 'extensions'],
  StatefulSet: ['apps'],
  NetworkPolicy: ['networking.k8s.io', 'extensions'],
  Ingress: ['networking.k8s.io', 'extensions'],
  CronJob: ['batch'],
  HorizontalPodAutoscaler: ['autoscaling'],
  PodDisruptionBudget: ['policy'],
};

/** The kind, when Kubernetes itself serves it and a check is about it. */
export function scoredKindOf(object: KubeObject): string | undefined {
  const { group, kind } = gvkOf(object);
  return Object.hasOwn(kindGroups, kind) && kindGroups[kind]?.includes(group) === true ? kind : undefined;
}

const podKinds = new Set(['Pod', 'Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob']);

/** The pod of the kinds that people write; what a controller makes (ReplicaSet) is scored with its maker. */
export function scoredPodOf(object: KubeObject) {
  return podKinds.has(object.kind) ? podTemplateOf(object) : undefined;
}

/** The selector of a NetworkPolicy is a value, not a pointer: a missing one is an empty one. */
function policySelector(field: Field): (labels: Labels) => boolean {
  return field.isSet ? selectorOf(field) : () => true;
}

function keyOf(...parts: readonly string[]): string {
  return JSON.stringify(parts);
}

class ByNamespace<T> {
  readonly #lists = new Map<string, T[]>();

  add(namespace: string, item: T): void {
    const list = this.#lists.get(namespace);
    if (list === undefined) this.#lists.set(namespace, [item]);
    else list.push(item);
  }

  get(namespace: string): readonly T[] {
    return this.#lists.get(namespace) ?? [];
  }
}
