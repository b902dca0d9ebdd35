import { describe, expect, test, vi } from 'vitest';
import { loadChart, type RenderChartOptions, type RenderedChart, renderChart } from '../index.ts';
import { memoryFiles } from '../testing/memory-files.ts';

// They use their limits up, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const META = 'apiVersion: v2\nname: app\nversion: 1.0.0\n';
const TEMPLATE = 'app/templates/a.yaml';

async function render(
  files: Record<string, string>,
  options: Partial<RenderChartOptions> = {},
): Promise<RenderedChart> {
  const { chart, diagnostics } = await loadChart(memoryFiles({ 'app/Chart.yaml': META, ...files }), 'app');
  if (chart === undefined) return { manifests: [], crds: [], notes: '', text: '', diagnostics };
  return renderChart(chart, { releaseName: 'web', ...options });
}

/** What a template may cost here: the defaults are for charts that are large and good. */
const LIMITS = { maxSteps: 200_000, maxOutput: 1_000_000 };

describe('renderChart ends what would never end, or takes too much, with one message at its place', () => {
  test.each<[what: string, template: string, code: string, message: RegExp, line: number]>([
    [
      'include without end',
      'a: b\n{{ define "x" }}{{ include "x" . }}{{ end }}\n{{ include "x" . }}',
      'TEMPLATE_FAILED',
      /nested reference name: x/,
      2,
    ],
    [
      'two templates that call each other',
      '{{ define "x" }}{{ template "y" . }}{{ end }}{{ define "y" }}{{ template "x" . }}{{ end }}\n{{ template "x" . }}',
      'TEMPLATE_FAILED',
      /exceeded maximum template depth/,
      1,
    ],
    [
      'tpl without end',
      '\n{{ tpl .Values.t (dict "t" .Values.t "Template" .Template) }}',
      'TEMPLATE_FAILED',
      /nested reference name: gotpl/,
      2,
    ],
    ['a range over 10^9', 'a: b\n\n{{ range 1000000000 }}{{ end }}', 'TEMPLATE_FAILED', /more than 200000 steps/, 3],
    [
      'a list of 10^9',
      '\n{{ range until 1000000000 }}x{{ end }}',
      'TEMPLATE_FAILED',
      /list of more than 1000000 items/,
      2,
    ],
    ['a sequence of 10^9', '\n{{ seq 1 1000000000 }}', 'TEMPLATE_FAILED', /list of more than 1000000 items/, 2],
    ['repeat', '\n\n{{ repeat 1000000000 "x" }}', 'TEMPLATE_FAILED', /text of more than/, 3],
    ['nindent', '\n\n{{ nindent 1000000000 "x" }}', 'TEMPLATE_FAILED', /text of more than/, 3],
    [
      'a text that doubles itself',
      '{{ $x := "xxxx" }}\n{{ range until 60 }}{{ $x = print $x $x }}{{ end }}',
      'TEMPLATE_FAILED',
      /longer than 1000000 characters/,
      2,
    ],
    [
      'a list that doubles itself',
      '{{ $x := list 1 2 }}\n{{ range until 60 }}{{ $x = concat $x $x }}{{ end }}',
      'TEMPLATE_FAILED',
      /list of more than|steps/,
      2,
    ],
    [
      'output without end',
      '{{ range until 100000 }}\nxxxxxxxxxxxxxxxxxxxx{{ end }}',
      'TEMPLATE_FAILED',
      /longer than 1000000 characters/,
      1,
    ],
    [
      'keys without end',
      '\n{{ range until 100 }}{{ $_ := genPrivateKey "ecdsa" }}{{ end }}',
      'TEMPLATE_FAILED',
      /more than 20 private keys/,
      2,
    ],
    [
      'a map that holds itself',
      '\n{{ $_ := set .Values "self" .Values }}{{ toYaml .Values }}',
      'TEMPLATE_FAILED',
      /nested deeper than/,
      2,
    ],
    ['a template that is not closed', 'a: b\n{{ if .Values.x }}\n', 'TEMPLATE_INVALID', /unexpected EOF/, 3],
    [
      'parentheses without end',
      `\n{{ ${'('.repeat(5000)}1${')'.repeat(5000)} }}`,
      'TEMPLATE_INVALID',
      /nested too deeply/,
      2,
    ],
    [
      'an anchor that explodes',
      `a: &a [x,x,x,x,x,x,x,x,x]\n${[...'bcdefghi'].map((name, index) => `${name}: &${name} [${`*${'abcdefgh'[index]},`.repeat(9).slice(0, -1)}]`).join('\n')}\n`,
      'MANIFEST_INVALID',
      /YAML parse error/,
      4,
    ],
  ])('%s', async (_, template, code, message, line) => {
    const { manifests, diagnostics } = await render(
      { [TEMPLATE]: template },
      { limits: LIMITS, values: [{ type: 'object', values: { t: '{{ tpl .t . }}' } }] },
    );
    expect(manifests).toEqual([]);
    expect(diagnostics).toMatchObject([{ code, message: expect.stringMatching(message), origin: { file: TEMPLATE } }]);
    expect(diagnostics[0]?.origin).toMatchObject(code === 'MANIFEST_INVALID' ? {} : { line });
    expect(diagnostics[0]?.origin?.column ?? 1).toBeGreaterThan(0);
  });

  test('printf with a width of millions writes a bounded text', async () => {
    const { text, diagnostics } = await render({ [TEMPLATE]: 'a: {{ printf "%999999d" 1 | len }}\n' });
    expect(diagnostics).toEqual([]);
    expect(text.length).toBeLessThan(200);
  });

  test('many templates that give too much together', async () => {
    const files = Object.fromEntries(
      ['a', 'b', 'c'].map((name) => [`app/templates/${name}.yaml`, '{{ repeat 400000 "x" }}']),
    );
    const { diagnostics } = await render(files, { limits: LIMITS });
    expect(diagnostics).toMatchObject([{ code: 'RENDER_TOO_LARGE', origin: { file: TEMPLATE } }]);
  });

  test.each([
    ['refers to itself', '{"$ref": "#"}', /refers to itself/],
    ['refers to two of itself', '{"allOf": [{"$ref": "#"}, {"$ref": "#"}]}', /refers to itself|takes more than/],
    [
      'refers to itself by unevaluated',
      '{"anyOf": [{"$ref": "#"}], "unevaluatedProperties": false}',
      /refers to itself|takes more than/,
    ],
    [
      'branches without end',
      `{"$defs": {${Array.from({ length: 30 }, (_, index) => `"d${index}": {"anyOf": [{"$ref": "#/$defs/d${index + 1}"}, {"$ref": "#/$defs/d${index + 1}"}]}`).join()}, "d30": false}, "$ref": "#/$defs/d0"}`,
      /takes more than/,
    ],
    ['is no JSON', '{', /invalid JSON/],
    ['loads from elsewhere', '{"$ref": "http://localhost/x"}', /not followed/],
  ])('a schema that %s', async (_, schema, message) => {
    const { diagnostics } = await render({ 'app/values.schema.json': schema, 'app/values.yaml': 'a: text\n' });
    expect(diagnostics).toMatchObject([
      { code: 'VALUES_SCHEMA', message: expect.stringMatching(message), origin: { file: 'app/values.schema.json' } },
    ]);
  });

  test('patterns that other engines need exponential time for', async () => {
    const { diagnostics } = await render({
      'app/values.schema.json': '{"properties": {"a": {"pattern": "^(a+)+$"}}}',
      'app/values.yaml': `a: ${'a'.repeat(5000)}!\n`,
      [TEMPLATE]: '{{ regexMatch "^(a|a)*$" .Values.a }}',
    });
    expect(diagnostics).toMatchObject([{ code: 'VALUES_SCHEMA' }]);
  });

  test('values of some megabytes', async () => {
    const list = Array.from({ length: 40_000 }, (_, index) => ({ name: `item-${index}`, value: 'x'.repeat(40) }));
    const { diagnostics, text } = await render(
      { [TEMPLATE]: 'kind: A\ncount: {{ len .Values.list }}\n' },
      { values: [{ type: 'file', file: 'large.yaml', text: JSON.stringify({ list }) }] },
    );
    expect(diagnostics).toEqual([]);
    expect(text).toContain('count: 40000');
  });

  test('an aborted signal ends a loop', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(render({ [TEMPLATE]: '{{ range 100000000 }}{{ end }}' }, { signal })).rejects.toThrow('enough');
  });
});

