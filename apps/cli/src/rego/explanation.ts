import type { Policy, Query, TraceEvent } from '@sekisho/rego';
import { ruleNames, selectEvents, type TraceDetail, traceLine } from '../check/trace-text.ts';

/** A step that was asked for, in words. */
export interface ExplainedStep {
  readonly event: TraceEvent;
  readonly place: string;
  readonly text: string;
}

/** How much `--explain` shows; `debug` is `full`: the engine unifies nothing step by step. */
export type ExplainDetail = TraceDetail | 'debug';

/** Puts steps into words, with the names of variables as they were written. */
export function explainer(
  policy: Policy,
  query: Query | undefined,
  detail: ExplainDetail,
  values = false,
): (events: readonly TraceEvent[]) => readonly ExplainedStep[] {
  const names = ruleNames(policy);
  const ofRules = originalNames(policy);
  const ofQuery = query?.compiled.originalNames ?? new Map<string, string>();
  return (events) =>
    selectEvents(events, detail === 'debug' ? 'full' : detail).map((event) => {
      const written = event.depth === 0 ? ofQuery : ofRules;
      const { place, text } = traceLine(event, { values, ruleNames: names });
      return { event, place, text: text.replace(/__local\d+__/g, (name) => written.get(name) ?? '_') };
    });
}

/** Steps below each other, places at the left. */
export function explanationText(steps: readonly ExplainedStep[], margin = ''): string {
  const width = Math.max(0, ...steps.map(({ place }) => place.length));
  return steps.map(({ place, text }) => `${margin}${place.padEnd(width)}     ${text}\n`).join('');
}

function originalNames(policy: Policy): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const open = [policy.compiled.tree];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    open.push(...node.children.values());
    for (const clause of node.group?.clauses ?? [])
      for (const [name, written] of clause.originalNames) names.set(name, written);
  }
  return names;
}
