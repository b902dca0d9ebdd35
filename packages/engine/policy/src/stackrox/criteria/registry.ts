import { containerCriteria } from './container.ts';
import type { Criterion } from './criterion.ts';
import { imageCriteria, vulnerabilityCriteria } from './image.ts';
import { networkCriteria } from './network.ts';
import { runtimeCriteria } from './runtime.ts';
import { storageCriteria } from './storage.ts';
import { workloadCriteria } from './workload.ts';

/** Every field name that a group may have. */
export const criteria: readonly Criterion[] = [
  ...imageCriteria,
  ...vulnerabilityCriteria,
  ...containerCriteria,
  ...workloadCriteria,
  ...networkCriteria,
  ...storageCriteria,
  ...runtimeCriteria,
];

const byName = new Map(criteria.map((each) => [each.name, each]));

export function findCriterion(name: string): Criterion | undefined {
  return byName.get(name);
}
