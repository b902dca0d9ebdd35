import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseYamlDocuments } from '@sekisho/base';
import { deepEqual, type KubeObject } from '@sekisho/kube';
import {
  compileMutators,
  type GatorFile,
  type GatorReport,
  gatorExpand,
  gatorTest,
  gatorVerify,
  mutateObject,
  parseMatch,
  readDocuments,
  readSuite,
  type Source,
  verifyReport,
} from '@sekisho/policy';
import type { CaseResult, RunSuite } from '../suite.ts';

interface GatorCase {
  readonly id: string;
  readonly files?: readonly string[];
  readonly stdin?: string;
  readonly output?: 'yaml' | 'json';
  readonly suite?: string;
  readonly want_file?: string;
  readonly want: {
    readonly status: number;
    readonly output_contains?: readonly string[];
    /** Of the first violation in YAML. */
    readonly first_message?: string;
  };
}

interface MatchCase {
  readonly id: string;
  readonly match: unknown;
  readonly object: KubeObject;
  readonly namespace?: KubeObject;
  readonly source?: Source;
  readonly want_match?: boolean;
  readonly want_error?: boolean;
}

interface MutationCase {
  readonly id: string;
  readonly mutators: readonly KubeObject[];
  readonly object: KubeObject;
  readonly want?: KubeObject;
  readonly want_error?: boolean;
}

/** Command lines of gator, match criteria and mutations. */
export const run: RunSuite = async ({ casesDir, signal }) => {
  const read = (file: string): unknown => JSON.parse(readFileSync(join(casesDir, file), 'utf8'));
  const gator = read('gator.json') as Record<'gator_test' | 'gator_expand' | 'gator_verify', GatorCase[]>;
  const { cases: matches } = read('match.json') as { cases: MatchCase[] };
  const { cases: mutations } = read('mutation.json') as { cases: MutationCase[] };
  const filesDir = join(casesDir, 'files');
  const all: readonly (readonly [string, () => string | undefined])[] = [
    ...gator.gator_test.map((one) => [one.id, () => runTest(one, filesDir)] as const),
    ...gator.gator_expand.map((one) => [one.id, () => runExpand(one, filesDir)] as const),
    ...gator.gator_verify.map((one) => [one.id, () => runVerify(one, filesDir)] as const),
    ...matches.map((one) => [one.id, () => runMatch(one)] as const),
    ...mutations.map((one) => [one.id, () => runMutation(one)] as const),
  ];
  return all.map(([id, check]): CaseResult => {
    signal.throwIfAborted();
    const reason = check();
    return reason === undefined ? { id, passed: true } : { id, passed: false, reason };
  });
};

function runTest(test: GatorCase, filesDir: string): string | undefined {
  const stdin = test.stdin === undefined ? [] : [{ file: '-', text: readFileSync(join(filesDir, test.stdin), 'utf8') }];
  const report = gatorTest([...readFiles(test.files ?? [], filesDir), ...stdin], { output: test.output });
  const { first_message: message } = test.want;
  if (message !== undefined) {
    const { documents } = parseYamlDocuments(report.stdout, { file: 'stdout' });
    const [first] = (documents[0]?.value ?? []) as { result?: { msg?: string } }[];
    if (first?.result?.msg !== message) return `wanted ${message} first, got ${textOf(report)}`;
  }
  return differenceOf(test, report);
}

function runExpand(test: GatorCase, filesDir: string): string | undefined {
  const report = gatorExpand(readFiles(test.files ?? [], filesDir));
  const want = readFileSync(join(filesDir, test.want_file ?? ''), 'utf8').trimEnd();
  // As gator's own tests do.
  if (!report.stdout.includes(want)) return `wanted ${want}, got ${textOf(report)}`;
  return differenceOf(test, report);
}

function runVerify(test: GatorCase, filesDir: string): string | undefined {
  const path = join(filesDir, test.suite ?? '');
  const [document] = readDocuments([{ file: path, text: readFileSync(path, 'utf8') }]).documents;
  if (document === undefined) return 'there is no suite';
  const read = readSuite(document);
  if ('error' in read) return read.error;
  const outcome = gatorVerify(path, read.suite, (file) => readFileSync(join(dirname(path), file), 'utf8'));
  return differenceOf(test, verifyReport([outcome]));
}

function differenceOf({ want }: GatorCase, report: GatorReport): string | undefined {
  if (report.status !== want.status) return `wanted exit status ${want.status}, got ${textOf(report)}`;
  const missing = want.output_contains?.find((text) => !`${report.stdout}${report.stderr}`.includes(text));
  return missing === undefined ? undefined : `wanted ${missing}, got ${textOf(report)}`;
}

function textOf({ status, stdout, stderr }: GatorReport): string {
  return `${status}: ${stdout}${stderr}`;
}

/** Files and folders, sorted; only what gator reads. */
function readFiles(paths: readonly string[], filesDir: string): GatorFile[] {
  return paths.flatMap((path) => {
    const full = join(filesDir, path);
    if (!statSync(full).isDirectory()) return [{ file: path, text: readFileSync(full, 'utf8') }];
    const names = readdirSync(full, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\.(ya?ml|json)$/.test(name),
    );
    return names.sort().map((name) => ({ file: join(path, name), text: readFileSync(join(full, name), 'utf8') }));
  });
}

function runMatch({ match, object, namespace, source = 'Original', ...want }: MatchCase): string | undefined {
  const { matches, faults } = parseMatch(match);
  const outcome = faults.length > 0 ? { error: faults[0]?.message } : matches({ object, namespace, source });
  const isRight = want.want_error === true ? typeof outcome === 'object' : outcome === want.want_match;
  return isRight ? undefined : `wanted ${JSON.stringify(want)}, got ${JSON.stringify(outcome)}`;
}

function runMutation({ mutators, object, want, want_error: wantsError }: MutationCase): string | undefined {
  const compiled = compileMutators(mutators.map((mutator) => ({ object: mutator })));
  const faults = compiled.diagnostics.filter(({ code }) => code === 'GATEKEEPER_MUTATOR_INVALID');
  const result = mutateObject(compiled, object);
  const error = faults[0]?.message ?? result.error;
  const isRight = wantsError === true ? error !== undefined : error === undefined && deepEqual(result.object, want);
  return isRight
    ? undefined
    : `wanted ${JSON.stringify(want ?? 'an error')}, got ${error ?? JSON.stringify(result.object)}`;
}
