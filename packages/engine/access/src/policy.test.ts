import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileGlob } from './glob.ts';
import { compilePattern } from './pattern.ts';
import { parsePolicy } from './policy.ts';
import { formatRule } from './rule.ts';

const origin = { file: 'policy.csv' };

describe('parsePolicy', () => {
  test.each([
    ['p, role:dev, applications, sync, shop/*, allow', 'p, role:dev, applications, sync, shop/*, allow'],
    ['  p,role:dev,applications,sync,shop/*,deny  \r', 'p, role:dev, applications, sync, shop/*, deny'],
    ['g, alice, role:dev', 'g, alice, role:dev'],
    [
      'g, "cn=admins,ou=groups,dc=example,dc=org", role:admin',
      'g, "cn=admins,ou=groups,dc=example,dc=org", role:admin',
    ],
    ['g, "say ""hello""", role:dev', 'g, "say ""hello""", role:dev'],
  ])('reads %s', (line, expected) => {
    const { rules, diagnostics } = parsePolicy(line, origin);
    expect(diagnostics).toEqual([]);
    expect(rules.map(formatRule)).toEqual([expected]);
  });

  test('passes over comments and blank lines, and counts them', () => {
    const { rules, diagnostics } = parsePolicy('# head\n\ng, a, role:b\n   # more\nx, y\n', origin);
    expect(rules).toMatchObject([{ type: 'g', member: 'a', origin: { line: 3 } }]);
    expect(diagnostics).toMatchObject([{ code: 'ACCESS_POLICY_SYNTAX', origin: { file: 'policy.csv', line: 5 } }]);
  });

  test.each([
    ['too few fields', 'p, a, applications, get, allow', 'ACCESS_POLICY_SYNTAX'],
    ['too many fields', 'p, a, applications, get, */*, allow, more', 'ACCESS_POLICY_SYNTAX'],
    ['an empty field', 'p, a, applications, , */*, allow', 'ACCESS_POLICY_SYNTAX'],
    ['another effect', 'p, a, applications, get, */*, alow', 'ACCESS_POLICY_SYNTAX'],
    ['another type', 'q, a, applications, get, */*, allow', 'ACCESS_POLICY_SYNTAX'],
    ['a grant without a role', 'g, a', 'ACCESS_POLICY_SYNTAX'],
    ['a grant with an empty role', 'g, a,', 'ACCESS_POLICY_SYNTAX'],
    ['an open quote', 'g, "a, role:b', 'ACCESS_POLICY_SYNTAX'],
    ['an endless line', `g, a, role:${'x'.repeat(20_000)}`, 'ACCESS_POLICY_SYNTAX'],
    ['an open bracket', 'p, a, applications, get, [a, allow', 'ACCESS_POLICY_PATTERN'],
    ['an open brace', 'p, a, applications, get, {a, allow', 'ACCESS_POLICY_PATTERN'],
    ['too many alternatives', `p, a, applications, get, "${'{a,b}'.repeat(20)}", allow`, 'ACCESS_POLICY_PATTERN'],
  ])('a line with %s allows nothing, the others stay', (_, line, code) => {
    const { rules, diagnostics } = parsePolicy(`g, x, role:y\n${line}\ng, z, role:y`, origin);
    expect(diagnostics).toMatchObject([{ code, severity: 'error', origin: { line: 2 } }]);
    expect(rules.map(formatRule)).toEqual(['g, x, role:y', 'g, z, role:y']);
  });

  test.each([
    ['p, bob, applications, get, [a, deny'],
    ['p, bob, applications, deny'],
    ['p, bob, applications, get, */*, DENY'],
    ['p, bob, "applications, get, */*, deny'],
  ])('a faulty line that denies goes on denying: %s', (line) => {
    expect(parsePolicy(line, origin).rules.map(formatRule)).toEqual(['p, bob, *, *, *, deny']);
  });

  test.each([
    ['p, a, application, get, */*, allow', /no resource "application"/],
    ['p, a, applications, syncs, */*, allow', /no action "syncs"/],
  ])('words that do not exist are told: %s', (line, message) => {
    const { rules, diagnostics } = parsePolicy(line, origin);
    expect(rules).toHaveLength(1);
    expect(diagnostics).toMatchObject([{ code: 'ACCESS_POLICY_UNKNOWN', severity: 'warning' }]);
    expect(diagnostics[0]?.message).toMatch(message);
  });

  test('regular expressions are read as such', () => {
    const { rules, diagnostics } = parsePolicy('p, a, applications, get, ^shop/.+$, allow', origin, {
      matchMode: 'regex',
    });
    expect(diagnostics).toEqual([]);
    expect(rules).toMatchObject([{ matchMode: 'regex' }]);
    expect(parsePolicy('p, a, applications, get, (a, allow', origin, { matchMode: 'regex' }).diagnostics).toMatchObject(
      [{ code: 'ACCESS_POLICY_PATTERN' }],
    );
  });

  test('never throws, and every fault has its line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const lines = text.split('\n').length;
        for (const { origin: at } of parsePolicy(text, origin).diagnostics) expect(at?.line).toBeLessThanOrEqual(lines);
        for (const type of ['p', 'g']) parsePolicy(`${type}, ${text}`, origin);
      }),
    );
  });

  test('reading what was written is the same rule', () => {
    const name = fc.string({ minLength: 1, maxLength: 20 }).map((text) => `x${text.trim().replace(/[\r\n]/g, '')}`);
    fc.assert(
      fc.property(name, name, (member, role) => {
        const line = formatRule({ type: 'g', member, role });
        expect(parsePolicy(line, origin).rules).toMatchObject([{ type: 'g', member, role }]);
      }),
    );
  });
});

