import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCheck } from '../../apps/cli/src/check/run.ts';
import type { CaseResult, RunSuite } from '../suite.ts';

interface ConftestCase {
  readonly id: string;
  /** Below `files`. */
  readonly cwd: string;
  readonly args: readonly string[];
  readonly stdin_file?: string;
  readonly want: {
    readonly status?: number;
    readonly status_not?: number;
    readonly output_contains?: readonly string[];
    readonly output_excludes?: readonly string[];
    /** Lines that are not empty, by index. */
    readonly lines?: Readonly<Record<string, string>>;
    readonly output?: string;
  };
}

/** Conftest's own acceptance tests: `sekisho check` with their arguments must say the same. */
export const run: RunSuite = async ({ casesDir, signal }) => {
  const index: { cases: ConftestCase[] } = JSON.parse(await readFile(join(casesDir, 'index.json'), 'utf8'));
  const results: CaseResult[] = [];
  for (const test of index.cases) {
    signal.throwIfAborted();
    const { status, output } = await runCase(test, join(casesDir, 'files'), signal);
    const reason = differenceOf(test.want, status, output);
    results.push({ id: test.id, passed: reason === undefined, ...(reason === undefined ? {} : { reason }) });
  }
  return results;
};

async function runCase(
  test: ConftestCase,
  files: string,
  signal: AbortSignal,
): Promise<{ status: number; output: string }> {
  let output = '';
  const write = (text: string) => {
    output += text;
  };
  const { stdin_file: stdin } = test;
  const world = {
    cwd: join(files, test.cwd),
    env: {},
    readStdin: async () => (stdin === undefined ? new Uint8Array() : readFile(join(files, stdin))),
    stdout: write,
    stderr: write,
    isTerminal: false,
    showsProgress: false,
  };
  const status = await runCheck(test.args, world, signal);
  return { status, output };
}

function differenceOf(want: ConftestCase['want'], status: number, output: string): string | undefined {
  const shown = JSON.stringify(output.length > 400 ? `${output.slice(0, 400)}…` : output);
  if (want.status !== undefined && status !== want.status)
    return `wanted status ${want.status}, got ${status}: ${shown}`;
  if (want.status_not === status) return `wanted another status than ${status}: ${shown}`;
  for (const text of want.output_contains ?? []) {
    if (!output.includes(text)) return `wanted ${JSON.stringify(text)} in ${shown}`;
  }
  for (const text of want.output_excludes ?? []) {
    if (output.includes(text)) return `wanted no ${JSON.stringify(text)} in ${shown}`;
  }
  const lines = output.split('\n').filter((line) => line !== '');
  for (const [index, line] of Object.entries(want.lines ?? {})) {
    if (lines[Number(index)] !== line) return `wanted line ${index} ${JSON.stringify(line)}, got ${shown}`;
  }
  if (want.output !== undefined && output.trim() !== want.output.trim()) {
    return `wanted ${JSON.stringify(want.output)}, got ${shown}`;
  }
  return undefined;
}
