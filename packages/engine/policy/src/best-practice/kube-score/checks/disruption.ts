import { allRight, type Check, defineCheck, grades, onField, outcomeOf, skipped } from '../check.ts';
import { isSingle } from './replicas.ts';

function hasBudget(kind: 'Deployment' | 'StatefulSet'): Check {
  return defineCheck({
    name: `${kind} has PodDisruptionBudget`,
    target: kind,
    severity: 'medium',
    why: 'Without a budget, draining nodes may take all replicas at once.',
    fix: 'Add a PodDisruptionBudget for these labels with minAvailable or maxUnavailable.',
    relational: true,
    run: ({ root, namespace, set }, pod) => {
      if (isSingle(root)) return skipped(`The ${kind} has fewer than two replicas`);
      const labels = pod.metadata.at('labels');
      if (set.disruptionBudgetsOf(namespace, labels.textMap).length > 0) return allRight;
      return outcomeOf(grades.critical, [
        onField(labels, 'No PodDisruptionBudget selects the pods', 'Add one in the same namespace.'),
      ]);
    },
  });
}

const policy = defineCheck({
  name: 'PodDisruptionBudget has policy',
  target: 'PodDisruptionBudget',
  severity: 'medium',
  why: 'A budget without a number allows every disruption.',
  fix: 'Set spec.minAvailable or spec.maxUnavailable.',
  run: ({ root }) => {
    const spec = root.at('spec');
    if (spec.at('minAvailable').isSet || spec.at('maxUnavailable').isSet) return allRight;
    return outcomeOf(grades.critical, [
      onField(spec, 'The budget says no number', 'Set minAvailable or maxUnavailable.'),
    ]);
  },
});

export const disruptionChecks: readonly Check[] = [hasBudget('Deployment'), hasBudget('StatefulSet'), policy];
