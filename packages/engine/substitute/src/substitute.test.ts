// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions of the dialect
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { substitute } from './index.ts';

interface Recorded {
  readonly text: string;
  readonly variables: Record<string, string>;
  readonly result?: string;
  readonly fails?: true;
}

const variables = new Map([
  ['name', 'web'],
  ['path', 'a/b/c.tar.gz'],
  ['empty', ''],
]);

describe('substitute', () => {
  it('gives what the envsubst of Flux gives, and fails where it fails', () => {
    const recorded = JSON.parse(
      readFileSync(new URL('../testdata/envsubst.json', import.meta.url), 'utf8'),
    ) as Recorded[];
    expect(recorded.length).toBeGreaterThan(400);
    for (const { text, variables: values, result } of recorded) {
      const expanded = substitute(text, new Map(Object.entries(values)), { strict: false });
      expect({ text, values, result: expanded.text }).toEqual({ text, values, result });
    }
  });

  const strictCases: [reason: string, text: string, expected: string | string[]][] = [
    ['a variable', '${name}', 'web'],
    ['an empty one has a value', '[${empty}]', '[]'],
    ['one that is missing', 'a ${none} ${nil^^}', ['SUBSTITUTE_UNDEFINED none', 'SUBSTITUTE_UNDEFINED nil']],
    ['a default', '${none:-x}${none:=y}${none=z}', 'xyz'],
    ['a default for an empty one', '${empty:-x}', 'x'],
    ['a missing one in the default of another', '${name:-${none}}', ['SUBSTITUTE_UNDEFINED none']],
    ['no braces, no variable', '$name $(name) {{ $x }}', '$name $(name) {{ $x }}'],
    ['two dollars are one', '$${name} $$name', '${name} $name'],
    [
      'shortest and longest ends',
      '${path#*/} ${path##*/} ${path%.*} ${path%%.*}',
      'b/c.tar.gz c.tar.gz a/b/c.tar a/b/c',
    ],
    ['part of a value, negative length', '${path:2:3} ${path:0:-3}', 'b/c a/b/c.tar'],
    ['the end, by a variable offset', '${path:${none:=-2}}', 'gz'],
    [
      'replacements',
      '${path/b/X} ${path//a/X} ${path/#a/X} ${path/%gz/X}',
      'a/X/c.tar.gz X/b/c.tXr.gz X/b/c.tar.gz a/b/c.tar.X',
    ],
    ['never closed', 'x ${name', ['SUBSTITUTE_SYNTAX name']],
    ['a name that is none', '${a.b}', ['SUBSTITUTE_SYNTAX a']],
    ['nothing', '${}', ['SUBSTITUTE_SYNTAX undefined']],
  ];
  it.each(strictCases)('in strict mode: %s', (_, text, expected) => {
    const { text: result, faults } = substitute(text, variables);
    expect(result ?? faults?.map(({ code, variable }) => `${code} ${variable}`)).toEqual(expected);
  });

  it('bounds what expressions can grow to, and the depth of them', () => {
    const big = new Map([['a', 'x'.repeat(3_000_000)]]);
    const codes = (text: string) => substitute(text, big).faults?.map(({ code }) => code);
    expect(codes('${a//x/${a}}')).toEqual(['SUBSTITUTE_TOO_LARGE']);
    expect(codes('${a}${a}${a}${a}')).toEqual(['SUBSTITUTE_TOO_LARGE']);
    expect(codes(`\${a#${'*x'.repeat(5000)}}`)).toEqual(['SUBSTITUTE_TOO_LARGE']);
    expect(codes('${a:-'.repeat(100_000))).toEqual(['SUBSTITUTE_SYNTAX']);
  });

  it('leaves any text without expressions as it is, and never throws', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('$', '{', '}', 'a', ':', '-', '/', '#', '%', ' ', '\n', 'é', '😀')),
        (parts) => {
          const text = parts.join('');
          const { text: result, faults } = substitute(text, variables, { strict: false });
          if (!text.includes('${') && !text.includes('$$')) expect(result).toBe(text);
          else expect(result !== undefined || (faults?.length ?? 0) > 0).toBe(true);
        },
      ),
    );
  });
});
