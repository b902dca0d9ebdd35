import { describe, expect, it } from 'vitest';
import { compilePolicy, type Policy } from '../index.ts';
import { toJson } from '../value/json.ts';
import type { Value } from '../value/value.ts';
import { type Bundle, optimizeBundle, pruneBundle, readBundle, writeBundle } from './index.ts';

const AUTHZ = `package authz

import data.lib

# Who may.
default allow := false

# Admins may.
allow if input.user in data.admins

allow if {
	lib.reads(input.method)
	not blocked
}

blocked if data.banned[_] == input.user

# Why not.
deny contains msg if {
	some container in input.containers
	not startswith(container.image, data.registry)
	msg := sprintf("bad %v", [container.image])
}

deny contains "blocked" if blocked

deny contains false if input.b

deny contains null if data.limits.low == 1

limit := data.limits.high if input.admin

limit := data.limits.low if not input.admin

level := 1 if input.a

else := 2 if input.b

ports[name] := port if some name, port in input.ports

never contains x if {
	some x in input.list
	data.limits.low > 100
}

other := count(data.admins)
`;
const FILES = {
  'data.json': '{"admins":["al","eve"],"banned":["bob"],"registry":"reg/","limits":{"low":1,"high":9}}',
  'authz.rego': AUTHZ,
  'lib.rego': 'package lib\n\nreads(method) if method in {"GET", "HEAD"}\n',
};
const RULES = ['allow', 'deny', 'limit', 'level', 'ports', 'never', 'other', 'blocked'];
const INPUTS: Value[] = [
  {},
  { user: 'al', admin: true, a: true },
  { user: 'bob', method: 'GET', b: 1 },
  { user: 'zed', method: 'HEAD', containers: [{ image: 'x' }, { image: 'reg/y' }, {}], ports: { web: 80 }, list: [1] },
];

function bundleOf(files: Readonly<Record<string, string>>): Bundle {
  const bytes = new Map(Object.entries(files).map(([path, text]) => [path, new TextEncoder().encode(text)]));
  const { bundle, faults } = readBundle(bytes);
  expect(faults).toEqual([]);
  return bundle as Bundle;
}

function optimized(bundle: Bundle, entrypoints: readonly string[], level: 1 | 2): Bundle {
  const { bundle: result, faults } = optimizeBundle(bundle, { entrypoints, level });
  expect(faults).toEqual([]);
  // What is written is what counts.
  const { files } = writeBundle(result as Bundle);
  return readBundle(files ?? new Map()).bundle as Bundle;
}

function policyOf({ modules, data }: Bundle): Policy {
  const { policy, faults } = compilePolicy({ modules, data });
  expect(faults).toEqual([]);
  return policy as Policy;
}

function decisions(policy: Policy, package_: string, rules: readonly string[]): string[] {
  return INPUTS.flatMap((input) =>
    rules.map((rule) => {
      const value = policy.entrypoint([package_, rule])?.evaluate({ input });
      return `${rule} ${value === undefined ? 'undefined' : toJson(value)}`;
    }),
  );
}

