// Runs one proof by name: `run.ts conformance|bench|torture|fuzz NAME [flags]`. What exists is what lies in the folders.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Run, RunReport } from '../bench/shape.ts';
import { type RunSuite, reportSuite, type SuiteOptions, type SuiteReport } from '../conformance/suite.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const FOLDERS: Readonly<Record<string, string>> = {
  conformance: 'conformance/suites',
  bench: 'bench',
  torture: 'bench/torture',
  fuzz: 'bench/fuzz',
};
/** Files in those folders that are no proof. */
const NO_PROOF = new Set(['shape']);

class UsageError extends Error {}

async function main(argv: readonly string[]): Promise<number> {
  const [kind = '', ...rest] = argv;
  const folder = FOLDERS[kind];
  if (folder === undefined) throw new UsageError(`usage: run.ts ${Object.keys(FOLDERS).join('|')} NAME [flags]`);
  const { name, flags, args } = parseCommandLine(rest);
  const known = listProofs(folder);
  if (name === undefined || !known.includes(name)) {
    const problem = name === undefined ? `which ${kind}?` : `there is no ${kind} "${name}"`;
    throw new UsageError(`${problem} Known: ${known.join(', ') || 'none'}\nusage: npm run ${kind} -- NAME [flags]`);
  }

  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => stop.abort(new Error(`stopped by ${signal}`)));
  }
  const module = await import(pathToFileURL(join(root, folder, `${name}.ts`)).href);
  const json = flags.has('json');
  if (kind === 'conformance') {
    // npm runs scripts in the root of the repository; INIT_CWD is where the user stands.
    const cases = flags.get('cases');
    const casesDir =
      cases === undefined
        ? resolve(root, module.defaultCases ?? join('../shared/conformance', name))
        : resolve(process.env['INIT_CWD'] ?? process.cwd(), cases);
    return runSuite(name, module.run, { casesDir, signal: stop.signal, args }, json);
  }
  const report = await (module.run as Run)({
    args,
    seconds: numberFlag(flags, 'seconds'),
    seed: numberFlag(flags, 'seed') ?? Date.now() % 2 ** 31,
    root,
    signal: stop.signal,
    progress: (line) => process.stderr.write(`${line}\n`),
  });
  printReport(kind, name, report, json);
  return (report.failures?.length ?? 0) > 0 ? 1 : 0;
}

interface CommandLine {
  readonly name: string | undefined;
  /** Ours alone; `json` has the value ''. */
  readonly flags: ReadonlyMap<string, string>;
  /** Everything else, for the proof itself. */
  readonly args: readonly string[];
}

const VALUE_FLAGS = new Set(['cases', 'seconds', 'seed']);

function parseCommandLine(argv: readonly string[]): CommandLine {
  const flags = new Map<string, string>();
  const args: string[] = [];
  let name: string | undefined;
  for (let at = 0; at < argv.length; at++) {
    const arg = argv[at] ?? '';
    const [, flag = '', value] = /^--([a-z]+)(?:=(.*))?$/.exec(arg) ?? [];
    if (flag === 'json') flags.set('json', '');
    else if (VALUE_FLAGS.has(flag)) {
      const given = value ?? argv[++at];
      if (given === undefined) throw new UsageError(`--${flag} needs a value`);
      flags.set(flag, given);
    } else if (name === undefined && !arg.startsWith('-')) name = arg;
    else args.push(arg);
  }
  return { name, flags, args };
}

function numberFlag(flags: ReadonlyMap<string, string>, name: string): number | undefined {
  const text = flags.get(name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) throw new UsageError(`--${name} takes a number, not "${text}"`);
  return value;
}

function listProofs(folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.endsWith('.bench.ts'))
    .map((file) => file.slice(0, -'.ts'.length))
    .filter((name) => !NO_PROOF.has(name))
    .sort();
}

async function runSuite(suite: string, run: RunSuite, options: SuiteOptions, json: boolean): Promise<number> {
  const { casesDir } = options;
  if (!existsSync(casesDir)) throw new UsageError(`there is no folder ${casesDir}: name another one with --cases DIR`);
  const skipFile = join(root, 'conformance/skips', `${suite}.json`);
  const skipList = existsSync(skipFile) ? JSON.parse(readFileSync(skipFile, 'utf8')) : {};
  const report = reportSuite(suite, await run(options), skipList);
  if (json) process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
  else printSuite(report);
  return report.failed > 0 ? 1 : 0;
}

function printSuite(report: SuiteReport): void {
  for (const { id, reason } of report.failures) process.stdout.write(`FAIL  ${id}: ${reason}\n`);
  for (const { id, reason } of report.skips) process.stdout.write(`skip  ${id}: ${reason}\n`);
  for (const id of report.staleSkips) process.stdout.write(`note  ${id} is on the skip list and does not fail\n`);
  const { suite, total, passed, failed, skipped } = report;
  process.stdout.write(`${suite}: ${passed} of ${total} passed, ${failed} failed, ${skipped} skipped\n`);
}

function printReport(kind: string, name: string, report: RunReport, json: boolean): void {
  if (json) {
    process.stdout.write(`${JSON.stringify({ [kind]: name, ...report }, undefined, 2)}\n`);
    return;
  }
  for (const { name: figure, value, unit, goal, met } of report.figures) {
    const judged = goal === undefined ? '' : `   goal ${goal}${met === undefined ? '' : met ? ': met' : ': MISSED'}`;
    process.stdout.write(`${figure.padEnd(44)} ${String(value).padStart(12)} ${unit}${judged}\n`);
  }
  for (const failure of report.failures ?? []) process.stdout.write(`FAIL  ${failure}\n`);
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error) => {
    process.stderr.write(`${error instanceof UsageError ? error.message : (error?.stack ?? error)}\n`);
    process.exit(error instanceof UsageError ? 2 : 3);
  },
);
