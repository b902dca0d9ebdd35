import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createTemplateSet,
  GoObject,
  goFunction,
  int64,
  TemplateExecutionError,
  type TemplateOptions,
  typed,
} from './index.ts';

function render(text: string, data: unknown, options: TemplateOptions = {}) {
  const set = createTemplateSet(options);
  const faults = set.add('t', text);
  if (faults.length > 0) return { fails: 'parse', message: faults[0]!.message };
  const answer = set.render('t', data);
  return 'text' in answer ? { want: answer.text } : { fails: 'execute', message: answer.diagnostics[0]!.message };
}

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

  it('a fault in another text names that text', () => {
    const set = createTemplateSet();
    set.add('helpers', 'x\n{{define "h"}}\n{{.a.b}}{{end}}');
    set.add('page', '{{template "h" .}}');
    expect(set.render('page', { a: 'text' })).toMatchObject({
      diagnostics: [
        {
          message: `template: helpers:3:4: executing "h" at <.a.b>: can't evaluate field b in type interface {}`,
          origin: { file: 'template helpers', line: 3, column: 5 },
        },
      ],
    });
  });

  it('calls functions that stand in the data', () => {
    const data = { repo: { Commit: (id: unknown) => ({ Author: `of ${id}` }) } };
    expect(render('{{(call .repo.Commit "abc").Author}}', data)).toEqual({ want: 'of abc' });
  });

  it('does not reach what is no key of a map', () => {
    for (const name of ['constructor', '__proto__', 'toString', 'length']) {
      expect(render(`{{.${name}}}{{.list | index .m "${name}"}}`, { m: {}, list: [] }).fails).toBe('execute');
      expect(render(`{{.${name}}}`, {})).toEqual({ want: '<no value>' });
      expect(render(`{{${name} 1}}`, {}).fails).toBe('parse');
    }
  });

  it('a fork has what was there, and keeps what it gets', () => {
    const set = createTemplateSet();
    set.add('a', '{{define "name"}}old{{end}}{{template "name"}}');
    const fork = set.fork();
    fork.add('b', '{{define "name"}}new{{end}}');
    expect(fork.render('a', {})).toEqual({ text: 'new' });
    expect(set.render('a', {})).toEqual({ text: 'old' });
    expect(set.has('b')).toBe(false);
  });

  it('functions execute templates, with faults in faults', () => {
    const functions = { include: (name: unknown, data: unknown) => set.execute(String(name), data) };
    const set = createTemplateSet({ functions });
    set.add('h', '{{define "h"}}<{{.x}}>{{end}}{{define "bad"}}{{.x.y}}{{end}}');
    set.add('t', '{{include "h" . | printf "%q"}}');
    set.add('u', '\n {{ include "bad" . }}');
    expect(set.render('t', { x: 1 })).toEqual({ text: '"<1>"' });
    expect(set.render('u', { x: 1 })).toMatchObject({
      diagnostics: [
        {
          message:
            'template: u:2:4: executing "u" at <include "bad" .>: error calling include: ' +
            `template: h:1:49: executing "bad" at <.x.y>: can't evaluate field y in type interface {}`,
        },
      ],
    });
    expect(() => set.execute('bad', {})).not.toThrow();
    expect(() => set.execute('bad', { x: 1 })).toThrow(TemplateExecutionError);
  });
});

describe('values of other kinds', () => {
  const version = new GoObject({
    type: '*semver.Version',
    fields: { Major: 1n },
    methods: { Next: goFunction([], () => 'v2'), Plus: goFunction(['int'], (by: bigint) => 1n + by) },
    text: () => 'v1.0',
  });

  it.each([
    ['{{.v}} {{.v.Major}} {{.v.Next}} {{.v.Plus 2}}', 'v1.0 1 v2 3'],
    ['{{printf "%s|%v|%T" .v .v .v}}', 'v1.0|v1.0|*semver.Version'],
    ['{{if .v}}yes{{end}}', 'yes'],
    ['{{printf "%T %d %v" .i .i .i}}', 'int64 9 9'],
    ['{{eq .i 9}} {{lt .i 10}}', 'true true'],
    ['{{range .i}}{{.}}{{end}}', '012345678'],
    ['{{.texts.none}}|{{index .texts "none"}}|{{printf "%T" .texts}}', '<no value>|<no value>|map[string]string'],
  ])('%s', (text, want) => {
    const texts = typed({ a: 'b' }, 'map[string]string');
    const expected = want.replaceAll('<no value>|<no value>', '<no value>|');
    expect(render(text, { v: version, i: int64(9), texts })).toEqual({ want: expected });
  });

  it.each([
    ['{{.v.Nope}}', `can't evaluate field Nope in type interface {}`],
    ['{{.v.Plus}}', 'wrong number of args for Plus: want 1 got 0'],
    ['{{.v.Plus "a"}}', 'expected integer; found "a"'],
    ['{{.v.Major 1}}', 'Major has arguments but cannot be invoked as function'],
  ])('%s fails', (text, message) => {
    expect(render(text, { v: version }).message).toContain(message);
  });
});

