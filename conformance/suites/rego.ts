import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTemplateSet } from '@sekisho/gotemplate';
import {
  compilePolicy,
  type PlainObject,
  parseJson,
  RegoEvaluationError,
  type RegoFault,
  toJson,
  type Value,
} from '@sekisho/rego';
import type { CaseResult, RunSuite } from '../suite.ts';

/** OPA's own cases for versions 1 and 0, those of another implementation, and checks of the compiler: one file per topic. */
export const run: RunSuite = async ({ casesDir, signal }) => {
  const results: CaseResult[] = [];
  for (const folder of ['v1', 'v0', 'extra', 'compile']) {
    const check = folder === 'compile' ? checkCompilation : checkEvaluation;
    for (const file of (await readdir(join(casesDir, folder))).sort()) {
      signal.throwIfAborted();
      // Numbers of the cases are beyond what JSON.parse keeps.
      const { cases } = parseJson(await readFile(join(casesDir, folder, file), 'utf8')) as {
        cases: Value;
      } & PlainObject;
      for (const each of cases as readonly PlainObject[]) {
        const reason = await attempt(() => check(each, signal));
        results.push({ id: String(each.id), passed: reason === undefined, ...(reason !== undefined && { reason }) });
      }
    }
  }
  return results;
};

async function attempt(check: () => string | undefined): Promise<string | undefined> {
  try {
    return check();
  } catch (error) {
    return `threw ${error instanceof Error ? (error.stack ?? error.message).split('\n').slice(0, 3).join(' ') : error}`;
  }
}

/** Steps that a case may take: the largest needs some hundred thousand. */
const STEPS = 5_000_000;

interface EvaluationCase {
  readonly rego_version: 'v0' | 'v1';
  readonly modules?: readonly string[];
  readonly data?: PlainObject;
  readonly input?: Value;
  readonly input_term?: string;
  readonly query: string;
  readonly want_result?: readonly PlainObject[];
  readonly want_error_code?: string;
  readonly want_error?: string;
  readonly sort_bindings?: boolean;
  readonly ignore_generated_vars?: boolean;
  readonly strict_error?: boolean;
}

/** Why a case fails; undefined when it passes. */
function checkEvaluation(each: PlainObject, signal: AbortSignal): string | undefined {
  const test = each as unknown as EvaluationCase;
  const { policy, faults } = compilePolicy({
    modules: modulesOf(test),
    version: test.rego_version,
    ...(test.data !== undefined && { data: test.data }),
  });
  if (policy === undefined) return checkFaults(test, faults);
  const prepared = policy.prepareQuery(test.query);
  if (prepared.query === undefined) return checkFaults(test, prepared.faults);
  const options = {
    limits: { steps: STEPS },
    signal,
    nowNs: BigInt(Date.now()) * 1_000_000n,
    randomBytes: (count: number) => crypto.getRandomValues(new Uint8Array(count)),
    strictBuiltinErrors: test.strict_error === true,
    outside: { runtime: {}, renderTemplate },
  };
  const input = inputOf(test);
  try {
    const results = prepared.query.evaluate({ ...options, ...(input !== undefined && { input }) });
    if (test.want_result === undefined)
      return wantsError(test)
        ? `wanted ${test.want_error_code} ${test.want_error}, got ${toJson(results.map((result) => result.bindings))}`
        : undefined;
    const bindings = results.map((result) => parseJson(toJson(result.bindings)) as PlainObject);
    const [got, wanted] = [bindings, test.want_result].map((list) => comparable(list, test));
    return got === wanted ? undefined : `wanted ${wanted}, got ${got}`;
  } catch (error) {
    if (!(error instanceof RegoEvaluationError)) throw error;
    if (!wantsError(test)) return `wanted ${toJson(test.want_result ?? null)}, got ${error.code}: ${error.message}`;
    if (test.want_error_code !== undefined && test.want_error_code !== error.code)
      return `wanted ${test.want_error_code}, got ${error.code}: ${error.message}`;
    const place = error.location === undefined ? '' : `${error.location.file}:${error.location.row}: `;
    const text = `${place}${error.code}: ${error.message}`;
    return text.includes(test.want_error ?? '') ? undefined : `wanted ${test.want_error}, got ${text}`;
  }
}

