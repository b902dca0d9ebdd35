import { type CheckResult, selectNamespaces } from '@sekisho/conftest';
import type { Module, Policy, TraceEvent } from '@sekisho/rego';
import { evaluated, limitsOf, nowNs } from './rego-evaluator.ts';
import { type LoadedPolicy, loadPolicy, packageName } from './rego-policy.ts';
import type { CheckSettings } from './settings.ts';
import { type FinishedTest, type TraceLine, testReport } from './test-report.ts';
import { ruleNames, selectEvents, type TraceDetail, traceLine, traceRecorder, traceText } from './trace-text.ts';
import type { CheckWorld } from './world.ts';

interface PolicyTest {
  /** `data.main.test_x` */
  readonly query: string;
  readonly path: readonly string[];
  readonly file: string;
  readonly line: number;
  readonly isSkipped: boolean;
}

/**
 * Runs the tests of policies. With `--report` there is a text about each of them.
 *
 * @param paths  of further policies, besides those of `--policy`
 */
export async function runVerify(
  paths: readonly string[],
  settings: CheckSettings,
  world: CheckWorld,
  signal: AbortSignal,
): Promise<{ results: readonly CheckResult[]; report: string | undefined }> {
  const loaded = await loadPolicy(settings, { world, signal, withTests: true, paths });
  const { modules } = loaded.policy;
  const namespaces = new Set(
    settings.namespaces === undefined
      ? modules.map(packageName)
      : selectNamespaces(settings.namespaces, modules.map(packageName)),
  );
  const tests = modules.filter((module) => namespaces.has(packageName(module))).flatMap(testsOf);
  const detail = settings.report ?? (settings.trace ? 'full' : undefined);
  const explain = detail === undefined ? undefined : explainer(loaded.policy, detail, settings.varValues);
  const finished: FinishedTest[] = [];
  for (const test of tests) {
    signal.throwIfAborted();
    const run = () => runOne(test, loaded, explain);
    finished.push(world.busy === undefined ? run() : world.busy(run));
  }
  if (settings.trace) {
    for (const { file, query, trace } of finished) {
      const lines = trace.map(({ text }) => text);
      world.stderr(traceText(file, query, lines));
    }
  }
  return {
    results: finished.map(resultOf),
    report: settings.report === undefined ? undefined : testReport(finished),
  };
}

/** A test that stands there several times is one. */
function testsOf(module: Module): PolicyTest[] {
  const tests = new Map<string, PolicyTest>();
  for (const rule of module.rules) {
    const { ref } = rule.head;
    if (ref.kind !== 'var' || !/^(?:todo_)?test_/.test(ref.name) || tests.has(ref.name)) continue;
    tests.set(ref.name, {
      query: `data.${packageName(module)}.${ref.name}`,
      path: [...module.package.path, ref.name],
      file: module.file,
      line: rule.location.row,
      isSkipped: ref.name.startsWith('todo_'),
    });
  }
  return [...tests.values()];
}

/** Turns the steps of an evaluation into the lines that are wanted of it. */
type Explain = (events: readonly TraceEvent[]) => readonly TraceLine[];

function explainer(policy: Policy, detail: TraceDetail, values: boolean): Explain {
  const names = ruleNames(policy);
  return (events) => selectEvents(events, detail).map((event) => traceLine(event, { values, ruleNames: names }));
}

function runOne(test: PolicyTest, loaded: LoadedPolicy, explain: Explain | undefined): FinishedTest {
  const { query, file, line } = test;
  const finished = { query, file, line, prints: [] as string[], trace: [] };
  const { events, trace } = traceRecorder();
  if (test.isSkipped) return { ...finished, outcome: 'skipped', durationMs: 0 };
  const start = performance.now();
  const value = evaluated(() =>
    loaded.policy.entrypoint(test.path)?.evaluate({
      ...loaded.options,
      data: loaded.data,
      nowNs: nowNs(),
      limits: limitsOf(loaded),
      print: (text) => finished.prints.push(text),
      ...(explain === undefined ? {} : { trace }),
    }),
  );
  const durationMs = performance.now() - start;
  const passed = value !== undefined && value !== false;
  return { ...finished, outcome: passed ? 'passed' : 'failed', durationMs, trace: explain?.(events) ?? [] };
}

function resultOf({ query, file, outcome }: FinishedTest): CheckResult {
  const finding = [{ message: query }];
  return {
    fileName: file,
    namespace: '',
    successes: outcome === 'passed' ? 1 : 0,
    failures: outcome === 'failed' ? finding : [],
    skipped: outcome === 'skipped' ? finding : [],
    warnings: [],
    exceptions: [],
  };
}