it('whole numbers of Kubernetes objects are int64', () => {
  const text = '{{.n}} {{eq .n 1000000}} {{printf "%d %T" .n .n}} {{.f}} {{index .list 0}} {{range .list}}{{.}}{{end}}';
  const data = { n: 1_000_000, f: 1.5, list: [3, 4] };
  expect(render(text, data, { wholeNumbers: 'int64' })).toEqual({ want: '1000000 true 1000000 int64 1.5 3 34' });
  expect(render('{{.n}} {{eq .n 1e6}}', data)).toEqual({ want: '1e+06 true' });
  expect(render('{{eq .n 1000000}}', data).message).toContain('incompatible types for comparison: float64 and int');
});

describe('limits', () => {
  it.each([
    [
      'endless recursion',
      '{{define "a"}}{{template "a" .}}{{end}}{{template "a" .}}',
      'exceeded maximum template depth',
    ],
    ['a large range', '{{range 1000000000}}{{end}}', 'more than 1000000 steps'],
    ['ranges in ranges', '{{range 9999}}{{range 9999}}{{range 9999}}{{end}}{{end}}{{end}}', 'more than 1000000 steps'],
    ['a large answer', '{{range 100000}}aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa{{end}}', 'the answer is longer than'],
    ['wide padding', '{{range 1000}}{{printf "%99999d" 1}}{{end}}', 'the answer is longer than'],
    ['a text that doubles', '{{$x := "x"}}{{range 1000}}{{$x = print $x $x}}{{end}}', 'the answer is longer than'],
    [
      'recursion deep in other nodes',
      `{{define "a"}}${'{{if true}}'.repeat(100)}{{template "a" .}}${'{{end}}'.repeat(100)}{{end}}{{template "a" .}}`,
      'exceeded maximum template depth',
    ],
  ])('%s ends', (_name, text, message) => {
    const answer = render(text, {});
    expect(answer.fails).toBe('execute');
    expect(answer.message).toContain(message);
  });

  it('of the depth, also through functions; no function holds it up', () => {
    const functions = {
      include: (name: unknown, data: unknown) => {
        try {
          return set.execute(String(name), data);
        } catch (error) {
          if (error instanceof TemplateExecutionError && error.message.includes('caught')) return '';
          throw error;
        }
      },
    };
    const set = createTemplateSet({ functions });
    set.add('t', '{{define "a"}}{{include "a" .}}{{end}}{{include "a" .}}');
    expect(set.render('t', {})).toMatchObject({
      diagnostics: [{ message: expect.stringContaining('exceeded maximum template depth') }],
    });
    set.add('fine', 'fine');
    expect(set.render('fine', {})).toEqual({ text: 'fine' });
  });

  it('deep nesting is a fault of the text', () => {
    expect(render('{{if true}}'.repeat(5000), {}).fails).toBe('parse');
    expect(render(`{{${'('.repeat(5000)}}}`, {}).fails).toBe('parse');
    expect(render('{{if true}}a{{else if true}}'.repeat(5000), {}).fails).toBe('parse');
  });

  it('so are more variables than anybody has, and formats without end', () => {
    expect(render('{{$x := 1}}'.repeat(20_000), {}).fails).toBe('parse');
    expect(render('{{printf .f}}', { f: '%['.repeat(50_000) }).want).toContain('%!');
  });

  it('a tick that throws ends it, whoever is called', () => {
    const stop = new Error('stopped');
    const controller = new AbortController();
    const set = createTemplateSet({
      functions: { abort: () => controller.abort(stop) ?? '' },
      tick: () => controller.signal.throwIfAborted(),
    });
    set.add('t', '{{abort}}{{range 100000}}{{print .}}{{end}}');
    expect(() => set.render('t', {})).toThrow(stop);
  });
});

it('never throws, whatever the text', () => {
  const piece = fc.constantFrom(
    ...['{{', '}}', '{{-', '-}}', 'if ', 'range ', 'end', 'else', 'define "x"', 'template "x"', '.a', '$x', ':=', '|'],
    ...['(', ')', '"s"', '1', 'printf ', 'eq ', ' ', '\n', 'text', 'with ', 'break', '/*', '*/', "'a'", '`', '$', '.'],
    ...['index ', 'nil', '{{end}}', '{{range .a}}', '{{.}}', '%*[2]d', '"\\xff"'],
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 20 }), fc.jsonValue(), (pieces, data) => {
      expect(Object.keys(render(pieces.join(''), { a: data }))).not.toEqual([]);
    }),
    { numRuns: 500 },
  );
});

it('printf never throws, whatever the format', () => {
  const part = fc.constantFrom(...'%+-# 0123.*[]vdsqxXobcUeEfFgGtTp!z\u00e9'.split(''));
  const value = fc.oneof(fc.jsonValue(), fc.bigInt(), fc.constant(undefined), fc.constant(int64(-3)), fc.double());
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), fc.array(value, { maxLength: 3 }), (format, values) => {
      expect(
        render('{{printf .f (index .v 0) (index .v 1) (index .v 2)}}', {
          f: format.join(''),
          v: [...values, 1, 2, 3],
        }).want,
      ).toEqual(expect.any(String));
    }),
    { numRuns: 1000 },
  );
});