describe('Manifests know the line of their template', () => {
  test.each<[what: string, template: string, lines: readonly number[]]>([
    ['behind blank lines and comments', '\n# {{ .Release.Name }}\n\nkind: A\n', [4]],
    [
      'behind actions that write nothing',
      '{{- $x := 1 }}\n{{- if $x }}\nkind: A\n{{- end }}\n---\n{{ if $x -}}\nkind: B\n{{ end }}',
      [3, 7],
    ],
    ['in a loop', 'kind: First\n{{- range until 2 }}\n---\nkind: A\nname: {{ . }}\n{{- end }}', [4, 4, 1]],
    [
      'from include',
      '{{ define "x" }}\n\nkind: A\n{{ end }}\n\n{{ include "x" . }}\n---\n{{ template "x" . }}',
      [6, 8],
    ],
    ['from toYaml', '\n---\n{{ toYaml (dict "kind" "A") }}\n', [3]],
    ['behind a nil', '{{ .Values.none }}\n{{ .Values.none }}\nkind: A\n', [3]],
  ])('%s', async (_, template, lines) => {
    const { manifests, diagnostics } = await render({ [TEMPLATE]: template });
    expect(diagnostics).toEqual([]);
    expect(manifests.map(({ origin }) => origin)).toEqual(lines.map((line) => ({ file: TEMPLATE, line })));
  });

  test('broken YAML is told at the line and column of the template, not of its output', async () => {
    const { diagnostics } = await render({
      [TEMPLATE]: 'kind: A\n{{- range until 5 }}\nx{{ . }}: 1\n{{- end }}\nbad: a: b\n',
    });
    expect(diagnostics).toMatchObject([{ code: 'MANIFEST_INVALID', origin: { file: TEMPLATE, line: 5, column: 6 } }]);
    expect(diagnostics[0]?.message).toContain('line 7');
  });
});
