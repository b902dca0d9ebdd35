import { gvkOf, type KubeObject } from '@sekisho/kube';
import { Field } from '../object/field.ts';
import { type PodTemplate, podTemplateOf } from '../object/pod-template.ts';
import { type Labels, plainSelectorOf, selectorOf } from '../object/selector.ts';
import { anyPair, LabelIndex, pairsOf } from './label-index.ts';

/** An object that selects pods of its namespace by their labels. */
export interface Selecting {
  readonly root: Field;
  readonly namespace: string;
  readonly selects: (labels: Labels) => boolean;
  /** Labels that it asks for by value: one of them is enough to find what it may select. */
  readonly wanted: Labels;
}

/** What an autoscaler scales. */
export interface Scaling {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
}

/** The objects that are scored together, by what checks ask of them. Namespaces are as written, `''` when none is. */
export interface ObjectSet {
  /** Services that select a pod with these labels. */
  servicesOf(namespace: string, labels: Labels): readonly Selecting[];
  networkPoliciesOf(namespace: string, labels: Labels): readonly Selecting[];
  disruptionBudgetsOf(namespace: string, labels: Labels): readonly Selecting[];
  servicesNamed(namespace: string, name: string): readonly Selecting[];
  /** Whether a Service or NetworkPolicy of the set selects any pod, or any pod that a workload makes. */
  selectsAnyPod(object: unknown): boolean;
  isAutoscaled(namespace: string, target: Scaling): boolean;
  has(namespace: string, apiVersion: string, kind: string, name: string): boolean;
}

export function createObjectSet(objects: readonly KubeObject[]): ObjectSet {
  const services = new LabelIndex<Selecting>();
  const networkPolicies = new LabelIndex<Selecting>();
  const disruptionBudgets = new LabelIndex<Selecting>();
  const pods = new LabelIndex<Labels>();
  const named = new Map<string, Selecting[]>();
  const selecting = new Map<unknown, Selecting>();
  const autoscaled = new Set<string>();
  const known = new Set<string>();
  for (const object of objects) {
    const root = Field.root(object);
    const namespace = namespaceOf(root);
    const name = root.at('metadata', 'name').text ?? '';
    known.add(keyOf(namespace, object.apiVersion, object.kind, name));
    const labels = scoredPodOf(object)?.metadata.at('labels').textMap;
    if (labels !== undefined) pods.add(namespace, [anyPair, ...pairsOf(labels)], labels);
    const kind = scoredKindOf(object);
    if (kind === 'HorizontalPodAutoscaler') {
      const { apiVersion, kind: scaled, name: target } = scalingOf(root);
      autoscaled.add(keyOf(namespace, apiVersion, scaled, target));
    }
    const entry = selectingOf(kind, root, namespace);
    if (entry === undefined) continue;
    selecting.set(object, entry);
    const index = kind === 'Service' ? services : kind === 'NetworkPolicy' ? networkPolicies : disruptionBudgets;
    index.add(namespace, firstPair(entry), entry);
    if (kind !== 'Service') continue;
    const key = keyOf(namespace, name);
    named.set(key, [...(named.get(key) ?? []), entry]);
  }
  const select = (index: LabelIndex<Selecting>) => (namespace: string, labels: Labels) =>
    index.find(namespace, [anyPair, ...pairsOf(labels)]).filter((entry) => entry.selects(labels));
  return {
    servicesOf: select(services),
    networkPoliciesOf: select(networkPolicies),
    disruptionBudgetsOf: select(disruptionBudgets),
    servicesNamed: (namespace, name) => named.get(keyOf(namespace, name)) ?? [],
    selectsAnyPod(object) {
      const entry = selecting.get(object);
      if (entry === undefined) return false;
      return pods.find(entry.namespace, firstPair(entry)).some(entry.selects);
    },
    isAutoscaled: (namespace, { apiVersion, kind, name }) => autoscaled.has(keyOf(namespace, apiVersion, kind, name)),
    has: (namespace, apiVersion, kind, name) => known.has(keyOf(namespace, apiVersion, kind, name)),
  };
}

function firstPair({ wanted }: Selecting): readonly string[] {
  return [pairsOf(wanted)[0] ?? anyPair];
}

function selectingOf(kind: string | undefined, root: Field, namespace: string): Selecting | undefined {
  const spec = root.at('spec');
  switch (kind) {
    case 'Service': {
      const selector = spec.at('selector');
      return { root, namespace, selects: plainSelectorOf(selector), wanted: selector.textMap };
    }
    case 'NetworkPolicy': {
      const selector = spec.at('podSelector');
      // It is a value, not a pointer: a missing one is an empty one.
      const selects = selector.isSet ? selectorOf(selector) : () => true;
      return { root, namespace, selects, wanted: selector.at('matchLabels').textMap };
    }
    case 'PodDisruptionBudget': {
      const selector = spec.at('selector');
      return { root, namespace, selects: selectorOf(selector), wanted: selector.at('matchLabels').textMap };
    }
    default:
      return undefined;
  }
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
export function scoredPodOf(object: KubeObject): PodTemplate | undefined {
  return podKinds.has(object.kind) ? podTemplateOf(object) : undefined;
}

function keyOf(...parts: readonly string[]): string {
  return JSON.stringify(parts);
}