describe('globs', () => {
  test.each([
    ['*', '', true],
    ['*/*', 'shop/web', true],
    ['*/*', 'shop', false],
    ['shop/*', 'shop/apps/web', true],
    ['shop/*', 'shop2/web', false],
    ['shop/*', 'shop', false],
    ['*/web', 'a/b/web', true],
    ['shop/web-?', 'shop/web-1', true],
    ['shop/web-?', 'shop/web-12', false],
    ['shop/web-[0-9]', 'shop/web-7', true],
    ['shop/web-[!0-9]', 'shop/web-7', false],
    ['shop/{web,api}', 'shop/api', true],
    ['shop/{web,api}', 'shop/db', false],
    ['{a,b}/{c,d{e,f}}', 'b/df', true],
    ['action/apps/*/restart', 'action/apps/Deployment/restart', true],
    ['a\\*b', 'a*b', true],
    ['a\\*b', 'axb', false],
    ['a**b', 'a/x/b', true],
    ['get', 'get', true],
    ['get', 'gets', false],
    ['a.c', 'abc', false],
  ])('%s against %s: %s', (pattern, text, expected) => {
    expect(compileGlob(pattern)?.(text)).toBe(expected);
  });

  test.each(['[', '[]', '[b-a]', 'a]', '{a', 'a}', 'a\\', 'x'.repeat(3000)])('%s is no glob', (pattern) => {
    expect(compileGlob(pattern)).toBeUndefined();
  });

  test('any text is a glob or none, and matching ends', () => {
    const pattern = fc.string({ unit: fc.constantFrom(...'ab*?[]{},!-\\/') });
    fc.assert(
      fc.property(fc.oneof(pattern, fc.string()), fc.string(), (glob, text) => {
        compileGlob(glob)?.(text);
      }),
    );
  });

  test('many runs do not explode', () => {
    expect(compileGlob(`${'*a'.repeat(200)}b`)?.('a'.repeat(2000))).toBe(false);
  });

  test('agrees with a regular expression on plain wildcards', () => {
    const glob = fc.array(fc.constantFrom('a', 'b', '/', '*', '?'), { maxLength: 8 }).map((parts) => parts.join(''));
    const text = fc.array(fc.constantFrom('a', 'b', '/'), { maxLength: 8 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(glob, text, (pattern, value) => {
        const expression = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`);
        expect(compileGlob(pattern)?.(value)).toBe(expression.test(value));
      }),
    );
  });
});

describe('regular expressions', () => {
  test.each([
    ['shop', 'my-shop/web', true],
    ['^shop/.*$', 'my-shop/web', false],
    ['^shop/(web|api)$', 'shop/api', true],
    ['(a+)+$', `${'a'.repeat(5000)}b`, false],
  ])('%s against a text', (pattern, text, expected) => {
    expect(compilePattern(pattern, 'regex')?.(text)).toBe(expected);
  });
  test.each(['(', '[', '(?=a)'])('%s is none', (pattern) => {
    expect(compilePattern(pattern, 'regex')).toBeUndefined();
  });
});
