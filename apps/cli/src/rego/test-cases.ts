import {
  type Expr,
  type Policy,
  RegoObject,
  RegoSet,
  type Term,
  type TraceEvent,
  toJson,
  type Value,
} from '@sekisho/rego';

/** Results of the cases of a data-driven test (`test_x[name] if …`), by name; cases may have cases. */
export interface CaseResult {
  readonly name: string;
  readonly passed: boolean;
  readonly cases: readonly CaseResult[];
}

interface CaseNode {
  passed: boolean;
  readonly cases: Map<string, CaseNode>;
}

/** Gathers the cases of one test: those that hold stand in its value, those that don't show in its evaluation. */
export class TestCases {
  readonly #suffixOf = new Map<Expr, readonly Term[]>();
  readonly #root: CaseNode = { passed: false, cases: new Map() };

  /** @param path  of the test, after `data` */
  constructor(policy: Policy, path: readonly string[]) {
    let node: typeof policy.compiled.tree | undefined = policy.compiled.tree;
    for (const name of path) node = node?.children.get(name);
    for (const { rule, headSuffix } of node?.group?.clauses ?? [])
      if (headSuffix.length > 0) for (const expr of rule.body) this.#suffixOf.set(expr, headSuffix);
  }

  /** Whether the test has cases. */
  get any(): boolean {
    return this.#suffixOf.size > 0;
  }

  readonly trace = ({ op, node, locals }: TraceEvent): void => {
    if (op !== 'eval' || node === undefined || !('what' in node)) return;
    const names = this.#suffixOf.get(node)?.map((term) => nameOf(term, locals));
    if (names === undefined) return;
    let at = this.#root;
    for (const name of names) {
      if (name === undefined) return;
      at = childOf(at, name);
    }
  };

  results(value: Value | undefined): readonly CaseResult[] {
    const depth = Math.max(...[...this.#suffixOf.values()].map((suffix) => suffix.length));
    if (value !== undefined) mark(this.#root, value, depth);
    return resultsOf(this.#root);
  }
}

function nameOf(term: Term, locals: Readonly<Record<string, Value>>): string | undefined {
  if (term.kind === 'string') return term.value;
  const value = term.kind === 'var' && Object.hasOwn(locals, term.name) ? locals[term.name] : undefined;
  return value === undefined ? undefined : keyText(value);
}

function keyText(value: Value): string {
  return typeof value === 'string' ? value : toJson(value);
}

function childOf(node: CaseNode, name: string): CaseNode {
  let child = node.cases.get(name);
  if (child === undefined) {
    child = { passed: false, cases: new Map() };
    node.cases.set(name, child);
  }
  return child;
}

function mark(node: CaseNode, value: Value, depth: number): void {
  node.passed = value !== false;
  if (depth === 0 || typeof value !== 'object' || value === null) return;
  for (const [key, member] of membersOf(value)) mark(childOf(node, key), member, depth - 1);
}

function membersOf(value: Value): [string, Value][] {
  if (value instanceof RegoObject) return [...value.entries()].map(([key, member]) => [keyText(key), member]);
  if (value instanceof RegoSet || Array.isArray(value)) return [];
  return Object.entries(value as Record<string, Value>);
}

function resultsOf(node: CaseNode): CaseResult[] {
  return [...node.cases]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, child]) => {
      const cases = resultsOf(child);
      return { name, cases, passed: cases.length === 0 ? child.passed : cases.every(({ passed }) => passed) };
    });
}
