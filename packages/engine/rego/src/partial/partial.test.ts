import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { compileModules } from '../compile/compile-modules.ts';
import { compilePolicy, Policy, type QueryResult } from '../policy.ts';
import { formatExpr } from '../syntax/format-term.ts';
import { formatModule } from '../syntax/index.ts';
import { parseJson, toJson } from '../value/json.ts';
import type { PlainObject, Value } from '../value/value.ts';
import { evaluatePartially, type PartialOptions } from './partial.ts';

const CASES = fileURLToPath(new URL('../../../../../../shared/conformance/rego/v1/', import.meta.url));
const LIMITS = { limits: { steps: 2_000_000 }, nowNs: 1n, randomBytes: (count: number) => new Uint8Array(count) };

const POLICY = `package authz

default allow := false

allow if input.user == data.admins[_]

allow if {
	input.method == "GET"
	not blocked
	data.public[input.path[0]]
}

blocked if input.user == "bob"

blocked if {
	data.banned[_] == input.user
	input.attempts > 3
}

deny contains msg if {
	some container in input.containers
	not startswith(container.image, "registry/")
	msg := sprintf("bad %v", [container.image])
}

next(x) := y if {
	y := x + 1
	x > 2
}

is_five if next(input.n) == 5

ports[name] := port if {
	some name, port in input.ports
	data.public[name]
}

all_high if every port in input.list { port > data.low }

known := count(data.admins) * 2

otherwise := 1 if input.a
else := 2 if input.b
`;
const DATA = { admins: ['al', 'eve'], public: { docs: true, web: true }, banned: ['zed'], low: 3 } as PlainObject;

function policyOf(text: string, data: PlainObject): Policy {
  const { policy, faults } = compilePolicy({ modules: [{ file: 'policy.rego', text }], data });
  if (policy === undefined) throw new Error(faults[0]?.message);
  return policy;
}

/** What remains, as text: one line per query, then the support modules. */
function remaining(query: string, options: PartialOptions = {}): string[] {
  const { result } = evaluatePartially(policyOf(POLICY, DATA), query, options);
  if (result === undefined) throw new Error('the query does not compile');
  return [
    ...result.queries.map((body) => body.map(formatExpr).join('; ')),
    ...result.support.map((module) => formatModule(module)),
  ];
}

describe('what remains of a query', () => {
  it('is nothing but true when all is known', () => {
    expect(remaining('data.authz.known == 4')).toEqual(['']);
    expect(remaining('data.authz.known == 5')).toEqual([]);
  });

  it('inlines functions and rules with one value', () => {
    const [query] = remaining('data.authz.is_five');
    expect(query).toMatch(/^(\w+) = plus\(input\.n, 1\); input\.n > 2; \1 == 5$/);
  });

  it('is one query for each way in which the query can hold', () => {
    expect(remaining('data.authz.blocked')).toEqual(['input.user == "bob"', '"zed" == input.user; input.attempts > 3']);
  });

  it('puts negated bodies of several expressions into rules', () => {
    const [query, support] = remaining('not data.authz.blocked');
    expect(query).toBe('not input.user == "bob"; not data.partial.__helper1__');
    expect(support).toContain('package partial\n');
  });

  it('keeps rules with a default as rules', () => {
    const [query, ...support] = remaining('data.authz.allow');
    expect(query).toBe('data.partial.authz.allow');
    expect(support.join('\n')).toContain('default allow := false');
    expect(support.join('\n')).toContain('input.user == "al"');
  });

  it('leaves rules with else, and rules that must not be inlined, as references', () => {
    expect(remaining('data.authz.otherwise')).toEqual(['data.authz.otherwise']);
    expect(remaining('data.authz.blocked', { disableInlining: [['data', 'authz', 'blocked']] })).toEqual([
      'data.authz.blocked',
    ]);
  });

  it('leaves to the evaluation what may be another thing then', () => {
    const policy = policyOf('package p\n\nlate if time.now_ns() > 5\n', {});
    const { result } = evaluatePartially(policy, 'data.p.late');
    expect(result?.queries.map((body) => body.map(formatExpr).join('; '))).toEqual(['time.now_ns() > 5']);
  });

  it('leaves rules with rules below them whole', () => {
    const policy = policyOf('package p\n\nobj[k] := v if some k, v in input.m\n\nobj.foo := input.x\n', {});
    const { direct, indirect } = bothWays(policy, 'x = data.p.obj', [['input']], { m: { a: 1 }, x: 2 });
    expect(indirect).toEqual(direct);
    expect(direct).toEqual(['{"x":{"a":1,"foo":2}}']);
  });

  it('knows nothing of what is below a document that is not there', () => {
    const { result } = evaluatePartially(policyOf('package p\n', {}), 'data.a.b == 1', {
      unknowns: [['data', 'a', 'b']],
    });
    expect(result?.queries.map((body) => body.map(formatExpr).join('; '))).toEqual(['data.a.b == 1']);
  });

  it('treats data as unknown where it is asked to', () => {
    const [query] = remaining('data.low == 3', { unknowns: [['data', 'low']] });
    expect(query).toBe('data.low == 3');
  });
});

