import { setImmediate } from 'node:timers/promises';
import { SekishoError } from '@sekisho/base';
import { Coverage, type EvaluateOptions, type Policy } from '@sekisho/rego';
import { checkProgress } from '../check/progress.ts';
import type { CheckWorld } from '../check/world.ts';
import { durationMs } from '../duration.ts';
import { ExitCode } from '../exit-code.ts';
import { readAllSources } from './bundle-sources.ts';
import { coverageReport } from './coverage-report.ts';
import { busy, type EvaluationFlags, evaluationOptions } from './evaluation.ts';
import { type ExplainDetail, explainer, explanationText } from './explanation.ts';
import { indentJson } from './json-text.ts';
import { benchmarkJson, goBenchLine, measure } from './measure.ts';
import { type FinishedTest, findTests, type RegoTest, runTest, traceTest } from './run-tests.ts';
import { type CompileFlags, compileSources } from './sources.ts';
import { coverageTable, junitReport, prettyReport, testsJson } from './test-report.ts';

export interface TestFlags extends CompileFlags, EvaluationFlags {
  readonly bundle?: boolean;
  readonly ignore?: readonly string[];
  readonly run?: string;
  readonly format: 'pretty' | 'json' | 'junit' | 'gobench';
  readonly coverage?: boolean;
  readonly threshold?: string;
  readonly count: string;
  readonly explain: ExplainDetail;
  readonly varValues?: boolean;
  readonly bench?: boolean;
  readonly benchtime: string;
  readonly sort: 'none' | 'duration';
  readonly failOnEmpty?: boolean;
  readonly verbose?: boolean;
  readonly quiet?: boolean;
}

const TEST_MS = 5000;
/** After this long the process looks up, so that Ctrl-C is heard. */
const SLICE_MS = 50;

/** `sekisho rego test PATH…` */
export async function testCommand(
  paths: readonly string[],
  flags: TestFlags,
  world: CheckWorld,
  signal: AbortSignal,
): Promise<number> {
  if (flags.format === 'gobench' && flags.bench !== true)
    throw new SekishoError('USAGE', '--format gobench is for benchmarks.', { hint: 'Add --bench.' });
  const filter = runFilter(flags.run);
  const ignore = flags.ignore ?? [];
  const named = flags.bundle === true ? { bundle: paths, ignore } : { data: paths, ignore };
  const policy = await compileSources(await readAllSources(named, world, signal), flags, world, signal);
  const tests = findTests(policy.modules).filter(({ package: inside, name }) => filter.test(`${inside}.${name}`));
  const options = () => evaluationOptions(flags, world, signal, TEST_MS);
  const coverage = flags.coverage === true || flags.threshold !== undefined ? new Coverage() : undefined;
  const finished = await runAll(tests, policy, { flags, world, signal, options, coverage });

  const benchmarks = new Map<FinishedTest, object>();
  let lines = '';
  if (flags.bench === true) {
    const run = (test: FinishedTest) => () => void runTest(test, policy, { ...options(), limits: {} }, undefined);
    for (const test of finished.filter(({ outcome }) => outcome === 'pass')) {
      const measured = busy(world, () => measure(run(test), durationMs(flags.benchtime) ?? 1000));
      benchmarks.set(test, benchmarkJson(measured));
      lines += goBenchLine(`${test.package}.${test.name}`, measured);
    }
  }
  const explain = (test: FinishedTest): string => {
    const describe = explainer(policy, undefined, flags.explain, flags.varValues);
    return explanationText(describe(traceTest(test, policy, options())), '  ');
  };
  const pretty = () => lines + prettyReport(finished, { verbose: flags.verbose === true, explain });
  const report = coverage === undefined ? undefined : coverageReport(coverage, policy);
  switch (flags.format) {
    case 'json':
      if (report === undefined) world.stdout(testsJson(sorted(finished, flags.sort), benchmarks));
      else {
        world.stdout(`${indentJson(JSON.stringify(report))}\n`);
        if (!isGood(finished)) world.stderr(pretty());
      }
      break;
    case 'junit':
      world.stdout(junitReport(finished));
      break;
    case 'gobench':
      world.stdout(lines);
      break;
    case 'pretty':
      world.stdout(pretty());
      if (report !== undefined) world.stdout(coverageTable(report));
  }
  return verdict(finished, flags, report?.coverage, world);
}

/** @throws SekishoError USAGE */
function runFilter(pattern: string | undefined): RegExp {
  try {
    return new RegExp(pattern ?? '', 'u');
  } catch (cause) {
    throw new SekishoError('USAGE', `--run ${pattern} is no regular expression.`, { cause });
  }
}

interface Run {
  readonly flags: TestFlags;
  readonly world: CheckWorld;
  readonly signal: AbortSignal;
  readonly options: () => EvaluateOptions;
  readonly coverage: Coverage | undefined;
}

async function runAll(tests: readonly RegoTest[], policy: Policy, run: Run): Promise<FinishedTest[]> {
  const { flags, world, signal, options, coverage } = run;
  const progress = checkProgress(world, flags.quiet === true);
  const finished: FinishedTest[] = [];
  const total = tests.length * Number(flags.count);
  let lookedUp = Date.now();
  try {
    for (let round = 0; round < Number(flags.count); round++) {
      for (const test of tests) {
        if (Date.now() - lookedUp > SLICE_MS) {
          progress.show(`test ${finished.length + 1} of ${total}: ${test.name}`);
          await setImmediate();
          signal.throwIfAborted();
          lookedUp = Date.now();
        }
        finished.push(busy(world, () => runTest(test, policy, options(), coverage)));
      }
    }
    return finished;
  } finally {
    progress.end();
  }
}

function sorted(tests: readonly FinishedTest[], key: TestFlags['sort']): readonly FinishedTest[] {
  return key === 'none' ? tests : [...tests].sort((a, b) => b.durationNs - a.durationNs);
}

function isGood(tests: readonly FinishedTest[]): boolean {
  return tests.every(({ outcome }) => outcome === 'pass' || outcome === 'skip');
}

function verdict(
  tests: readonly FinishedTest[],
  { failOnEmpty, run, threshold }: TestFlags,
  coverage: number | undefined,
  world: CheckWorld,
): number {
  if (tests.length === 0) {
    world.stderr(run === undefined ? 'There are no tests: rules called test_….\n' : `No test matches ${run}.\n`);
    return failOnEmpty === true ? ExitCode.notGood : ExitCode.ok;
  }
  const tooLow = threshold !== undefined && coverage !== undefined && coverage < Number(threshold);
  if (tooLow) world.stderr(`Coverage is ${coverage.toFixed(2)}%; --threshold asks for ${threshold}%.\n`);
  return isGood(tests) && !tooLow ? ExitCode.ok : ExitCode.notGood;
}
