import { formatExpr, formatTerm, type Policy, type Rule, type TraceEvent, toJson, type Value } from '@sekisho/rego';
import type { TraceLine } from './test-report.ts';

const WORDS: Readonly<Record<TraceEvent['op'], string>> = {
  enter: 'Enter',
  eval: 'Eval',
  redo: 'Redo',
  exit: 'Exit',
  fail: 'Fail',
  note: 'Note',
};

/** How much of a trace is wanted. `fails`: what failed and the way there; `notes`: what `trace` said and the way there. */
export type TraceDetail = 'full' | 'fails' | 'notes';

/** A step as OPA words it: `| Enter data.main.deny`. */
export function traceLine(
  event: TraceEvent,
  options: { readonly values?: boolean; readonly ruleNames: RuleNames },
): TraceLine {
  const { op, depth, location, locals } = event;
  const bars = '| '.repeat(depth);
  const values = options.values === true ? `  ${valuesText(locals)}` : '';
  return {
    place: `${location.file === '' ? 'query' : location.file}:${location.row}`,
    text: `${bars}${WORDS[op]} ${subjectOf(event, options.ruleNames)}${values}`,
  };
}

/** Full names of rules: the syntax tree knows only the last part. */
export type RuleNames = ReadonlyMap<unknown, string>;

export function ruleNames(policy: Policy): RuleNames {
  const names = new Map<unknown, string>();
  const open = [policy.compiled.tree];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    open.push(...node.children.values());
    const { group } = node;
    if (group === undefined) continue;
    const name = ['data', ...group.path].join('.');
    for (const clause of [...group.clauses, ...(group.default === undefined ? [] : [group.default])]) {
      for (let rule: Rule | undefined = clause.rule; rule !== undefined; rule = rule.else) names.set(rule, name);
    }
  }
  return names;
}

/** Events beyond these are not kept: a trace is for reading. */
const MAX_EVENTS = 200_000;

/** Gathers the steps of one evaluation. */
export function traceRecorder(): {
  readonly events: readonly TraceEvent[];
  readonly trace: (event: TraceEvent) => void;
} {
  const events: TraceEvent[] = [];
  return {
    events,
    trace: (event) => {
      if (events.length < MAX_EVENTS) events.push(event);
    },
  };
}

function subjectOf({ node, message }: TraceEvent, names: RuleNames): string {
  if (message !== undefined) return JSON.stringify(message);
  if (node === undefined) return '';
  if ('what' in node) return formatExpr(node);
  return names.get(node) ?? formatTerm(node.head.ref);
}

function valuesText(locals: Readonly<Record<string, Value>>): string {
  const members = Object.entries(locals).map(([name, value]) => `${name}: ${toJson(value)}`);
  return `{${members.join(', ')}}`;
}

/** Keeps the steps that are wanted. A step that is wanted keeps the rules that it stands in. */
export function selectEvents(events: readonly TraceEvent[], detail: TraceDetail): TraceEvent[] {
  if (detail === 'full') return [...events];
  const wanted = detail === 'notes' ? 'note' : 'fail';
  const selected: TraceEvent[] = [];
  const open: { event: TraceEvent; isSelected: boolean }[] = [];
  for (const event of events) {
    while (open.length > 0 && (open.at(-1)?.event.depth ?? 0) >= event.depth && event.op === 'enter') open.pop();
    if (event.op === 'enter') open.push({ event, isSelected: false });
    else if (event.op === wanted) {
      for (const step of open) {
        if (step.isSelected || step.event.depth > event.depth) continue;
        step.isSelected = true;
        selected.push(step.event);
      }
      selected.push(event);
    }
  }
  return selected;
}

/** A trace for stderr, with what it is of. */
export function traceText(fileName: string, query: string, lines: readonly string[]): string {
  return [`file: ${fileName} | query: ${query}`, ...lines.map((text) => `TRAC   ${text}`), ''].join('\n');
}
