import { SekishoError } from '@sekisho/base';
import { Coverage, type EvaluateOptions, type PartialResult, type Policy, Profile } from '@sekisho/rego';
import { traceRecorder } from '../check/trace-text.ts';
import type { CheckWorld } from '../check/world.ts';
import { ExitCode } from '../exit-code.ts';
import { boxTable } from './box-table.ts';
import { readAllSources } from './bundle-sources.ts';
import { type CoverageReport, coverageReport } from './coverage-report.ts';
import { bindingsText, type EvaluatedQuery, prettyText, rawText, resultSetJson, valuesText } from './eval-output.ts';
import { type PartialFlags, partialJson, partialResult, partialSource, partialTable } from './eval-partial.ts';
import { busy, type EvaluationFlags, evaluationOptions, printTo } from './evaluation.ts';
import { type ExplainDetail, type ExplainedStep, explainer, explanationText } from './explanation.ts';
import { indentJson, listText, objectText } from './json-text.ts';
import { Metrics, statistics, statisticsJson } from './metrics.ts';
import { type ProfiledPlace, profileReport, profileTable } from './profile-report.ts';
import { prepareQuery, type QueryFlags, queryText, readInput } from './query-text.ts';
import { type CompileFlags, compileSources } from './sources.ts';

export interface EvalFlags extends QueryFlags, CompileFlags, EvaluationFlags, PartialFlags {
  readonly data?: readonly string[];
  readonly bundle?: readonly string[];
  readonly ignore?: readonly string[];
  readonly format: 'json' | 'pretty' | 'values' | 'bindings' | 'source' | 'raw' | 'discard';
  readonly fail?: boolean;
  readonly failDefined?: boolean;
  readonly partial?: boolean;
  readonly explain: ExplainDetail | 'off';
  readonly profile?: boolean;
  readonly profileLimit: string;
  readonly profileSort?: readonly string[];
  readonly coverage?: boolean;
  readonly metrics?: boolean;
  readonly instrument?: boolean;
  readonly count: string;
  readonly prettyLimit: string;
  readonly varValues?: boolean;
}

/** All that an evaluation has to show. */
interface Report {
  readonly evaluated: EvaluatedQuery | undefined;
  readonly partial: PartialResult | undefined;
  readonly steps: readonly ExplainedStep[];
  readonly metrics: Metrics | undefined;
  readonly profile: readonly ProfiledPlace[] | undefined;
  readonly coverage: CoverageReport | undefined;
}

/** `sekisho rego eval QUERY` */
export async function evalCommand(
  args: readonly string[],
  flags: EvalFlags,
  world: CheckWorld,
  signal: AbortSignal,
): Promise<number> {
  refuseContradictions(flags);
  const metrics = new Metrics();
  const text = await queryText(args, flags, world);
  const input = await readInput(flags, world);
  const sources = await metrics.timeAsync('load_files', () => readAllSources(flags, world, signal));
  const policy = await metrics.timeAsync('module_compile', () => compileSources(sources, flags, world, signal));
  const common = { ...(input === undefined ? {} : { input }), print: printTo(world) };
  const report =
    flags.partial === true
      ? runPartial(
          policy,
          text,
          flags,
          metrics,
          () => ({ ...evaluationOptions(flags, world, signal), ...common }),
          world,
        )
      : runQuery(
          policy,
          text,
          flags,
          metrics,
          () => ({ ...evaluationOptions(flags, world, signal), ...common }),
          world,
        );
  world.stdout(answerText(report, flags));
  const isDefined = (report.partial?.queries ?? report.evaluated?.results ?? []).length > 0;
  if (flags.fail === true && !isDefined) return ExitCode.notGood;
  return flags.failDefined === true && isDefined ? ExitCode.notGood : ExitCode.ok;
}

function refuseContradictions({
  format,
  partial,
  fail,
  failDefined,
  package: inside,
  import: imports = [],
}: EvalFlags): void {
  const wrong = (message: string, hint: string) => new SekishoError('USAGE', message, { hint });
  if (fail === true && failDefined === true)
    throw wrong('--fail and --fail-defined contradict each other.', 'Choose one of them.');
  if (format === 'source' && partial !== true)
    throw wrong(
      '--format source is for partial evaluation.',
      'Add --partial, or choose json, pretty, values, bindings or raw.',
    );
  if (partial !== true) return;
  if (['values', 'bindings', 'raw'].includes(format))
    throw wrong(`--partial has no ${format}.`, 'Choose --format json, pretty or source.');
  if (inside !== undefined || imports.length > 0)
    throw wrong('--partial takes neither --package nor --import.', 'Write names in full: data.main.allow.');
}

