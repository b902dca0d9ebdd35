import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseYamlDocuments, parseYamlGradually, stringifyYaml, type YamlOptions } from '../index.ts';

const parse = (text: string, options: Partial<YamlOptions> = {}) =>
  parseYamlDocuments(text, { file: 'a.yaml', ...options });

/** The values of all documents; fails when there is any diagnostic. */
function values(text: string): unknown[] {
  const { documents, diagnostics } = parse(text);
  expect(diagnostics).toEqual([]);
  return documents.map((document) => document.value);
}

function faults(text: string, options: Partial<YamlOptions> = {}): string[] {
  return parse(text, options).diagnostics.map((fault) => `${fault.code} ${fault.origin?.line}:${fault.origin?.column}`);
}

describe('lines of quoted text', () => {
  // Go's parsers read these, and so does everything that people have in git.
  test.each([
    ['a:\n    b: "x, y\n  z"\nc: 1\n', { a: { b: 'x, y z' }, c: 1 }],
    ['d:\n  - "q\nw"\n  - e: \'multi\nline\'\n', { d: ['q w', { e: 'multi line' }] }],
    ['f: {g: "h\ni", j: 1}\n', { f: { g: 'h i', j: 1 } }],
  ])('may stand at any column: %j', (text, value) => {
    expect(values(text)).toEqual([value]);
  });

  test('end at the next document', () => {
    expect(faults('a: "x\nb: 1\n---\nc: 2\n')).toEqual(['YAML_SYNTAX 3:1']);
  });
});

describe('parseYamlDocuments reads scalars as Kubernetes does', () => {
  // Each row was compared with what kubectl 1.35 makes of it.
  const cases: [text: string, value: unknown][] = [
    ['y', true],
    ['No', false],
    ['on', true],
    ['OFF', false],
    ['yEs', 'yEs'],
    ['Null', null],
    ['~', null],
    ['08', 8],
    ['0777', 511],
    ['0o777', 511],
    ['-0777', -511],
    ['0b11', 3],
    ['0x1F', 31],
    ['-0x1F', -31],
    ['+12', 12],
    ['1_000', 1000],
    ['1__0', 10],
    ['_1', '_1'],
    ['1e3', 1000],
    ['.5', 0.5],
    ['1.', 1],
    ['.5_0', 0.5],
    ['0888', 888],
    ['1e', '1e'],
    ['-0', 0],
    ['0xFFFFFFFFFFFFFFFFF', '0xFFFFFFFFFFFFFFFFF'],
    ['1e999', '1e999'],
    ['0x', '0x'],
    ['-1x', '-1x'],
    ['2001-01-01', '2001-01-01'],
    ['2001-12-14t21:59:43.10-05:00', '2001-12-14t21:59:43.10-05:00'],
    ['1:30', '1:30'],
    ['=', '='],
    ['"yes"', 'yes'],
    ["'12'", '12'],
    ['!!str 12', '12'],
    ['!!int "12"', 12],
    ['!!binary aGk=', 'hi'],
    ['!Ref name', 'name'],
    ['!Ref 12', '12'],
    ['100m', '100m'],
    ['10Gi', '10Gi'],
    ['1.2.3', '1.2.3'],
  ];
  test.each(cases)('%s', (text, value) => {
    expect(values(`[${text}]`)).toEqual([[value]]);
    expect(values(`a: ${text}\n`)).toEqual([{ a: value }]);
  });

  test('keys become strings', () => {
    expect(values('yes: 1\n0777: 2\n1.5: 3\n18446744073709551615: 4\n')).toEqual([
      { true: 1, 511: 2, 1.5: 3, '18446744073709551615': 4 },
    ]);
  });

  test('a number that JavaScript would round is kept as near as can be, with a warning', () => {
    const { documents, diagnostics } = parse('a: 9007199254740993\n');
    expect(documents[0]?.value).toEqual({ a: 9007199254740992 });
    expect(diagnostics).toMatchObject([{ code: 'YAML_NUMBER_PRECISION', severity: 'warning' }]);
  });

  test('merge keys act where they stand, and the first of a list wins', () => {
    const base = 'x: &x {a: 1, b: 2}\n';
    expect(values(`${base}m: {<<: *x, a: 5}\n`)).toMatchObject([{ m: { a: 5, b: 2 } }]);
    expect(values(`${base}m:\n  a: 5\n  <<: *x\n`)).toMatchObject([{ m: { a: 1, b: 2 } }]);
    expect(values(`${base}m:\n  <<: [{a: 9}, *x]\n`)).toMatchObject([{ m: { a: 9, b: 2 } }]);
    expect(values('"<<": 1\n')).toEqual([{ '<<': 1 }]);
  });

  test('__proto__ is a key like any other', () => {
    const [value] = values('__proto__: {a: 1}\nconstructor: 2\n') as [object];
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor']);
    expect(Object.hasOwn({}, 'a')).toBe(false);
  });
});

