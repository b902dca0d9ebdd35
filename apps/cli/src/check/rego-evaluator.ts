import { SekishoError } from '@sekisho/base';
import type { CheckDocument, Evaluator, InputPath, RuleClauses } from '@sekisho/conftest';
import {
  type EvaluationLimits,
  type Location,
  type Module,
  type Query,
  RegoEvaluationError,
  toJson,
  type Value,
} from '@sekisho/rego';
import { findingPaths } from './finding-paths.ts';
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
  const clauseQueries = new Map<string, Query | undefined>();
  const clauseFor = (text: string, module: Module): Query | undefined => {
    const key = `${module.file}\n${text}`;
    if (!clauseQueries.has(key)) {
      const { query } = policy.prepareQuery(text, { packagePath: module.package.path, imports: module.imports });
      clauseQueries.set(key, query);
    }
    return clauseQueries.get(key);
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
      const texts = members.map((member) => JSON.stringify(member));
      const own = findingPaths(namespace, rule, texts, document.input, {
        modules: policy.modules,
        files: loaded.files,
        prepare: clauseFor,
        solve: (query) => guess(() => query.evaluate(evaluation(document)).map(({ bindings }) => bindings)) ?? [],
      });
      const entrypoint = policy.entrypoint([...(paths.get(namespace) ?? []), rule]);
      const derivations = guess(() => entrypoint?.derivations(evaluation(document))) ?? [];
      return own.map((found, index) => refined(found, derivations[index]?.inputPaths ?? []));
    },
  };
}

/** What was read below the nodes that a finding is about, in rules that its rule refers to. */
function refined(own: readonly InputPath[], read: readonly InputPath[]): readonly InputPath[] {
  if (own.length === 0) return read;
  const below = read.filter((path) =>
    own.some((node) => node.length > 0 && node.length < path.length && node.every((key, at) => key === path[at])),
  );
  return [...below, ...own];
}

/** Places are a help, not the answer: an error while looking for them is none. */
function guess<Result>(look: () => Result): Result | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof RegoEvaluationError && error.code !== 'eval_cancel_error') return undefined;
    throw error;
  }
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