function runQuery(
  policy: Policy,
  text: string,
  flags: EvalFlags,
  metrics: Metrics,
  options: () => EvaluateOptions,
  world: CheckWorld,
): Report {
  const { query, body } = metrics.time('query_compile', () => prepareQuery(policy, text, flags));
  const { events, trace } = traceRecorder();
  const profile = flags.profile === true ? new Profile(() => performance.now()) : undefined;
  const coverage = flags.coverage === true ? new Coverage() : undefined;
  let results: EvaluatedQuery['results'] = [];
  for (let run = 0; run < Number(flags.count); run++) {
    const observers = {
      // The first run tells it all.
      ...(flags.explain !== 'off' && run === 0 ? { trace } : {}),
      ...(profile === undefined ? {} : { profile }),
      ...(coverage === undefined ? {} : { coverage }),
    };
    results = busy(world, () => metrics.time('query_eval', () => query.evaluate({ ...options(), ...observers })));
  }
  return {
    evaluated: { results, body, text },
    partial: undefined,
    steps: flags.explain === 'off' ? [] : explainer(policy, query, flags.explain, flags.varValues)(events),
    metrics: flags.metrics === true || flags.instrument === true || flags.profile === true ? metrics : undefined,
    profile:
      profile === undefined ? undefined : profileReport(profile, flags.profileSort ?? [], Number(flags.profileLimit)),
    coverage: coverage === undefined ? undefined : coverageReport(coverage, policy),
  };
}

function runPartial(
  policy: Policy,
  text: string,
  flags: EvalFlags,
  metrics: Metrics,
  options: () => EvaluateOptions,
  world: CheckWorld,
): Report {
  let partial: PartialResult | undefined;
  for (let run = 0; run < Number(flags.count); run++)
    partial = busy(world, () => metrics.time('query_eval', () => partialResult(policy, text, flags, options())));
  const shown = flags.metrics === true || flags.instrument === true ? metrics : undefined;
  return { evaluated: undefined, partial, steps: [], metrics: shown, profile: undefined, coverage: undefined };
}

function answerText(report: Report, flags: EvalFlags): string {
  const { evaluated, partial } = report;
  switch (flags.format) {
    case 'json':
    case 'discard':
      return jsonText(report, flags);
    case 'source':
      return partial === undefined ? '' : partialSource(partial);
    case 'pretty': {
      const answer =
        partial === undefined
          ? evaluated === undefined
            ? ''
            : prettyText(evaluated, Number(flags.prettyLimit))
          : partialTable(partial);
      return explanationText(report.steps) + answer + tablesText(report, flags);
    }
    case 'values':
      return evaluated === undefined ? '' : valuesText(evaluated);
    case 'bindings':
      return evaluated === undefined ? '' : bindingsText(evaluated);
    case 'raw':
      return evaluated === undefined ? '' : rawText(evaluated);
  }
}

function jsonText({ evaluated, partial, steps, metrics, profile, coverage }: Report, flags: EvalFlags): string {
  const result = evaluated === undefined ? undefined : resultSetJson(evaluated);
  const repeated = Number(flags.count) > 1;
  const text = objectText({
    partial: partial === undefined ? undefined : partialJson(partial),
    result: flags.format === 'discard' && result !== undefined ? '"discarded"' : result,
    metrics: metrics === undefined || repeated ? undefined : JSON.stringify(lastValues(metrics)),
    aggregated_metrics: metrics === undefined || !repeated ? undefined : JSON.stringify(aggregated(metrics)),
    explanation: steps.length === 0 ? undefined : listText(steps.map(stepJson)),
    profile: profile === undefined ? undefined : JSON.stringify(profile),
    coverage: coverage === undefined ? undefined : JSON.stringify(coverage),
  });
  return `${indentJson(text)}\n`;
}

/** Like an event of OPA's; the node as text, `Depth` in the place of ids of queries. */
function stepJson({ event: { op, depth, location, message }, text }: ExplainedStep): string {
  return JSON.stringify({
    Op: `${op.slice(0, 1).toUpperCase()}${op.slice(1)}`,
    Text: text.replace(/^(?:\| )*\w+ /, ''),
    Location: { file: location.file, row: location.row, col: location.col },
    Depth: depth,
    Message: message ?? '',
  });
}

function lastValues(metrics: Metrics): Record<string, number | undefined> {
  return Object.fromEntries(metrics.entries().map(([name, values]) => [name, values.at(-1)]));
}

function aggregated(metrics: Metrics): Record<string, object> {
  return Object.fromEntries(metrics.entries().map(([name, values]) => [name, statisticsJson(statistics(values))]));
}

function tablesText({ metrics, profile, coverage }: Report, flags: EvalFlags): string {
  const tables: string[] = [];
  if (metrics !== undefined) {
    const entries = metrics.entries();
    tables.push(
      Number(flags.count) === 1
        ? boxTable(
            entries.map(([name, values]) => [name, `${values.at(-1) ?? 0}`]),
            { header: ['Metric', 'Value'] },
          )
        : boxTable(
            entries.map(([name, values]) => {
              const { min, max, mean, percentiles } = statistics(values);
              return [
                name,
                ...[min, max, mean, percentiles['90%'], percentiles['99%']].map((value) => `${Math.round(value ?? 0)}`),
              ];
            }),
            { header: ['Metric', 'Min', 'Max', 'Mean', '90%', '99%'] },
          ),
    );
  }
  if (profile !== undefined) tables.push(profileTable(profile));
  if (coverage !== undefined) tables.push(boxTable([['Overall Coverage', coverage.coverage.toFixed(2)]]));
  return tables.map((table) => `${table}\n`).join('');
}