describe('parseYamlDocuments splits documents', () => {
  test.each<[string, string, unknown[]]>([
    ['nothing', '', []],
    ['comments only', '# a\n---\n# b\n', []],
    ['a leading marker', '---\na: 1\n', [{ a: 1 }]],
    ['a marker with a comment', '--- # first\na: 1\n---\nb: 2\n', [{ a: 1 }, { b: 2 }]],
    ['content behind the marker', '--- {a: 1}\n--- b\n', [{ a: 1 }, 'b']],
    ['an end marker', 'a: 1\n...\n---\nb: 2\n', [{ a: 1 }, { b: 2 }]],
    ['a directive', '%YAML 1.1\n---\na: 1\n', [{ a: 1 }]],
    ['a written null', '---\nnull\n', [null]],
    ['a marker that ends a block scalar', 'a: |\n  x\n---\nb: 1\n', [{ a: 'x\n' }, { b: 1 }]],
    ['dashes inside a block scalar', 'a: |\n  ---\n  x\n', [{ a: '---\nx\n' }]],
    ['a byte order mark', '\uFEFFa: 1\n', [{ a: 1 }]],
    ['CRLF', 'a: |\r\n  x\r\n  y\r\n---\r\nb: 1\r\n', [{ a: 'x\ny\n' }, { b: 1 }]],
    ['JSON', '{"a": [1, "x\\u00e9\\/", null],\n\t"b": {}}', [{ a: [1, 'xé/', null], b: {} }]],
  ])('%s', (_title, text, expected) => {
    expect(values(text)).toEqual(expected);
  });

  test('a broken document leaves its neighbours readable', () => {
    const { documents, diagnostics } = parse('a: 1\n---\nb: [\n---\nc: 3\n---\nd: "x\n---\ne: 5\n');
    expect(documents.map((document) => document.value)).toEqual([{ a: 1 }, { c: 3 }, { e: 5 }]);
    expect(diagnostics.map((fault) => fault.code)).toContain('YAML_SYNTAX');
    expect(diagnostics.some((fault) => (fault.origin?.line ?? 0) >= 7)).toBe(true);
  });
});

describe('parseYamlDocuments says where', () => {
  const text = '# c\nkind: A\nspec:\n  list:\n  - name: x\n    m: 1\n  - {name: y}\n---\nkind: B\n';

  test('a document starts at its first token', () => {
    expect(parse(text, { repo: 'r', revision: 'abc' }).documents.map((document) => document.origin)).toEqual([
      { repo: 'r', revision: 'abc', file: 'a.yaml', line: 2, column: 1 },
      { repo: 'r', revision: 'abc', file: 'a.yaml', line: 9, column: 1 },
    ]);
  });

  test.each<[(string | number)[], string | undefined]>([
    [[], '2:1'],
    [['spec'], '3:1'],
    [['spec', 'list'], '4:3'],
    [['spec', 'list', 0], '5:5'],
    [['spec', 'list', 0, 'm'], '6:5'],
    [['spec', 'list', 1, 'name'], '7:6'],
    [['spec', 'list', 2], undefined],
    [['nothing'], undefined],
    [['kind', 'deeper'], undefined],
  ])('positionOf %j', (path, expected) => {
    const position = parse(text).documents[0]?.positionOf(path);
    expect(position && `${position.line}:${position.column}`).toBe(expected);
  });

  test('positionOf follows aliases and merge keys', () => {
    const [document] = parse('base: &b\n  a: 1\nuse:\n  <<: *b\n  c: *b\n').documents;
    expect(document?.positionOf(['use', 'a'])).toEqual({ line: 2, column: 3 });
    expect(document?.positionOf(['use', 'c', 'a'])).toEqual({ line: 2, column: 3 });
  });
});

