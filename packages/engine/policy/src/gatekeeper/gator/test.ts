import { formatDiagnostic, stringifyYaml } from '@sekisho/base';
import { TARGET } from '../template.ts';
import { observeReviews, type StatsEntry, type TraceText } from './observe-reviews.ts';
import { type GatorFile, readDocuments } from './read-documents.ts';
import { failed, type GatorReport } from './report.ts';
import { createWorld, type GatorViolation, isDenied, judge } from './world.ts';

export interface GatorTestOptions {
  /** Default: a line for each violation. */
  readonly output?: 'json' | 'yaml' | undefined;
  /** Leaves out what is not denied. */
  readonly denyOnly?: boolean | undefined;
  /** Says how each violation of a template in Rego came about. */
  readonly traceText?: TraceText | undefined;
  /** Milliseconds, for how long things took: with it they are told in JSON and YAML. */
  readonly statsClock?: (() => number) | undefined;
}

/**
 * `gator test`: all objects of some files against all policies among them; the objects themselves are `data.inventory`. Fails
 * when something is denied, or a policy can't be used.
 */
export function gatorTest(files: readonly GatorFile[], options: GatorTestOptions = {}): GatorReport {
  const { documents, errors } = readDocuments(files);
  if (errors.length > 0) return failed(...errors.map((error) => `reading: ${error}`));
  if (documents.length === 0) return failed('no input data identified');
  const objects = documents.map(({ object }) => object);
  const world = createWorld(documents, objects);
  const faults = world.diagnostics.filter(({ severity }) => severity === 'error');
  if (faults.length > 0) return failed(...faults.map((fault) => `auditing objects: ${formatDiagnostic(fault)}`));
  const violations: GatorViolation[] = [];
  const observer = observeReviews(options);
  for (const object of objects) {
    const found = judge(world, object, undefined, observer);
    if (found.error !== undefined)
      return failed(`auditing objects: expanding resource ${object.metadata?.name ?? ''}: ${found.error}`);
    violations.push(...found.violations);
  }
  const shown = violations.filter((violation) => options.denyOnly !== true || isDenied(violation)).sort(byAction);
  const stderr = world.diagnostics.map((diagnostic) => `${formatDiagnostic(diagnostic)}\n`).join('');
  const stats = options.statsClock === undefined ? undefined : observer.stats();
  return { status: violations.some(isDenied) ? 1 : 0, stdout: WRITERS[options.output ?? 'text'](shown, stats), stderr };
}

function byAction(a: GatorViolation, b: GatorViolation): number {
  return compare(a.enforcementAction, b.enforcementAction) || compare(a.message, b.message);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

type Write = (violations: readonly GatorViolation[], stats: readonly StatsEntry[] | undefined) => string;

const WRITERS: Readonly<Record<'text' | 'json' | 'yaml', Write>> = {
  text: (violations) => violations.map(textOf).join(''),
  json(violations, stats) {
    const results = violations.length === 0 ? null : violations.map(jsonOf);
    return JSON.stringify(stats === undefined ? results : { results, stats }, null, 4);
  },
  yaml(violations, stats) {
    const results = violations.map(yamlOf);
    return stringifyYaml(stats === undefined ? results : { results, stats: stats.map(yamlStats) });
  },
};

/** Keys in small letters, as gator writes them into YAML. */
function yamlStats({ statsFor, ...rest }: StatsEntry): unknown {
  return { ...rest, statsfor: statsFor };
}

function textOf({ object, verdict, message }: GatorViolation): string {
  const { name = '', namespace = '' } = object.metadata ?? {};
  const subject = `${object.apiVersion}/${object.kind} ${namespace === '' ? '' : `${namespace}/`}${name}`;
  const trace = verdict.trace === undefined ? '' : `Trace: ${verdict.trace}`;
  return `${subject}: [${JSON.stringify(verdict.constraint.name)}] Message: ${JSON.stringify(message)}\n${trace}`;
}

function metadataOf({ verdict }: GatorViolation): { details: unknown } {
  return { details: verdict.details ?? {} };
}

function jsonOf(violation: GatorViolation): unknown {
  const { message, enforcementAction, scopedActions, verdict, object } = violation;
  return {
    target: TARGET,
    msg: message,
    metadata: metadataOf(violation),
    constraint: verdict.constraint.object,
    enforcementAction,
    ...(scopedActions.length === 0 ? {} : { scopedEnforcementActions: scopedActions }),
    violatingObject: object,
    ...(verdict.trace === undefined ? {} : { trace: verdict.trace }),
  };
}

/** The YAML has another shape than the JSON: scripts that take the message out look at `.[].result.msg`. */
function yamlOf(violation: GatorViolation): unknown {
  const { message, enforcementAction, scopedActions, verdict, object } = violation;
  return {
    result: {
      target: TARGET,
      msg: message,
      metadata: metadataOf(violation),
      constraint: null,
      enforcementaction: enforcementAction,
      scopedenforcementactions: scopedActions,
    },
    violatingObject: object,
    constraint: verdict.constraint.object,
    trace: verdict.trace ?? null,
  };
}
