import type { Field } from '../../object/field.ts';
import type { PodTemplate } from '../../object/pod-template.ts';
import { selectorOf } from '../../object/selector.ts';
import {
  allRight,
  type Check,
  type CheckContext,
  defineCheck,
  grades,
  type Outcome,
  onField,
  outcomeOf,
  skipped,
} from '../check.ts';

/** Fewer than two replicas on purpose; without a number an autoscaler may decide. */
export function isSingle(root: Field): boolean {
  const replicas = root.at('spec', 'replicas').number;
  return replicas !== undefined && replicas < 2;
}

function isServed({ namespace, set }: CheckContext, pod: PodTemplate): boolean {
  return set.servicesOf(namespace, pod.metadata.at('labels').textMap).length > 0;
}

const strategy = defineCheck({
  name: 'Deployment Strategy',
  target: 'Deployment',
  severity: 'medium',
  why: 'Recreate stops all pods before the first new one starts: whoever calls the Service meanwhile gets an error.',
  fix: 'Set spec.strategy.type: RollingUpdate, or leave it out.',
  run: (context, pod) => {
    if (!isServed(context, pod)) return skipped('No Service selects the Deployment');
    const field = context.root.at('spec', 'strategy', 'type');
    if (field.text === undefined || field.text === '' || field.text === 'RollingUpdate') return allRight;
    return outcomeOf(grades.warning, [
      onField(field, 'The Deployment is not updated by rolling', 'Use the strategy RollingUpdate.'),
    ]);
  },
});

const replicas = defineCheck({
  name: 'Deployment Replicas',
  target: 'Deployment',
  severity: 'medium',
  why: 'With one replica every restart, drain or crash is an outage.',
  fix: 'Set spec.replicas to 2 or more, or add a HorizontalPodAutoscaler.',
  run: (context, pod) => {
    const { root, settings } = context;
    if (!isServed(context, pod)) return skipped('No Service selects the Deployment');
    if (isAutoscaled(context)) return skipped('A HorizontalPodAutoscaler sets the replicas of the Deployment');
    const field = root.at('spec', 'replicas');
    if ((field.number ?? 1) >= settings.minReplicasDeployment) return allRight;
    return outcomeOf(grades.warning, [
      onField(field, 'The Deployment has too few replicas', `Run at least ${settings.minReplicasDeployment}.`),
    ]);
  },
});

/** An autoscaler of the same namespace names the object of the context. */
export function isAutoscaled({ root, namespace, set }: CheckContext): boolean {
  return set.isAutoscaled(namespace, {
    apiVersion: root.at('apiVersion').text ?? '',
    kind: root.at('kind').text ?? '',
    name: root.at('metadata', 'name').text ?? '',
  });
}

/** Labels by which nodes lie apart: the node itself, its zone, its region; also by their names before 1.17. */
const spreadingKeys = new Set([
  'kubernetes.io/hostname',
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
]);

function hasAntiAffinity({ metadata, spec }: PodTemplate): boolean {
  const affinity = spec.at('affinity', 'podAntiAffinity');
  const terms = [
    ...affinity
      .at('preferredDuringSchedulingIgnoredDuringExecution')
      .items()
      .map((preference) => preference.at('podAffinityTerm')),
    ...affinity.at('requiredDuringSchedulingIgnoredDuringExecution').items(),
  ];
  const labels = metadata.at('labels').textMap;
  return terms.some(
    (term) => spreadingKeys.has(term.at('topologyKey').text ?? '') && selectorOf(term.at('labelSelector'))(labels),
  );
}

function antiAffinity(kind: 'Deployment' | 'StatefulSet'): Check {
  return defineCheck({
    name: `${kind} has host PodAntiAffinity`,
    target: kind,
    severity: 'low',
    why: 'When all replicas share a node or a zone, its failure takes all of them.',
    fix: 'Add a podAntiAffinity on kubernetes.io/hostname (or a zone) whose labelSelector selects these pods.',
    run: ({ root }, pod) => {
      if (isSingle(root)) return skipped(`The ${kind} has fewer than two replicas`);
      if (hasAntiAffinity(pod)) return allRight;
      return outcomeOf(grades.warning, [
        onField(
          pod.spec.at('affinity', 'podAntiAffinity'),
          `Nothing keeps the pods of the ${kind} apart`,
          'Add an anti-affinity to its own labels, by node or zone.',
        ),
      ]);
    },
  });
}

function selectorMatchesTemplate(kind: 'Deployment' | 'StatefulSet'): Check {
  return defineCheck({
    name: `${kind} Pod Selector labels match template metadata labels`,
    target: kind,
    severity: 'high',
    why: 'The API server refuses a workload that does not select the pods it makes.',
    fix: 'Make spec.selector.matchLabels equal to labels of spec.template.metadata.',
    run: ({ root }, pod): Outcome => {
      const selector = root.at('spec', 'selector');
      if (selectorOf(selector)(pod.metadata.at('labels').textMap)) return allRight;
      return outcomeOf(grades.critical, [
        onField(selector, `The ${kind} does not select its own pods`, 'Use the labels of the template.'),
      ]);
    },
  });
}

const serviceName = defineCheck({
  name: 'StatefulSet has ServiceName',
  target: 'StatefulSet',
  severity: 'medium',
  why: 'Without its headless Service the pods of a StatefulSet have no stable names.',
  fix: 'Add a Service with clusterIP: None that selects the pods, and name it in spec.serviceName.',
  relational: true,
  run: ({ root, namespace, set }, pod) => {
    const field = root.at('spec', 'serviceName');
    const labels = pod.metadata.at('labels').textMap;
    const found = set
      .servicesNamed(namespace, field.text ?? '')
      .some((service) => service.root.at('spec', 'clusterIP').text === 'None' && service.selects(labels));
    if (found) return allRight;
    return outcomeOf(grades.critical, [
      onField(field, 'There is no headless Service of that name', 'It must select the pods, in the same namespace.'),
    ]);
  },
});

export const replicaChecks: readonly Check[] = [
  strategy,
  replicas,
  antiAffinity('Deployment'),
  antiAffinity('StatefulSet'),
  selectorMatchesTemplate('Deployment'),
  selectorMatchesTemplate('StatefulSet'),
  serviceName,
];