function renderTemplate(template: string, values: Value): string {
  const set = createTemplateSet();
  const [fault] = set.add('template', template);
  const rendering = fault === undefined ? set.render('template', JSON.parse(toJson(values))) : { diagnostics: [fault] };
  if ('diagnostics' in rendering) throw new Error(rendering.diagnostics[0]?.message);
  return rendering.text.replaceAll('<no value>', '<undefined>');
}

function wantsError(test: EvaluationCase): boolean {
  return test.want_error !== undefined || test.want_error_code !== undefined;
}

function modulesOf(test: { readonly modules?: readonly string[] }): { file: string; text: string }[] {
  return (test.modules ?? []).map((text, index) => ({ file: `test-${index}.rego`, text }));
}

function checkFaults(test: EvaluationCase, faults: readonly RegoFault[]): string | undefined {
  const text = faults.map((fault) => `${fault.code}: ${fault.message}`).join('; ');
  if (!wantsError(test)) return `does not compile: ${text}`;
  const isWanted = faults.some(
    (fault) =>
      (test.want_error_code === undefined || fault.code === test.want_error_code) &&
      (test.want_error === undefined || fault.message.includes(test.want_error)),
  );
  return isWanted ? undefined : `wanted ${test.want_error_code} ${test.want_error}, got ${text}`;
}

/** `input_term` is a Rego term: the value of a query of it. */
function inputOf(test: EvaluationCase): Value | undefined {
  if (test.input_term === undefined) return test.input;
  const { policy } = compilePolicy({ modules: [] });
  const { query, faults } = policy?.prepareQuery(`x = ${test.input_term}`) ?? { faults: [] };
  if (query === undefined) throw new Error(`input_term: ${faults[0]?.message}`);
  return query.evaluate()[0]?.bindings.x;
}

/** Lists of bindings that mean the same have the same text. */
function comparable(bindings: readonly PlainObject[], test: EvaluationCase): string {
  const texts = bindings.map((binding) => {
    const entries = Object.entries(binding).filter(([name]) => !(test.ignore_generated_vars && /^(\$|__)/.test(name)));
    return toJson(
      Object.fromEntries(
        entries.map(([name, value]) => [name, test.sort_bindings ? sortedList(value) : value]),
      ) as PlainObject,
    );
  });
  return `[${[...new Set(texts)].sort().join(',')}]`;
}

function sortedList(value: Value): Value {
  return Array.isArray(value) ? [...value].sort((a, b) => (toJson(a) < toJson(b) ? -1 : 1)) : value;
}

interface CompilationCase {
  readonly rego_version: 'v0' | 'v1';
  readonly strict?: boolean;
  readonly modules: readonly string[];
  readonly want_errors?: readonly { readonly code?: string; readonly message?: string }[];
  readonly want_exact?: boolean;
}

function checkCompilation(each: PlainObject): string | undefined {
  const test = each as unknown as CompilationCase;
  const { faults } = compilePolicy({
    modules: modulesOf(test),
    version: test.rego_version,
    strict: test.strict === true,
    errorLimit: 0,
  });
  const wanted = test.want_errors ?? [];
  const text = faults.map((fault) => `${fault.code}: ${fault.message}`).join('; ');
  if (wanted.length === 0) return faults.length === 0 ? undefined : `wanted no errors, got ${text}`;
  for (const { code, message } of wanted) {
    const isThere = faults.some(
      (fault) =>
        (code === undefined || fault.code === code) && (message === undefined || fault.message.includes(message)),
    );
    if (!isThere) return `wanted ${code} ${message}, got ${text}`;
  }
  return test.want_exact === true && faults.length !== wanted.length ? `wanted no others, got ${text}` : undefined;
}