describe('queries and support rules give what the query gives', () => {
  const inputs: Value[] = [
    {},
    { user: 'al' },
    { user: 'zed', attempts: 4, method: 'GET', path: ['docs'] },
    { user: 'zed', attempts: 1, method: 'GET', path: ['docs'], n: 4, ports: { web: 80, x: 1 } },
    { method: 'GET', path: ['none'], n: 3, list: [4, 5], containers: [{ image: 'a' }, { image: 'registry/b' }, {}] },
    { list: [1], a: false, b: true, n: 1 },
  ];
  for (const rule of [
    'allow',
    'blocked',
    'deny',
    'deny[x]',
    'is_five',
    'ports',
    'ports[k]',
    'all_high',
    'known',
    'otherwise',
  ]) {
    it(rule, () => {
      const policy = policyOf(POLICY, DATA);
      for (const input of inputs) {
        const { direct, indirect } = bothWays(policy, `result := data.authz.${rule}`, [['input']], input);
        expect(indirect).toEqual(direct);
      }
    });
  }
});

const skips = new Set([
  // OPA reads base documents by text and values by value: what is inlined has become a path.
  'v1/dataderef/test-data-derefs#2',
]);

describe.skipIf(!hasCases())("OPA's own cases, with input and all base documents unknown", () => {
  for (const file of hasCases() ? readdirSync(CASES) : []) {
    it(file, () => {
      const { cases } = parseJson(readFileSync(CASES + file, 'utf8')) as {
        cases: readonly PlainObject[];
      } & PlainObject;
      for (const one of cases) {
        if (one['want_result'] === undefined || one['input_term'] !== undefined || skips.has(String(one['id'])))
          continue;
        const data = (one['data'] ?? {}) as PlainObject;
        const modules = ((one['modules'] ?? []) as string[]).map((text, i) => ({ file: `test-${i}.rego`, text }));
        const { policy } = compilePolicy({ modules, data });
        if (policy === undefined) continue;
        const unknowns = [['input'], ...Object.keys(data).map((key) => ['data', key])];
        const { direct, indirect } = bothWays(policy, String(one['query']), unknowns, one['input']);
        expect(indirect, String(one['id'])).toEqual(direct);
      }
    });
  }
});

/** The query evaluated at once, and what remains of it evaluated with what was unknown. */
function bothWays(policy: Policy, text: string, unknowns: string[][], input: Value | undefined) {
  const options = { ...LIMITS, ...(input === undefined ? {} : { input }) };
  const direct = solve(policy, text, options);
  const { result } = evaluatePartially(policy, text, { ...LIMITS, unknowns });
  if (result === undefined) throw new Error(`${text} does not compile`);
  const { compiled, faults } = compileModules([...policy.modules, ...result.support], policy.compiled.options);
  if (compiled === undefined) throw new Error(`support of ${text}: ${faults[0]?.message}`);
  const extended = new Policy(compiled, policy.compiled.options.builtins, policy.data, 'v1');
  const asked = policy.prepareQuery(text).query?.variables ?? [];
  const found = result.queries.flatMap((body) =>
    body.length === 0 ? ['{}'] : solve(extended, body.map(formatExpr).join('; '), options, asked),
  );
  return { direct: [...new Set(direct)].sort(), indirect: [...new Set(found)].sort() };
}

function solve(policy: Policy, text: string, options: typeof LIMITS, asked?: readonly string[]): string[] {
  const { query, faults } = policy.prepareQuery(text);
  if (query === undefined) throw new Error(`${text}: ${faults[0]?.message}`);
  const shown = ({ bindings }: QueryResult) =>
    toJson(
      Object.fromEntries(Object.entries(bindings).filter(([name]) => asked?.includes(name) ?? true)) as PlainObject,
    );
  return query.evaluate(options).map(shown);
}

function hasCases(): boolean {
  const found = existsSync(CASES);
  if (!found) process.stderr.write(`partial evaluation: OPA's cases are skipped, ${CASES} is not there\n`);
  return found;
}