describe('parseYamlDocuments refuses', () => {
  test.each<[string, string, string[]]>([
    ['equal keys, naming both', 'a: 1\nb: 2\na: 3\n', ['YAML_DUPLICATE_KEY 3:1']],
    ['keys that become equal', '{1: a, "1": b}', ['YAML_DUPLICATE_KEY 1:8']],
    ['an open bracket', 'a: [1\nb: 2\n', ['YAML_SYNTAX 2:1']],
    ['a tab as indentation', 'a:\n\tb: 1\n', ['YAML_SYNTAX 2:1']],
    ['a line that is indented too far', 'a: 1\n  b: 2\n  c: 3\n', ['YAML_SYNTAX 2:3', 'YAML_SYNTAX 3:3']],
    ['a line that is indented too little', 'a:\n  b: 1\n c: 2\n', ['YAML_SYNTAX 3:1']],
    ['two values on a line', 'a: b: c\n', ['YAML_SYNTAX 1:4']],
    ['a key within text', 'a:\n- x\n  y: 1\n', ['YAML_SYNTAX 3:3']],
    ['a control character', 'a: \u0007\n', ['YAML_SYNTAX 1:4']],
    ['an unknown alias', 'a: *b\n', ['YAML_SYNTAX 1:4']],
    ['an anchor that contains itself', 'a: &a [*a]\n', ['YAML_SYNTAX 1:8']],
    ['a null key', '~: 1\n', ['YAML_SYNTAX 1:1']],
    ['a collection as a key', '? [a]\n: b\n', ['YAML_SYNTAX 1:3']],
    ['a number that JSON has no form for', 'a: .inf\n', ['YAML_SYNTAX 1:4']],
    ['a merge of something else', 'a:\n  <<: 1\n', ['YAML_SYNTAX 2:3']],
  ])('%s', (_title, text, expected) => {
    expect(faults(text)).toEqual(expected);
    expect(parse(text).documents).toEqual([]);
  });

  test('equal keys: the message holds the first position', () => {
    expect(parse('a: 1\nb: 2\na: 3\n').diagnostics[0]?.message).toContain('1:1');
  });

  test('an alias bomb', () => {
    let bomb = 'a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n';
    for (let n = 1; n < 12; n++)
      bomb += `a${n}: &a${n} [${Array(10)
        .fill(`*a${n - 1}`)
        .join(', ')}]\n`;
    expect(faults(bomb).map((fault) => fault.split(' ')[0])).toEqual(['YAML_ALIAS_BOMB']);
    expect(faults('a: &a [1, 2]\nb: [*a, *a]\n', { maxAliasExpansion: 5 })).toEqual(['YAML_ALIAS_BOMB 2:9']);
  });

  test.each([
    ['flow lists', '['.repeat(100_000)],
    ['flow maps', '{a: '.repeat(50_000)],
    ['block lists', '- '.repeat(50_000)],
    ['block maps', Array.from({ length: 3000 }, (_, n) => `${' '.repeat(n)}a:\n`).join('')],
  ])('endless nesting: %s', (_title, text) => {
    expect(faults(text)[0]).toMatch(/^YAML_TOO_DEEP/);
  });

  test('more bytes or documents than allowed', () => {
    expect(parse('a: 1\n'.repeat(10), { maxBytes: 20 }).diagnostics[0]?.code).toBe('YAML_TOO_LARGE');
    const many = parse('---\na: 1\n'.repeat(5), { maxDocuments: 3 });
    expect(many.diagnostics.map((fault) => fault.code)).toEqual(['YAML_TOO_MANY_DOCUMENTS']);
  });
});

