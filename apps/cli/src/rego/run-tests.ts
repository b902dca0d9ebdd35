import {
  type Coverage,
  type EvaluateOptions,
  type Module,
  type Policy,
  RegoEvaluationError,
  type TraceEvent,
  type Value,
} from '@sekisho/rego';
import { traceRecorder } from '../check/trace-text.ts';
import { dotted } from './deps-command.ts';
import { evaluationErrorText } from './fault-report.ts';
import { type CaseResult, TestCases } from './test-cases.ts';

/** A rule that is a test. */
export interface RegoTest {
  /** After `data`. */
  readonly path: readonly string[];
  /** `data.main` */
  readonly package: string;
  readonly name: string;
  readonly location: { readonly file: string; readonly row: number; readonly col: number };
  /** `todo_test_…` */
  readonly isSkipped: boolean;
}

export interface FinishedTest extends RegoTest {
  readonly outcome: 'pass' | 'fail' | 'error' | 'skip';
  readonly durationNs: number;
  readonly printed: readonly string[];
  readonly cases: readonly CaseResult[];
  /** Of errors. */
  readonly error?: RegoEvaluationError;
  readonly errorText?: string;
}

/** Rules whose names begin with `test_` or `todo_test_`; several clauses of one name are one test. In the order of modules. */
export function findTests(modules: readonly Module[]): RegoTest[] {
  const tests = new Map<string, RegoTest>();
  for (const module of modules) {
    const inside = dotted(['data', ...module.package.path]);
    for (const { head, location } of module.rules) {
      const first = head.ref.kind === 'ref' ? head.ref.head : head.ref;
      if (first.kind !== 'var' || !/^(?:todo_)?test_/.test(first.name) || head.args !== undefined) continue;
      const path = [...module.package.path, first.name];
      const key = JSON.stringify(path);
      if (tests.has(key)) continue;
      const { file, row, col } = location;
      tests.set(key, {
        path,
        package: inside,
        name: first.name,
        location: { file, row, col },
        isSkipped: first.name.startsWith('todo_'),
      });
    }
  }
  return [...tests.values()];
}

/** Passed: the rule is defined and not false, and so are all its cases. */
export function runTest(
  test: RegoTest,
  policy: Policy,
  options: EvaluateOptions,
  coverage: Coverage | undefined,
): FinishedTest {
  const printed: string[] = [];
  const base = { ...test, printed, cases: [], durationNs: 0 };
  if (test.isSkipped) return { ...base, outcome: 'skip' };
  const cases = new TestCases(policy, test.path);
  const observers = {
    ...(cases.any ? { trace: cases.trace } : {}),
    ...(coverage === undefined ? {} : { coverage }),
  };
  const start = performance.now();
  const elapsed = () => Math.round((performance.now() - start) * 1e6);
  let value: Value | undefined;
  try {
    value = policy
      .entrypoint(test.path)
      ?.evaluate({ ...options, ...observers, print: (text) => void printed.push(text) });
  } catch (error) {
    if (!(error instanceof RegoEvaluationError) || options.signal?.aborted === true) throw error;
    return { ...base, outcome: 'error', durationNs: elapsed(), error, errorText: evaluationErrorText(error) };
  }
  const durationNs = elapsed();
  const found = cases.any ? cases.results(value) : [];
  const passed = found.length > 0 ? found.every((item) => item.passed) : value !== undefined && value !== false;
  return { ...base, cases: found, durationNs, outcome: passed ? 'pass' : 'fail' };
}

/** The steps of a test, evaluated once more. */
export function traceTest(test: RegoTest, policy: Policy, options: EvaluateOptions): readonly TraceEvent[] {
  const { events, trace } = traceRecorder();
  try {
    policy.entrypoint(test.path)?.evaluate({ ...options, trace });
  } catch (error) {
    if (!(error instanceof RegoEvaluationError) || options.signal?.aborted === true) throw error;
  }
  return events;
}
