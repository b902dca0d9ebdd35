import { SekishoError } from '@sekisho/base';
import type { CheckDocument, Evaluator, RuleClauses } from '@sekisho/conftest';
import {
  type EvaluationLimits,
  findingPaths,
  type Location,
  type Query,
  RegoEvaluationError,
  toJson,
  type Value,
} from '@sekisho/rego';
import type { InputFile } from './input-files.ts';
import { type LoadedPolicy, packageName, policyFaults } from './rego-policy.ts';
import { ruleNames, traceLine, traceRecorder } from './trace-text.ts';

/** What Conftest's rules are asked of, for one input file. */
export interface FileEvaluator extends Evaluator {
  /** The file that `data.conftest.file` holds from now on. */
  setFile(file: InputFile['file'] | undefined): void;
}

/**
 * Evaluates all rules of a package that count in one query: what they share is computed once.
 *
 * @param observe  onTrace: gets the steps of each rule; onPrint: what policies print
 */
export function regoEvaluator(
  loaded: LoadedPolicy,
  observe: {
    readonly onTrace?: ((query: string, lines: readonly string[]) => void) | undefined;
    readonly onPrint?: (text: string) => void;
  } = {},
): FileEvaluator {
  const { policy, options } = loaded;
  const paths = new Map<string, readonly string[]>();
  const rules = new Map<string, Map<string, number>>();
  for (const module of policy.modules) {
    const namespace = packageName(module);
    paths.set(namespace, module.package.path);
    const counts = rules.get(namespace) ?? new Map<string, number>();
    rules.set(namespace, counts);
    for (const rule of module.rules) {
      const { ref } = rule.head;
      const head = ref.kind === 'ref' ? ref.head : ref;
      if (head.kind === 'var' && rule.head.args === undefined) counts.set(head.name, (counts.get(head.name) ?? 0) + 1);
    }
  }
  const clauses = new Map<string, RuleClauses[]>();
  for (const [namespace, counts] of rules) {
    clauses.set(
      namespace,
      [...counts].map(([name, count]) => ({ name, clauses: count })),
    );
  }
  const queries = new Map<string, Query>();
  const queryFor = (namespace: string, names: readonly string[]): Query => {
    const known = queries.get(namespace);
    if (known !== undefined) return known;
    const prefix = ['data', ...(paths.get(namespace) ?? []).map((key) => `[${JSON.stringify(key)}]`)].join('');
    const members = names.map(
      (name) => `${JSON.stringify(name)}: [value | value := ${prefix}[${JSON.stringify(name)}]]`,
    );
    const { query, faults } = policy.prepareQuery(`values = {${members.join(', ')}}`);
    if (query === undefined) throw policyFaults(faults);
    queries.set(namespace, query);
    return query;
  };
  let data = loaded.data;
  const evaluation = (document: CheckDocument) => ({
    ...options,
    nowNs: nowNs(),
    limits: limitsOf(loaded),
    data,
    input: document.input as Value,
  });
  const { onPrint } = observe;
  const print =
    onPrint === undefined
      ? {}
      : { print: (text: string, { file, row }: Location) => onPrint(`${file}:${row}: ${text}`) };
  const names = observe.onTrace === undefined ? new Map() : ruleNames(policy);
  const traceRule = (namespace: string, rule: string, document: CheckDocument) => {
    const { events, trace } = traceRecorder();
    const entrypoint = policy.entrypoint([...(paths.get(namespace) ?? []), rule]);
    evaluated(() => entrypoint?.evaluate({ ...evaluation(document), trace }));
    const lines = events.map((event) => traceLine(event, { ruleNames: names }).text);
    observe.onTrace?.(`data.${namespace}.${rule}`, lines);
  };
  return {
    setFile(file) {
      data = file === undefined ? loaded.data : { ...loaded.data, conftest: { file } };
    },
    rules: (namespace) => clauses.get(namespace) ?? [],
    evaluate(namespace, names, document) {
      const results = evaluated(() => queryFor(namespace, names).evaluate({ ...evaluation(document), ...print }));
      if (observe.onTrace !== undefined) for (const name of names) traceRule(namespace, name, document);
      const values = results[0]?.bindings['values'];
      const found = new Map<string, unknown>();
      if (values === undefined) return found;
      for (const [name, list] of Object.entries(toPlain(values))) {
        if (Array.isArray(list) && list.length > 0) found.set(name, list[0]);
      }
      return found;
    },
    inputPaths(namespace, rule, members, document) {
      const packagePath = paths.get(namespace) ?? [];
      const settings = { files: loaded.files, evaluation: evaluation(document) };
      return findingPaths(policy, { packagePath, name: rule }, members, settings);
    },
  };
}

/** One evaluation's bounds, from now on. */
export function limitsOf({ evaluationMs }: LoadedPolicy): EvaluationLimits {
  return { deadline: { clock: Date.now, at: Date.now() + evaluationMs } };
}

/** Time of the machine, in the unit of Rego. */
export function nowNs(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}

function toPlain(value: Value): Record<string, unknown> {
  return JSON.parse(toJson(value)) as Record<string, unknown>;
}

/** Errors of an evaluation, with the place in the policy. @throws SekishoError CHECK_EVALUATION */
export function evaluated<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RegoEvaluationError)) throw error;
    const place = error.location === undefined ? '' : `${error.location.file}:${error.location.row}: `;
    const kind = error.code === 'eval_builtin_error' ? 'built-in error: ' : '';
    throw new SekishoError('CHECK_EVALUATION', `query rule: ${kind}${place}${error.code}: ${error.message}`, {
      cause: error,
    });
  }
}
