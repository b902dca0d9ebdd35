import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTemplateSet } from './index.ts';

interface GoCase {
  readonly text: string;
  readonly want?: string;
  readonly fails?: 'parse' | 'execute';
}
const go: { data: unknown; cases: GoCase[] } = JSON.parse(
  readFileSync(new URL('../testdata/go.json', import.meta.url), 'utf8'),
);

function render(text: string, data: unknown, options: Parameters<typeof createTemplateSet>[0] = {}) {
  const set = createTemplateSet(options);
  const faults = set.add('t', text);
  if (faults.length > 0) return { fails: 'parse', message: faults[0]!.message };
  const answer = set.render('t', data);
  return 'text' in answer ? { want: answer.text } : { fails: 'execute', message: answer.diagnostics[0]!.message };
}

describe('answers as Go does', () => {
  it.each(go.cases.map((one) => [one.text, one] as const))('%s', (text, { want, fails }) => {
    const { message: _, ...given } = { message: '', ...render(text, go.data) };
    expect(given).toEqual(fails === undefined ? { want } : { fails });
  });
});

describe('a set', () => {
  it('shares definitions and functions', () => {
    const set = createTemplateSet({ functions: { upper: (text) => String(text).toUpperCase() } });
    expect(set.add('part', '<{{upper .}}>')).toEqual([]);
    expect(set.add('whole', '{{template "part" .name}}')).toEqual([]);
    expect(set.render('whole', { name: 'web' })).toEqual({ text: '<WEB>' });
    expect(set.has('none')).toBe(false);
    expect(set.render('none', {})).toMatchObject({ diagnostics: [{ code: 'TEMPLATE_FAILED' }] });
  });

  it('says where a fault stands', () => {
    const set = createTemplateSet();
    expect(set.add('bad', 'line\n  {{nope}}')).toMatchObject([
      {
        code: 'TEMPLATE_INVALID',
        message: 'template: bad:2: function "nope" not defined',
        origin: { line: 2, column: 5 },
      },
    ]);
    set.add('late', 'line\n{{index .list 3}}');
    expect(set.render('late', { list: [] })).toMatchObject({
      diagnostics: [{ code: 'TEMPLATE_FAILED', origin: { file: 'template late', line: 2 } }],
    });
  });

  it('calls functions that stand in the data', () => {
    expect(
      render('{{(call .repo.Commit "abc").Author}}', { repo: { Commit: (id: unknown) => ({ Author: `of ${id}` }) } }),
    ).toEqual({
      want: 'of abc',
    });
  });

  it('missingKey: error', () => {
    expect(render('{{.none}}', {}, { missingKey: 'error' })).toMatchObject({ fails: 'execute' });
  });

  it('does not reach what is no key of a map', () => {
    for (const name of ['constructor', '__proto__', 'toString', 'length']) {
      expect(render(`{{.${name}}}{{.list | index .m "${name}"}}`, { m: {}, list: [] }).fails).toBe('execute');
      expect(render(`{{.${name}}}`, {})).toEqual({ want: '<no value>' });
    }
  });

  it.each([
    ['endless recursion', '{{define "a"}}{{template "a" .}}{{end}}{{template "a" .}}'],
    ['a large range', '{{range 1000000000}}{{end}}'],
    ['a large answer', '{{range 100000}}aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa{{end}}'],
    ['wide padding', '{{range 1000}}{{printf "%99999d" 1}}{{end}}'],
  ])('%s ends', (_name, text) => {
    expect(render(text, {}).fails).toBe('execute');
  });

  it('deep nesting is a fault of the text', () => {
    expect(render('{{if true}}'.repeat(5000), {}).fails).toBe('parse');
    expect(render(`{{${'('.repeat(5000)}}}`, {}).fails).toBe('parse');
  });
});

it('never throws, whatever the text', () => {
  const piece = fc.constantFrom(
    '{{',
    '}}',
    '{{-',
    '-}}',
    'if ',
    'range ',
    'end',
    'else',
    'define "x"',
    'template "x"',
    '.a',
    '$x',
    ':=',
    '|',
    '(',
    ')',
    '"s"',
    '1',
    'printf ',
    'eq ',
    ' ',
    '\n',
    'text',
    'with ',
    'break',
    '/*',
    '*/',
    "'a'",
    '`',
    '$',
    '.',
    'index ',
    'nil',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 20 }), fc.jsonValue(), (pieces, data) => {
      expect(Object.keys(render(pieces.join(''), { a: data }))).not.toEqual([]);
    }),
    { numRuns: 2000 },
  );
});
