import type { TraceEvent } from '@sekisho/rego';
import type { Constraint } from '../constraint.ts';
import { type RegoCode, TARGET } from '../template.ts';
import type { GatorObserver } from './world.ts';

/** What a template's steps are for a person, with a line break at its end. */
export type TraceText = (events: readonly TraceEvent[], code: RegoCode) => string;

/** How long a template in Rego took for one object, or a constraint in CEL. */
export interface StatsEntry {
  readonly scope: 'template' | 'constraint';
  /** Kind of the constraints, or kind and name of the one. */
  readonly statsFor: string;
  readonly stats: readonly Stat[];
  readonly labels: readonly { readonly name: string; readonly value: unknown }[];
}

interface Stat {
  readonly name: string;
  /** Nanoseconds, or a count. */
  readonly value: number;
  readonly source: { readonly type: 'engine'; readonly value: string };
}

export interface ReviewObserver extends GatorObserver {
  stats(): readonly StatsEntry[];
}

/** More is not for reading. */
const MAX_EVENTS = 100_000;

/** Writes down how templates came to their violations, and how long they took. */
export function observeReviews(options: {
  readonly traceText?: TraceText | undefined;
  readonly statsClock?: (() => number) | undefined;
}): ReviewObserver {
  const { traceText, statsClock = () => 0 } = options;
  const isTraced = traceText !== undefined;
  /** One for each review: by template, or by constraint of templates in CEL. */
  const reviews: Map<string, Timed>[] = [];
  return {
    beginReview() {
      const timed = new Map<string, Timed>();
      reviews.push(timed);
      return (constraint, ask) => {
        const { code } = constraint.template;
        const events: TraceEvent[] = [];
        const trace = (event: TraceEvent): void => {
          if (events.length < MAX_EVENTS) events.push(event);
        };
        const start = statsClock();
        const violations = ask(isTraced ? trace : undefined);
        addTime(timed, constraint, statsClock() - start);
        if (traceText === undefined || code.engine !== 'Rego' || violations.length === 0) return violations;
        const text = traceText(events, code);
        return violations.map((violation) => ({ ...violation, trace: text }));
      };
    },
    stats: () => reviews.flatMap((timed) => [...timed.values()].map((one) => entryOf(one, isTraced))),
  };
}

interface Timed {
  readonly name: string;
  readonly engine: string;
  ms: number;
  count: number;
}

function addTime(timed: Map<string, Timed>, { kind, name, template }: Constraint, ms: number): void {
  const { engine } = template.code;
  const key = engine === 'Rego' ? kind : `${kind}/${name}`;
  const entry = timed.get(key) ?? { name: key, engine, ms: 0, count: 0 };
  entry.ms += ms;
  entry.count++;
  timed.set(key, entry);
}

function entryOf({ name, engine, ms, count }: Timed, isTraced: boolean): StatsEntry {
  const source = { type: 'engine', value: engine } as const;
  const nanoseconds = Math.round(ms * 1e6);
  if (engine !== 'Rego')
    return {
      scope: 'constraint',
      statsFor: name,
      stats: [{ name: 'runTimeNS', value: nanoseconds, source }],
      labels: [],
    };
  return {
    scope: 'template',
    statsFor: name,
    stats: [
      { name: 'templateRunTimeNS', value: nanoseconds, source },
      { name: 'constraintCount', value: count, source },
    ],
    labels: [
      { name: 'TracingEnabled', value: isTraced },
      { name: 'PrintEnabled', value: false },
      { name: 'target', value: TARGET },
    ],
  };
}
