/** A line of a trace. */
export interface TraceLine {
  /** `policy/a.rego:3` or `query:1`. */
  readonly place: string;
  readonly text: string;
}

/** A test of a policy that was run. */
export interface FinishedTest {
  /** `data.main.test_x` */
  readonly query: string;
  readonly file: string;
  readonly line: number;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly durationMs: number;
  /** What it printed. */
  readonly prints: readonly string[];
  /** How it was evaluated, as far as that was asked for. */
  readonly trace: readonly TraceLine[];
}

const RULE = '-'.repeat(80);
const WORDS = { passed: 'PASS', failed: 'FAIL', skipped: 'SKIPPED' } as const;

/** A report of all tests, with the traces of those that failed, as `opa test --verbose` writes it. */
export function testReport(tests: readonly FinishedTest[]): string {
  const lines: string[] = [];
  for (const test of tests) {
    lines.push(`${test.file}:${test.line}:`, headline(test));
    if (test.prints.length > 0) lines.push('', ...test.prints.map((text) => `  ${text}`), '');
  }
  lines.push(RULE);
  const failed = tests.filter(({ outcome }) => outcome === 'failed');
  if (failed.length > 0) {
    lines.push('FAILURES', RULE);
    for (const test of failed) lines.push(headline(test), '', ...traceLines(test.trace), '', '');
    lines.push(RULE);
  }
  for (const outcome of ['passed', 'failed', 'skipped'] as const) {
    const count = tests.filter((test) => test.outcome === outcome).length;
    if (count > 0) lines.push(`${WORDS[outcome]}: ${count}/${tests.length}`);
  }
  return `${lines.join('\n')}\n`;
}

function headline({ query, outcome, durationMs }: FinishedTest): string {
  const duration = outcome === 'skipped' ? '' : ` (${durationMs.toFixed(3)}ms)`;
  return `${query}: ${WORDS[outcome]}${duration}`;
}

function traceLines(trace: readonly TraceLine[]): string[] {
  const width = Math.max(0, ...trace.map(({ place }) => place.length));
  return trace.map(({ place, text }) => `  ${place.padEnd(width)}       ${text}`);
}
