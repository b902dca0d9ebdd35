import { allRight, type Check, defineCheck, grades, onField, outcomeOf } from '../check.ts';
import { scalingOf } from '../object-set.ts';
import { isAutoscaled } from './replicas.ts';

const hasTarget = defineCheck({
  name: 'HorizontalPodAutoscaler has target',
  target: 'HorizontalPodAutoscaler',
  severity: 'high',
  why: 'An autoscaler whose target does not exist scales nothing.',
  fix: 'Make spec.scaleTargetRef name an object of the same namespace, with its apiVersion and kind.',
  relational: true,
  run: ({ root, namespace, set }) => {
    const { apiVersion, kind, name } = scalingOf(root);
    if (set.has(namespace, apiVersion, kind, name)) return allRight;
    return outcomeOf(grades.critical, [
      onField(root.at('spec', 'scaleTargetRef'), 'The target is not there', 'Check its name, kind and namespace.'),
    ]);
  },
});

const minReplicas = defineCheck({
  name: 'HorizontalPodAutoscaler Replicas',
  target: 'HorizontalPodAutoscaler',
  severity: 'medium',
  why: 'Scaled down to one replica, every restart is an outage.',
  fix: 'Set spec.minReplicas to 2 or more.',
  run: ({ root, settings }) => {
    const field = root.at('spec', 'minReplicas');
    if ((field.number ?? 1) >= settings.minReplicasHpa) return allRight;
    return outcomeOf(grades.warning, [
      onField(
        field,
        'The autoscaler may leave too few replicas',
        `Set minReplicas to at least ${settings.minReplicasHpa}.`,
      ),
    ]);
  },
});

const noFixedReplicas = defineCheck({
  name: 'Deployment targeted by HPA does not have replicas configured',
  target: 'Deployment',
  severity: 'medium',
  why: 'Each apply sets the replicas back to the number in the file, against the autoscaler.',
  fix: 'Leave spec.replicas out.',
  run: (context) => {
    const field = context.root.at('spec', 'replicas');
    if (!field.isSet || !isAutoscaled(context)) return allRight;
    return outcomeOf(grades.critical, [
      onField(field, 'An autoscaler and the file both set the replicas', 'Remove spec.replicas.'),
    ]);
  },
});

export const autoscalingChecks: readonly Check[] = [hasTarget, minReplicas, noFixedReplicas];
