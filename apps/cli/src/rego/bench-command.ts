import { SekishoError } from '@sekisho/base';
import type { CheckWorld } from '../check/world.ts';
import { durationMs } from '../duration.ts';
import { ExitCode } from '../exit-code.ts';
import { boxTable } from './box-table.ts';
import { readAllSources, type SourceFlags } from './bundle-sources.ts';
import { type PartialFlags, partialResult } from './eval-partial.ts';
import { busy, type EvaluationFlags, evaluationOptions } from './evaluation.ts';
import { indentJson } from './json-text.ts';
import { benchmarkJson, goBenchLine, type Measurement, measure } from './measure.ts';
import { prepareQuery, type QueryFlags, queryText, readInput } from './query-text.ts';
import { type CompileFlags, compileSources } from './sources.ts';

export interface BenchFlags extends QueryFlags, CompileFlags, EvaluationFlags, PartialFlags, SourceFlags {
  readonly format: 'pretty' | 'json' | 'gobench';
  readonly count: string;
  readonly benchtime: string;
  readonly fail: boolean;
  readonly partial?: boolean;
}

/** `sekisho rego bench QUERY`: what is measured is evaluation alone, of a query that is compiled already. */
export async function benchCommand(
  args: readonly string[],
  flags: BenchFlags,
  world: CheckWorld,
  signal: AbortSignal,
): Promise<number> {
  const text = await queryText(args, flags, world);
  const input = await readInput(flags, world);
  const policy = await compileSources(await readAllSources(flags, world, signal), flags, world, signal);
  const given = input === undefined ? {} : { input };
  const options = () => ({ ...evaluationOptions(flags, world, signal), ...given });
  const common = options();
  function queryWork(): () => void {
    const { query } = prepareQuery(policy, text, flags);
    if (flags.fail && query.evaluate(options()).length === 0)
      throw new SekishoError('REGO_UNDEFINED', 'The query is undefined: there is nothing to measure.', {
        hint: 'Give data and input with which it is defined, or measure it all the same with --no-fail.',
      });
    return () => void query.evaluate(common);
  }

  function partialWork(): () => void {
    partialResult(policy, text, flags, options());
    return () => void partialResult(policy, text, flags, common);
  }

  const work = flags.partial === true ? partialWork() : queryWork();
  for (let run = 0; run < Number(flags.count); run++) {
    const measured = busy(world, () => measure(work, durationMs(flags.benchtime) ?? 1000));
    world.stdout(benchmarkText(measured, flags.format));
  }
  return ExitCode.ok;
}

function benchmarkText(measured: Measurement, format: BenchFlags['format']): string {
  // The name that OPA's own output has, so that tools find the pairs.
  if (format === 'gobench') return goBenchLine('BenchmarkOPAEval', measured);
  if (format === 'json') return `${indentJson(JSON.stringify(benchmarkJson(measured)))}\n`;
  const { runs, totalNs, single } = measured;
  const { percentiles, median, min, max, mean, stddev } = single;
  const times = Object.entries({ ...percentiles, max, mean, median, min, stddev });
  const rows = [
    ['samples', `${runs}`],
    ['ns/op', `${Math.round(totalNs / runs)}`],
    ...times.map(([key, value]) => [`query_eval_ns_${key}`, `${Math.round(value)}`]),
  ];
  return `${boxTable(rows, { right: [1] })}\n`;
}
