import { describe, expect, test } from 'vitest';
import {
  FORMAT_NAMES,
  type FormatName,
  formatOfPath,
  loadConfigParser,
  type ParseOptions,
  parseConfig,
} from './index.ts';

async function faultsOf(format: FormatName, content: string | Uint8Array, options: Partial<ParseOptions> = {}) {
  const { documents, diagnostics } = await parseConfig(format, content, { file: 'f', ...options });
  expect(documents).toEqual([]);
  return diagnostics.map(({ code, origin }) => `${code} ${origin?.line}:${origin?.column}`);
}

async function jsonOf(format: FormatName, content: string | Uint8Array, options: Partial<ParseOptions> = {}) {
  const { documents, diagnostics } = await parseConfig(format, content, { file: 'f', ...options });
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return documents[0]?.value;
}

test.each([
  ['-', 'yaml'],
  ['a/b.yml', 'yaml'],
  ['a.YAML', 'yaml'],
  ['Dockerfile', 'dockerfile'],
  ['x/Dockerfile.prod', 'dockerfile'],
  ['web.dockerfile', 'dockerfile'],
  ['Dockerfile-x', undefined],
  ['main.tf', 'hcl2'],
  ['x.tfvars', 'hcl2'],
  ['x.hcl', 'hcl2'],
  ['x.hcl1', 'hcl1'],
  ['.gitignore', 'ignore'],
  ['.dockerignore', 'ignore'],
  ['.env', 'dotenv'],
  ['.env.local', 'dotenv'],
  ['prod.env', 'dotenv'],
  ['conf/nginx.conf', 'nginx'],
  ['x.conf', undefined],
  ['Jenkinsfile', 'groovy'],
  ['Jenkinsfile.safe', 'groovy'],
  ['.github/CODEOWNERS', 'codeowners'],
  ['pom.xml', 'xml'],
  ['bom.cdx.json', 'json'],
  ['noext', undefined],
])('formatOfPath of %s is %s', (path, format) => {
  expect(formatOfPath(path)).toBe(format);
});

