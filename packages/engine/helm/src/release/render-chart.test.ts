import { describe, expect, test } from 'vitest';
import { loadChart, type RenderChartOptions, type RenderedChart, renderChart } from '../index.ts';
import { memoryFiles } from '../testing/memory-files.ts';

const META = 'apiVersion: v2\nname: app\nversion: 1.0.0\n';

async function render(
  files: Record<string, string>,
  options: Partial<RenderChartOptions> = {},
): Promise<RenderedChart> {
  const { chart, diagnostics } = await loadChart(memoryFiles({ 'app/Chart.yaml': META, ...files }), 'app');
  if (chart === undefined) throw new Error(diagnostics.map(({ message }) => message).join());
  return renderChart(chart, { releaseName: 'web', ...options });
}

const object = (kind: string, name: string, more = '') =>
  `apiVersion: v1\nkind: ${kind}\nmetadata:\n  name: ${name}\n${more}`;

describe('renderChart', () => {
  test('gives manifests in the order of installing, with value, source and the line of the template', async () => {
    const { manifests, text, diagnostics } = await render({
      'app/templates/a.yaml': `{{- /* a comment */}}\n${object('Pod', '{{ .Release.Name }}')}---\n${object('Namespace', 'ns')}`,
    });
    expect(diagnostics).toEqual([]);
    expect(manifests.map(({ value, origin, source }) => ({ value, origin, source }))).toEqual([
      {
        value: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ns' } },
        origin: { file: 'app/templates/a.yaml', line: 7 },
        source: 'app/templates/a.yaml',
      },
      {
        value: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' } },
        origin: { file: 'app/templates/a.yaml', line: 2 },
        source: 'app/templates/a.yaml',
      },
    ]);
    expect(text).toBe(
      `---\n# Source: app/templates/a.yaml\n${object('Namespace', 'ns')}---\n# Source: app/templates/a.yaml\n${object('Pod', 'web')}`,
    );
  });

  test('hooks have events, weight and delete policies; an unknown event leaves the object out', async () => {
    const annotated = (name: string, hook: string) =>
      object(
        'Job',
        name,
        `  annotations:\n    helm.sh/hook: ${hook}\n    helm.sh/hook-weight: "-3"\n    helm.sh/hook-delete-policy: hook-failed\n`,
      );
    const { manifests, diagnostics } = await render({
      'app/templates/a.yaml': `${annotated('a', 'pre-install,post-upgrade')}---\n${annotated('b', 'crd-install')}`,
    });
    expect(manifests.map(({ hook }) => hook)).toEqual([
      { events: ['pre-install', 'post-upgrade'], weight: -3, deletePolicies: ['hook-failed'] },
    ]);
    expect(diagnostics).toMatchObject([{ severity: 'warning', code: 'HELM_WARNING' }]);
  });

  test('NOTES.txt and crds/ stand beside the manifests', async () => {
    const { notes, crds, manifests, text } = await render({
      'app/templates/NOTES.txt': 'See {{ .Release.Name }}',
      'app/crds/x.yaml': object('CustomResourceDefinition', 'x'),
    });
    expect(notes).toBe('See web');
    expect(crds.map(({ source, documents }) => [source, documents[0]?.origin])).toEqual([
      ['app/crds/x.yaml', { file: 'app/crds/x.yaml', line: 1, column: 1 }],
    ]);
    expect(manifests).toEqual([]);
    expect(text).toBe('\n');
  });

  test.each([
    [
      'a function that is not there',
      'x: {{ nope }}',
      'TEMPLATE_INVALID',
      'parse error at (app/templates/a.yaml:2): function "nope" not defined',
      2,
    ],
    ['a nil on the way', 'x: {{ .Values.a.b }}', 'TEMPLATE_FAILED', 'nil pointer evaluating interface {}.b', 2],
    ['fail', 'x: {{ fail "no" }}', 'TEMPLATE_FAILED', 'execution error at (app/templates/a.yaml:2:6): no', 2],
    ['YAML that is none', 'x: y: z', 'MANIFEST_INVALID', 'YAML parse error on app/templates/a.yaml', 2],
  ])('%s is one diagnostic with file and line of the template', async (_, line, code, message, number) => {
    const { manifests, diagnostics } = await render({ 'app/templates/a.yaml': `kind: A\n${line}\n` });
    expect(manifests).toEqual([]);
    expect(diagnostics).toMatchObject([{ code, origin: { file: 'app/templates/a.yaml', line: number } }]);
    expect(diagnostics[0]?.message).toContain(message);
  });

  test('a fault inside of an included template points into that template', async () => {
    const { diagnostics } = await render({
      'app/templates/_x.tpl': '{{ define "x" }}\n{{ .Values.a.b }}{{ end }}',
      'app/templates/a.yaml': '{{ include "x" . }}',
    });
    expect(diagnostics).toMatchObject([{ code: 'TEMPLATE_FAILED', origin: { file: 'app/templates/_x.tpl', line: 2 } }]);
  });

  test('templates that include themselves, loop for long or write without end are ended', async () => {
    for (const template of [
      '{{ define "x" }}{{ include "x" . }}{{ end }}{{ include "x" . }}',
      '{{ define "x" }}{{ template "x" . }}{{ end }}{{ template "x" . }}',
      '{{ range 1000000000 }}x{{ end }}',
      '{{ $text := "{{ tpl .t . }}" }}{{ tpl .Values.t (dict "t" .Values.t) }}',
    ]) {
      const { diagnostics } = await render(
        { 'app/templates/a.yaml': template },
        {
          values: [{ type: 'object', values: { t: '{{ tpl .t . }}' } }],
          limits: { maxOutput: 100_000, maxSteps: 200_000 },
        },
      );
      expect(diagnostics).toMatchObject([{ code: 'TEMPLATE_FAILED' }]);
    }
  });

  test('an aborted signal ends templates that run', async () => {
    const { chart } = await loadChart(
      memoryFiles({ 'app/Chart.yaml': META, 'app/templates/a.yaml': '{{ range 1000000 }}{{ end }}' }),
      'app',
    );
    const signal = AbortSignal.abort(new Error('enough'));
    expect(() => chart && renderChart(chart, { releaseName: 'web', signal })).toThrow('enough');
  });

  test('a schema that refers to itself without end, or to other places, is a fault', async () => {
    for (const schema of [
      '{"$ref": "#"}',
      '{"$ref": "https://example.com/x"}',
      '{"allOf": [{"$ref": "#"}, {"$ref": "#"}]}',
      '{',
      '{"pattern": "("}',
    ]) {
      const { diagnostics } = await render({ 'app/values.schema.json': schema, 'app/values.yaml': 'a: text\n' });
      if (schema === '{"pattern": "("}') expect(diagnostics).toEqual([]);
      else expect(diagnostics).toMatchObject([{ code: 'VALUES_SCHEMA' }]);
    }
  });

  test('keys that JavaScript has a meaning for are keys as others', async () => {
    const { chart } = await loadChart(
      memoryFiles({
        'app/Chart.yaml': META,
        'app/values.yaml': '__proto__: {a: 1}\nconstructor: 2\n',
        'app/templates/a.yaml': 'kind: A\nx: "{{ .Values.constructor }}"\n',
      }),
      'app',
    );
    const { text } = renderChart(chart!, {
      releaseName: 'web',
      values: [{ type: 'set', expression: '__proto__.b=2' }],
    });
    expect(text).toContain('x: "2"');
    expect(({} as Record<string, unknown>).b).toBeUndefined();
  });
});