describe('properties', () => {
  const awkward = fc.constantFrom(
    ...[
      '',
      ' ',
      'y',
      'null',
      '0o17',
      '08',
      '1e3',
      '- a',
      'a: b',
      'a #b',
      '#',
      '---',
      '...',
      'x\n',
      '\nx',
      ' x\ny',
      'x\n\n',
    ],
    ...[
      'a\n b\n',
      'x \ny',
      '\t',
      "'",
      '"',
      '\\',
      '{',
      ']',
      ',',
      '&a',
      '*a',
      '!a',
      '%',
      '@',
      '`',
      '|',
      '>',
      '?',
      '-',
      ':',
    ],
    ...[
      'a:',
      '? a',
      '<<',
      '=',
      '~',
      '\u0085',
      '\u2028',
      '\uFEFF',
      'é',
      '😀',
      '\u0000',
      '2001-01-01',
      '.5',
      '\r\n',
      'a\tb',
      'k'.repeat(1100),
      '-x',
    ],
  );
  const text = fc.oneof(
    awkward,
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.array(awkward).map((parts) => parts.join('')),
  );
  const { json } = fc.letrec((tie) => ({
    json: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      text,
      fc.constantFrom(null, true, false),
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
      fc.array(tie('json'), { maxLength: 4 }),
      fc.dictionary(text, tie('json'), { maxKeys: 4, noNullPrototype: true }),
    ),
  }));

  test('what stringifyYaml writes is read back unchanged', () => {
    fc.assert(
      fc.property(json, (value) => {
        const written = stringifyYaml(value);
        const { documents, diagnostics } = parse(written);
        expect(diagnostics.filter((fault) => fault.severity === 'error')).toEqual([]);
        expect(JSON.stringify(documents[0]?.value)).toBe(JSON.stringify(value));
      }),
      { numRuns: 1500 },
    );
  });

  test('any text gives documents or diagnostics, never an exception', () => {
    const fragment = fc.oneof(
      awkward,
      fc.constantFrom(
        '\n',
        '\n  ',
        '  ',
        ': ',
        '- ',
        '[',
        ']',
        '{',
        '}',
        ', ',
        '"',
        "'",
        '|\n',
        '>-\n',
        '&a ',
        '*a',
        '!!str ',
        '---\n',
        '? ',
      ),
    );
    fc.assert(
      fc.property(
        fc.array(fragment, { maxLength: 30 }).map((parts) => parts.join('')),
        (input) => {
          const { documents } = parse(input);
          for (const document of documents) JSON.stringify(document.value);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

test('stringifyYaml writes what kubectl would', () => {
  const object = {
    apiVersion: 'v1',
    metadata: { name: 'a', labels: {}, list: [] },
    on: 'yes',
    text: 'a\nb\n',
    cmd: ['sh', '-c', 'echo: hi'],
    ports: [{ name: 'http', port: 80 }, { name: '8080' }],
    none: undefined,
    nested: [['a', 'b'], [{ c: 1 }]],
  };
  expect(stringifyYaml(object)).toBe(`apiVersion: v1
metadata:
  name: a
  labels: {}
  list: []
"on": "yes"
text: |
  a
  b
cmd:
- sh
- -c
- 'echo: hi'
ports:
- name: http
  port: 80
- name: "8080"
nested:
- - a
  - b
- - c: 1
`);
  expect(stringifyYaml({ b: 1, a: { d: 1, c: 2 } }, { sortKeys: true })).toBe('a:\n  c: 2\n  d: 1\nb: 1\n');
});

test('parseYamlGradually pauses between documents and reads the same', async () => {
  const text = `---\na: !!str "${'x'.repeat(15_000)}"\n`.repeat(6);
  let pauses = 0;
  const result = await parseYamlGradually(text, { file: 'a.yaml' }, async () => void pauses++);
  expect(result.documents.map((document) => document.value)).toEqual(values(text));
  expect(pauses).toBe(3);
});