describe('parseConfig', () => {
  test.each<[FormatName, string, readonly string[]]>([
    [
      'hcl2',
      'a = \nb = 2\nc {\n  d = [1 2]\n  e = 3\n}\nf = "x\ng = 1\ng = 2\n',
      ['CONFIG_SYNTAX 1:5', 'CONFIG_SYNTAX 4:10', 'CONFIG_SYNTAX 7:5', 'CONFIG_DUPLICATE_KEY 9:1'],
    ],
    ['hcl2', 'a {\n  b = 1\n', ['CONFIG_SYNTAX 1:3']],
    ['hcl1', 'a = b\nc = 1\nd = e\n', ['CONFIG_SYNTAX 1:5', 'CONFIG_SYNTAX 3:5']],
    ['json', '{"a": 1,}', ['CONFIG_SYNTAX 1:9']],
    ['json', '{"a": [1 2]}', ['CONFIG_SYNTAX 1:10']],
    ['json', '', ['CONFIG_SYNTAX 1:1']],
    ['jsonc', '{"a": /* x', ['CONFIG_SYNTAX 1:7']],
    ['ini', '[a]\nx\n[b\n', ['CONFIG_SYNTAX 2:1', 'CONFIG_SYNTAX 3:1']],
    ['dotenv', 'A=1\nnope\nB="x\n', ['CONFIG_SYNTAX 2:1', 'CONFIG_SYNTAX 3:3']],
    ['dockerfile', 'FROM a\nBLAH\nCOPY x\nSHELL sh\n', ['CONFIG_SYNTAX 2:1', 'CONFIG_SYNTAX 3:1', 'CONFIG_SYNTAX 4:1']],
    ['toml', 'a = 1\na = 2\n', ['CONFIG_SYNTAX 2:1']],
    ['codeowners', '[S]\n/a @b c@d\n/b @c!', ['CONFIG_SYNTAX 1:1', 'CONFIG_SYNTAX 2:7', 'CONFIG_SYNTAX 3:6']],
    ['properties', 'a=\\u00zz\n', ['CONFIG_SYNTAX 1:3']],
    ['nginx', 'a 1;\n}\nhttp { b }', ['CONFIG_SYNTAX 2:1', 'CONFIG_SYNTAX 3:8']],
    ['edn', '{:a 1 :b}', ['CONFIG_SYNTAX 1:7']],
    ['hocon', 'a = $' + '{b}', ['CONFIG_REFERENCE 1:5']],
    ['hocon', 'include "x"', ['CONFIG_UNSUPPORTED 1:1']],
    ['cue', 'import "strings"', ['CONFIG_UNSUPPORTED 1:1']],
    ['cue', 'a: 1\na: 2', ['CONFIG_EVALUATION 1:1']],
    ['cue', 'a: b\nb: a', ['CONFIG_EVALUATION 1:1']],
    ['cue', 'a: string', ['CONFIG_EVALUATION 1:1']],
    ['jsonnet', '{ a: x }', ['CONFIG_REFERENCE 1:6']],
    ['jsonnet', '{ a: self.a }', ['CONFIG_EVALUATION 1:11']],
    ['jsonnet', 'local f(x) = f(x); f(1)', ['CONFIG_EVALUATION 1:14']],
    ['jsonnet', 'import "/etc/passwd"', ['CONFIG_REFERENCE 1:1']],
    ['jsonnet', 'error "boom"', ['CONFIG_EVALUATION 1:1']],
    ['groovy', 'a = (', ['CONFIG_SYNTAX 1:6']],
    ['textproto', 'a: 1', ['CONFIG_SYNTAX 1:1']],
    ['textproto', '# proto-message: a.B\n', ['CONFIG_REFERENCE 1:1']],
    ['spdx', 'SPDXVersion: SPDX-9', ['CONFIG_SYNTAX 1:1']],
    ['vcl', 'sub a {', ['CONFIG_SYNTAX 1:5']],
  ])('tells the faults of %s in %j', async (format, content, expected) => {
    expect(await faultsOf(format, content)).toEqual(expected);
  });

  test('never resolves entities of an XML file', async () => {
    const bomb = '<!DOCTYPE a [<!ENTITY x "y"><!ENTITY z SYSTEM "file:///etc/passwd">]><a>&x;&z;</a>';
    expect((await faultsOf('xml', bomb)).length).toBeGreaterThan(0);
  });

  test('takes a key __proto__ as a key', async () => {
    for (const [format, text] of [
      ['json', '{"__proto__": {"polluted": 1}}'],
      ['yaml', '__proto__: {polluted: 1}'],
      ['toml', '[__proto__]\npolluted = 1'],
      ['hcl2', '__proto__ = { polluted = 1 }'],
      ['hocon', '__proto__ { polluted = 1 }'],
      ['cue', '__proto__a: 1\n"__proto__": {polluted: 1}'],
      ['jsonnet', '{ __proto__: { polluted: 1 } }'],
    ] as const) {
      const value = await jsonOf(format, text);
      expect(Object.hasOwn(value as object, '__proto__'), format).toBe(true);
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    }
  });

  test.each(FORMAT_NAMES)('refuses a file of %s that is too large or no UTF-8', async (format) => {
    expect(await faultsOf(format, 'a'.repeat(11), { maxBytes: 10 })).toEqual(['CONFIG_TOO_LARGE 1:1']);
    expect(await faultsOf(format, Uint8Array.of(0x61, 0xff, 0x61))).toEqual(['CONFIG_ENCODING 1:2']);
  });

  test('skips a byte order mark and reads lines that end with CRLF', async () => {
    for (const [format, text, value] of [
      ['json', '{"a":\r\n1}', { a: 1 }],
      ['hcl2', 'a = 1\r\nb = <<X\r\n  c\r\nX\r\n', { a: 1, b: '  c\n' }],
      ['ini', '[a]\r\nb=1\r\n', { a: { b: 1 } }],
      ['dotenv', 'A=x\r\nB=y\r\n', { A: 'x', B: 'y' }],
      ['properties', 'a=1\r\nb=2\r\n', { a: '1', b: '2' }],
      ['toml', 'a = 1\r\n', { a: 1 }],
      ['hocon', 'a = 1\r\nb = x y\r\n', { a: 1, b: 'x y' }],
    ] as const) {
      expect(await jsonOf(format, new TextEncoder().encode(`\ufeff${text}`)), format).toEqual(value);
    }
  });

  test('ends expansions that would never stop', async () => {
    const doubling = Array.from({ length: 60 }, (_, index) => `A${index + 1}="$A${index}$A${index}"`).join('\n');
    expect((await faultsOf('dotenv', `A0=xxxxxxxxxx\n${doubling}`))[0]).toMatch(/^CONFIG_TOO_LARGE/);
    const hocon = Array.from({ length: 60 }, (_, index) => `a${index + 1} = \${a${index}}\${a${index}}`).join('\n');
    expect((await faultsOf('hocon', `a0 = xxxxxxxxxx\n${hocon}`))[0]).toMatch(/^CONFIG_TOO_(?:LARGE|DEEP)/);
    expect(
      (await faultsOf('jsonnet', 'local f(s, n) = if n == 0 then s else f(s + s, n - 1); f("xx", 60)'))[0],
    ).toMatch(/^CONFIG_/);
    expect((await faultsOf('jsonnet', 'std.makeArray(1e12, function(i) i)'))[0]).toMatch(/^CONFIG_/);
    expect((await faultsOf('cue', 'a: "xxxxxxxx"\nb: "\\(a)\\(a)\\(a)\\(a)"\n', { maxExpansion: 20 }))[0]).toMatch(
      /^CONFIG_TOO_LARGE/,
    );
  });

  test('gives the text of numbers to makeNumber', async () => {
    const makeNumber = (text: string) => `#${text}`;
    expect(await jsonOf('json', '[12345678901234567890, 1e400]', { makeNumber })).toEqual([
      '#12345678901234567890',
      '#1e400',
    ]);
    expect(await jsonOf('json', '["12345678901234567890", 1.50]', { makeNumber })).toEqual([
      '12345678901234567890',
      1.5,
    ]);
    expect(await jsonOf('hcl2', 'a = 12345678901234567890', { makeNumber })).toEqual({ a: '#12345678901234567890' });
  });

  test('asks readImport for what Jsonnet imports', async () => {
    const readImport = (specifier: string, from: string) =>
      specifier === 'lib.libsonnet' && from === 'f'
        ? { path: 'lib.libsonnet', text: '{ a: 1, hidden:: 2 }' }
        : undefined;
    const text = "local lib = import 'lib.libsonnet'; lib { b: lib.hidden, c: importstr 'lib.libsonnet' }";
    expect(await jsonOf('jsonnet', text, { readImport })).toEqual({ a: 1, b: 2, c: '{ a: 1, hidden:: 2 }' });
  });

  test('positionOf tells the lines of keys, blocks and items', async () => {
    for (const [format, text, path, line] of [
      [
        'hcl2',
        'a "b" "c" {\n  d {\n    e = [\n      1,\n      2,\n    ]\n  }\n}',
        ['a', 'b', 'c', 0, 'd', 0, 'e', 1],
        5,
      ],
      ['json', '{\n"a": [\n1,\n{"b":\n2}]}', ['a', 1, 'b'], 4],
      ['yaml', 'a:\n  - b: 1\n', ['a', 0, 'b'], 2],
      ['toml', '[[a]]\nb = 1\n[[a]]\nb = 2\n', ['a', 1, 'b'], 4],
      ['dockerfile', '# c\nFROM a\nRUN b \\\n c\nUSER d\n', [0, 3], 5],
      ['ini', '[a]\nb=1\n', ['a', 'b'], 2],
      ['xml', '<a>\n<b/>\n<b x="1"/></a>', ['a', 'b', 1, '-x'], 3],
      [
        'nginx',
        'http {\n  server {\n    listen 80;\n  }\n}',
        ['directives', 0, 'block', 'directives', 0, 'block', 'directives', 0],
        3,
      ],
      ['properties', '# c\na=1\nb=2\n', ['b'], 3],
      ['dotenv', 'A=1\n\nB=2\n', ['B'], 3],
      ['codeowners', '# c\n* @a\n/b @c @d/e\n', ['rules', 1, 'owners', 1], 3],
      ['ignore', 'a\nb\n', [0, 1], 2],
      ['cue', 'a: {\n  b: 1\n}', ['a', 'b'], 2],
      ['jsonnet', '{\n  a: {\n    b: 1 } }', ['a', 'b'], 3],
    ] as const) {
      const { documents } = await parseConfig(format, text, { file: 'f' });
      expect(documents[0]?.positionOf(path)?.line, format).toBe(line);
    }
  });
});

test('loadConfigParser reads at once what it has loaded', async () => {
  const parser = await loadConfigParser(['json']);
  expect(parser.parse('json', '[1]', { file: 'f' }).documents[0]?.value).toEqual([1]);
  expect(parser.parse('yaml', 'a: 1', { file: 'f' }).diagnostics[0]?.code).toBe('CONFIG_UNSUPPORTED');
});
