import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Module, RegoVersion } from './ast.ts';
import { formatModule, formatText, parseModule } from './index.ts';
import goldens from './testdata/goldens.json' with { type: 'json' };

const CONFORMANCE = fileURLToPath(new URL('../../../../../../shared/conformance/rego/', import.meta.url));

/** What the module says, without places, names of wildcards, and what formatting may write in another way. */
function meaning({ rules, package: { path } }: Module): string {
  return JSON.stringify({ path, rules }, (key, value: unknown) => {
    if (
      ['location', 'generated', 'generatedBody', 'generatedValue', 'assign', 'raw', 'infix', 'annotations'].includes(
        key,
      )
    )
      return undefined;
    return typeof value === 'string' && /^\$\d+$/.test(value) ? '_' : value;
  });
}

function check(text: string, version: RegoVersion, withoutSource = true): string | undefined {
  const { module } = parseModule(text, { file: 'm.rego', version });
  if (module === undefined) return undefined;
  for (const options of withoutSource ? [{ source: text }, {}] : [{ source: text }]) {
    const formatted = formatModule(module, options);
    const { module: again, faults } = parseModule(formatted, { file: 'm.rego', version });
    if (again === undefined) return `${faults[0]?.message}\n${formatted}`;
    if (meaning(again) !== meaning(module)) return `other meaning\n${formatted}`;
    const comments = (from: Module): string =>
      JSON.stringify(from.comments.map((comment) => comment.text.trimEnd()).sort());
    if (comments(again) !== comments(module)) return `other comments\n${formatted}`;
  }
  const once = formatModule(module, { source: text });
  // `p.q := true if x` goes without its value first, then without brackets: stable from the second time on.
  const twice = formatText(once, { file: 'm.rego', version }).text ?? '';
  const thrice = formatText(twice, { file: 'm.rego', version }).text;
  return twice === thrice ? undefined : `not the same again\n${twice}\n---\n${thrice}`;
}

describe('formatModule', () => {
  it.each(goldens.map((golden, index) => [index, golden] as const))('formats golden module %i', (_, golden) => {
    const options = { file: 'm.rego', version: golden.version as RegoVersion };
    if (golden.formatted !== undefined) expect(formatText(golden.text, options).text).toBe(golden.formatted);
    if (golden.formattedAsV1 !== undefined)
      expect(formatText(golden.text, { ...options, to: 'v1' }).text).toBe(golden.formattedAsV1);
    expect(check(golden.text, options.version)).toBeUndefined();
  });

  it('keeps comments wherever they stand', () => {
    const text = [
      '# a',
      'package t # b',
      '# c',
      'import data.x # d',
      'p := [ # e',
      '1, # f',
      '# g',
      '] # h',
      'q if { # i',
      '# j',
      'x # k',
      '# l',
      '} # m',
      '# n',
      'else := 1 if { # o',
      'y == # p',
      '1 }',
      'r := f( # q',
      'x) # r',
      's := {x | # s',
      'x := 1 # t',
      '# u',
      '} # v',
      '# w',
      '',
    ].join('\n');
    expect(check(text, 'v1')).toBeUndefined();
  });

  it('writes parentheses where reading back needs them', () => {
    for (const expr of [
      '(a | b) & c',
      '(a == b) & c',
      '(x in y) == z',
      'a - (b - c)',
      '[(a | b)]',
      '{(a | b): 1}',
      'f((a, b in c))',
      '{(a + b) | c}',
      '[(x in y) | c]',
      'a | (b | c)',
      '(a + b)[0]',
      'x := (a, b in c)',
      '{x: (a | b) | c}',
      '{x: (a + b) | c}',
      '-x * -1 - -y',
    ])
      expect(
        check(`package t\np if { ${expr} }\nq := [${expr.includes(':=') ? 1 : `[(${expr})]`}]`, 'v1'),
      ).toBeUndefined();
  });

  it('turns v0 into what is v0 and v1', () => {
    const { text } = formatText(
      'package t\nimport future.keywords.in\np[x] { x in [1] }\nq[x] = y { y := x }\nr = 1 { true } else = 2 { x }\n',
      {
        file: 'm.rego',
        version: 'v0',
        to: 'v1',
      },
    );
    expect(text).toContain('import rego.v1');
    expect(text).toContain('p contains x if x in [1]');
    expect(text).toContain('q[x] := y if y := x');
    for (const version of ['v0', 'v1'] as const)
      expect(parseModule(text ?? '', { file: 'm', version }).faults).toEqual([]);
  });

  it('keeps what the modules of the conformance suite say', () => {
    if (!existsSync(CONFORMANCE)) {
      process.stdout.write('skipped: the conformance suite is not beside the repository\n');
      return;
    }
    const wrong: string[] = [];
    for (const folder of ['v0', 'v1', 'extra', 'compile'])
      for (const file of readdirSync(`${CONFORMANCE}${folder}`)) {
        const group = JSON.parse(readFileSync(`${CONFORMANCE}${folder}/${file}`, 'utf8')) as {
          cases: readonly {
            readonly id: string;
            readonly rego_version?: RegoVersion;
            readonly modules?: readonly string[];
          }[];
        };
        for (const { id, rego_version: version = 'v1', modules = [] } of group.cases)
          for (const text of modules) {
            const fault = check(text, version, false);
            if (fault !== undefined) wrong.push(`${id}: ${fault}`);
          }
      }
    expect(wrong.slice(0, 5)).toEqual([]);
  }, 120_000);
});
