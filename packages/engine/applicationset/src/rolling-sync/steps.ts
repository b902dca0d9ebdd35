import { type KubeObject, matchesLabels } from '@sekisho/kube';
import type { ApplicationSet } from '../spec/application-set.ts';

export interface Steps {
  /** Names of the Applications of each step. */
  readonly names: readonly (readonly string[])[];
  /** The step of each Application, from 0: its first one. */
  readonly byName: ReadonlyMap<string, number>;
  /** What is strange about them. */
  readonly warnings: readonly string[];
}

/** Which step of a rollout has which Applications. */
export function stepsOf({ spec: { strategy } }: ApplicationSet, applications: readonly KubeObject[]): Steps {
  const steps = strategy.type === 'RollingSync' ? strategy.steps : [];
  const byName = new Map<string, number>();
  const warnings: string[] = [];
  const names = steps.map(({ match }, index) => {
    const chosen = applications.filter(({ metadata }) => matchesLabels(match, metadata.labels)).map(nameOf);
    for (const name of chosen) {
      const earlier = byName.get(name);
      if (earlier === undefined) byName.set(name, index);
      else warnings.push(`application ${name} is in the steps ${earlier + 1} and ${index + 1}: the first counts`);
    }
    if (chosen.length === 0) warnings.push(`step ${index + 1} has no applications`);
    return chosen.filter((name) => byName.get(name) === index);
  });
  return { names, byName, warnings };
}

export function nameOf({ metadata }: KubeObject): string {
  return metadata.name ?? '';
}