describe('optimizeBundle', () => {
  const bundle = bundleOf(FILES);

  it.each([1, 2] as const)('gives what the rules gave, at level %s', (level) => {
    const wanted = decisions(policyOf(bundle), 'authz', RULES);
    for (const entrypoints of [['authz/allow'], ['authz/deny', 'authz/limit'], ['authz']]) {
      const result = optimized(bundle, entrypoints, level);
      expect(result.modules.map(({ file }) => file)).toContain('optimized/authz.rego');
      expect(decisions(policyOf(result), 'authz', RULES)).toEqual(wanted);
    }
  });

  it('writes data into the rules, and takes the old ones out with their comments', () => {
    const result = optimized(bundle, ['authz/limit', 'authz/deny'], 2);
    const text = (file: string) => result.modules.find((module) => module.file === file)?.text ?? '';
    expect(text('optimized/authz.rego')).toMatch(/limit := 9 if \{\s+input\.admin\s+\}/);
    expect(text('optimized/authz.rego')).toContain('"reg/"');
    expect(text('authz.rego')).not.toMatch(/limit :=|deny|Why not/);
    expect(text('authz.rego')).toMatch(/# Who may.\ndefault allow := false\n\n# Admins may./);
  });

  it('reads no data that is not its own, and claims the root of what it makes', () => {
    const files = {
      ...FILES,
      'data.json': '{}',
      '.manifest': '{"roots":["authz","lib"]}',
    };
    const result = optimized(bundleOf(files), ['authz/allow'], 2);
    const { data } = bundle;
    expect(decisions(policyOf({ ...result, data }), 'authz', RULES)).toEqual(
      decisions(policyOf(bundle), 'authz', RULES),
    );
    expect(result.manifest.roots.slice(0, 2)).toEqual(['authz', 'lib']);
  });

  it('knows nothing of what some with replaces', () => {
    const text = 'package p\n\nq := data.x\n\nr := x if x := q with data.x as 2\n\ns := y if y := time.now_ns()';
    const result = optimized(bundleOf({ 'p.rego': text, 'data.json': '{"x":1}' }), ['p'], 2);
    expect(decisions(policyOf(result), 'p', ['q', 'r']).slice(0, 2)).toEqual(['q 1', 'r 2']);
    expect(policyOf(result).entrypoint(['p', 's'])?.evaluate({ nowNs: 5n })).toBe(5);
  });

  it('reports entrypoints that are not there, and modules that do not compile', () => {
    const codes = (of: Bundle, ...entrypoints: string[]) =>
      optimizeBundle(of, { entrypoints }).faults.map(({ code }) => code);
    expect(codes(bundle, 'authz/none', 'none', 'authz/allow')).toEqual(['BUNDLE_ENTRYPOINT', 'BUNDLE_ENTRYPOINT']);
    expect(codes(bundleOf({ 'p.rego': 'package p\nq := x' }), 'p')).toEqual(['BUNDLE_MODULE']);
  });

  it('stops at its limits', () => {
    const wide = bundleOf({ 'p.rego': 'package p\nq if { some a, b in numbers.range(1, 1000); input.x == a + b }' });
    const evaluation = { limits: { steps: 100 } };
    expect(() => optimizeBundle(wide, { entrypoints: ['p'], level: 2, evaluation })).toThrow(
      expect.objectContaining({ code: 'eval_budget_error' }),
    );
  });
});

describe('pruneBundle', () => {
  const bundle = bundleOf(FILES);

  it('keeps what entrypoints need, and gives what they gave', () => {
    const { bundle: pruned } = pruneBundle(bundle, ['authz/allow']);
    const text = (pruned as Bundle).modules.find(({ file }) => file === 'authz.rego')?.text ?? '';
    expect(text).toMatch(/allow if \{\n.*\n\tnot blocked/);
    expect(text).not.toMatch(/deny|limit|level|ports|never|other :=|Why not/);
    expect(decisions(policyOf(pruned as Bundle), 'authz', ['allow'])).toEqual(
      decisions(policyOf(bundle), 'authz', ['allow']),
    );
    expect(pruneBundle(bundle, ['lib']).bundle?.modules.map(({ file }) => file)).toEqual(['lib.rego']);
    expect(pruneBundle(bundle, ['authz']).bundle).toBe(bundle);
  });

  it('keeps everything that a ref may lead to', () => {
    const whole = bundleOf({ 'a.rego': 'package a\n\nq := data.z[input.x]\n', 'z.rego': 'package z\n\nr := 1\n' });
    expect(pruneBundle(whole, ['a/q']).bundle).toBe(whole);
  });

  it('reports entrypoints that are not there', () => {
    expect(pruneBundle(bundle, ['none']).faults.map(({ code }) => code)).toEqual(['BUNDLE_ENTRYPOINT']);
  });
});
