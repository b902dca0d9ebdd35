import { describe, expect, it } from 'vitest';
import { generate, messages, TEMPLATE } from '../testing/sets.ts';
import { normalizeName, slug } from './names.ts';
import { replaceTags } from './tags.ts';

const GO = { goTemplate: true };
const STRICT = { ...GO, goTemplateOptions: ['missingkey=error'] };

/** What `spec.info` of the one Application is, whose parameters are these. */
async function rendered(text: string, params: object, spec: object = GO): Promise<unknown> {
  const template = { ...TEMPLATE, spec: { ...TEMPLATE.spec, info: text } };
  const generated = await generate({ ...spec, template, generators: [{ list: { elements: [params] } }] });
  if (generated.failure !== undefined) throw new Error(messages(generated)[0]);
  return (generated.applications[0]?.application['spec'] as { info: unknown } | undefined)?.info;
}

describe('normalizeName', () => {
  it.each([
    ['My_App', 'my-app'],
    ['--a.b--', 'a.b'],
    ['ünïcode', 'n-code'],
    ['a'.repeat(300), 'a'.repeat(253)],
    ['', ''],
  ])('makes %j a name', (text, name) => {
    expect(normalizeName(text)).toBe(name);
  });
});

describe('slug', () => {
  it.each([
    ['feature/ABC-123_new thing', {}, 'feature-abc-123-new-thing'],
    ['a & b @ c', {}, 'a-and-b-at-c'],
    ["it's Žluťoučký", {}, 'its-zlutoucky'],
    ['one-two-three', { maxLength: 10 }, 'one-two'],
    ['one-two-three', { maxLength: 7 }, 'one-two'],
    ['onetwothree', { maxLength: 6 }, 'onetwo'],
    ['one-two-three', { maxLength: 10, isSmart: false }, 'one-two-th'],
    ['---', {}, ''],
  ])('makes %j with %j a slug', (text, options, expected) => {
    expect(slug(text, options)).toBe(expected);
  });
});

describe('replaceTags', () => {
  const params = { a: '1', 'b.c': '2', n: 3 as unknown as string };
  it.each([
    ['{{a}}-{{ b.c }}', '1-2'],
    // What is not there, or is no text, stays as it is.
    ['{{nope}} {{ n }} {{}} {{ }}', '{{nope}} {{ n }} {{}} {{ }}'],
    ['no tags }} {{', 'no tags }} {{'],
    ['{{a}}{{a}}', '11'],
    ['{{{a}}}', '{{{a}}}'],
    ['{{toString}}', '{{toString}}'],
  ])('renders %j', (text, expected) => {
    expect(replaceTags(text, params)).toBe(expected);
  });

  it('replaces once: what a parameter holds is not looked into', () => {
    expect(replaceTags('{{x}}', { x: '{{y}}', y: 'secret' })).toBe('{{y}}');
  });

  it('misses the end of a tag', () => {
    expect(() => replaceTags('{{a}} {{b', params)).toThrow('Cannot find end tag="}}" starting from "{{b"');
  });
});

describe('Go templates', () => {
  it.each([
    ['{{ .name | normalize }}', { name: 'My_App' }, 'my-app'],
    ['{{ slugify 8 true .name }}', { name: 'One_two three' }, 'one-two'],
    ['{{ .name | slugify }}', { name: 'feature/X' }, 'feature-x'],
    ['{{ toYaml .values }}', { values: { b: [1, 'x'], a: true } }, 'a: true\nb:\n- 1\n- x'],
    ['{{ (fromYaml .text).a.b }}', { text: 'a: {b: c}' }, 'c'],
    ['{{ index (fromYamlArray .text) 1 }}', { text: '[a, b]' }, 'b'],
    ['{{ .list | join "," }}', { list: ['a', 'b'] }, 'a,b'],
    ['{{ if .on }}yes{{ else }}no{{ end }}', { on: false }, 'no'],
    ['{{ range $k, $v := .m }}{{ $k }}={{ $v }};{{ end }}', { m: { b: 1, a: 2 } }, 'a=2;b=1;'],
    ['{{ dig "a" "b" "none" . }}', { a: {} }, 'none'],
    ['{{ default "x" .missing }}', { a: '1' }, 'x'],
    ['{{ .missing }}', { a: '1' }, '<no value>'],
    ['{{ .n }} {{ int .n }}', { n: 3_000_000 }, '3e+06 3000000'],
    ['{{ (fromJson .text).a }}', { text: '{"a": [1]}' }, '[1]'],
    ['{{/* nothing */}}', { a: '1' }, ''],
    ['{{ define "x" }}d{{ end }}{{ template "x" }}', { a: '1' }, 'd'],
    ['plain }} text', { a: '1' }, 'plain }} text'],
  ])('renders %j', async (text, params, expected) => {
    expect(await rendered(text, params)).toBe(expected);
  });

  it.each([
    ['{{ .missing }}', STRICT, 'map has no entry for key "missing"'],
    ['{{ .a', GO, 'failed to parse template {{ .a: template: :1: unclosed action'],
    ['{{ env "HOME" }}', GO, 'function "env" not defined'],
    ['{{ expandenv "$HOME" }}', GO, 'function "expandenv" not defined'],
    ['{{ getHostByName "x" }}', GO, 'function "getHostByName" not defined'],
    ['{{ include "x" . }}', GO, 'function "include" not defined'],
    ['{{ lookup "v1" "Secret" "a" "b" }}', GO, 'function "lookup" not defined'],
    ['{{ fromYaml "[1]" }}', GO, 'it is not a map'],
    ['{{ fromYaml "a: [" }}', GO, 'error calling fromYaml: yaml: line 1'],
    ['{{ slugify "x" "y" }}', GO, 'the length must be an integer'],
    ['{{ fail "stop" }}', GO, 'stop'],
    ['{{ define "x" }}{{ template "x" }}{{ end }}{{ template "x" }}', GO, 'exceeded maximum template depth'],
    ['{{ range until 2000 }}{{ range until 2000 }}x{{ end }}{{ end }}', GO, 'more than'],
  ])('fails at %j, and says where', async (text, spec, message) => {
    const failing = rendered(text, { a: '1' }, spec);
    await expect(failing).rejects.toThrow(message);
    await expect(failing).rejects.toThrow(
      /^spec\.template\.spec\.info: .*with the parameters of spec\.generators\[0\]\.list/s,
    );
  });

  it('draws the same secrets for the same parameters, and others for others', async () => {
    const text = '{{ randAlphaNum 12 }}';
    const [first, again, other] = await Promise.all([
      rendered(text, { a: '1' }),
      rendered(text, { a: '1' }),
      rendered(text, { a: '2' }),
    ]);
    expect(first).toMatch(/^\w{12}$/);
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  it('has no definition of one text in another', async () => {
    const template = { ...TEMPLATE, spec: { a: '{{ define "x" }}d{{ end }}', b: '{{ template "x" }}' } };
    const generated = await generate({ ...GO, template, generators: [{ list: { elements: [{ p: 1 }] } }] });
    expect(messages(generated)[0]).toContain('spec.template.spec.b:');
  });
});

describe('templates of Applications', () => {
  async function application(spec: object, elements: readonly object[] = [{ name: 'web', project: 'shop' }]) {
    const generated = await generate({ generators: [{ list: { elements } }], ...spec });
    expect(messages(generated)).toEqual([]);
    return generated.applications[0]?.application;
  }

  it('renders keys and values of everything in them', async () => {
    const template = {
      metadata: {
        name: '{{name}}',
        labels: { '{{name}}': 'x{{name}}' },
        annotations: { a: '{{name}}' },
        namespace: 'other',
      },
      spec: {
        project: '{{project}}',
        source: { helm: { valuesObject: { deep: [{ '{{name}}': ['{{name}}'] }], n: 1 } } },
      },
    };
    expect(await application({ template })).toEqual({
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: {
        name: 'web',
        // Never in another namespace than the set's.
        namespace: 'argocd',
        labels: { web: 'xweb' },
        annotations: { a: 'web' },
        finalizers: ['resources-finalizer.argocd.argoproj.io'],
      },
      spec: { project: 'shop', source: { helm: { valuesObject: { deep: [{ web: ['web'] }], n: 1 } } } },
    });
  });

  it.each([
    [undefined, false, ['resources-finalizer.argocd.argoproj.io']],
    [undefined, true, undefined],
    [['own.example/x'], false, ['own.example/x']],
    [['own.example/x'], true, ['own.example/x']],
  ])('with the finalizers %j and preserveResourcesOnDeletion %j has %j', async (finalizers, preserved, expected) => {
    const template = { ...TEMPLATE, metadata: { name: 'x', ...(finalizers && { finalizers }) } };
    const made = await application({ template, syncPolicy: { preserveResourcesOnDeletion: preserved } });
    expect(made?.metadata.finalizers).toEqual(expected);
  });

  it('lets the template of a generator win, where it says something', async () => {
    const own = {
      metadata: { labels: { from: 'generator' } },
      spec: { destination: { namespace: 'own' }, syncPolicy: { automated: { prune: false } } },
    };
    const template = {
      metadata: { name: 'x', labels: { from: 'set', more: 'set' } },
      spec: {
        project: 'p',
        destination: { namespace: 'set', server: 's' },
        syncPolicy: { automated: { prune: true } },
      },
    };
    const made = await application({ template, generators: [{ list: { elements: [{ a: '1' }], template: own } }] });
    expect(made).toMatchObject({
      metadata: { name: 'x', labels: { from: 'generator', more: 'set' } },
      // False says nothing, as in Argo CD.
      spec: {
        project: 'p',
        destination: { namespace: 'own', server: 's' },
        syncPolicy: { automated: { prune: true } },
      },
    });
  });

  it('applies templatePatch, but never to the project', async () => {
    const templatePatch = `
metadata:
  annotations:
    owner: {{ .team }}
  finalizers: [more.example/x]
spec:
  project: admin
  source: null
  sources:
  {{- range .repos }}
  - repoURL: {{ . }}
  {{- end }}
`;
    const made = await application({
      ...GO,
      templatePatch,
      generators: [{ list: { elements: [{ team: 'ops', repos: ['r1', 'r2'] }] } }],
    });
    expect(made).toMatchObject({
      metadata: {
        name: 'app',
        annotations: { owner: 'ops' },
        finalizers: expect.arrayContaining(['more.example/x', 'resources-finalizer.argocd.argoproj.io']),
      },
      spec: { project: 'default', sources: [{ repoURL: 'r1' }, { repoURL: 'r2' }] },
    });
    expect(made?.['spec']).not.toHaveProperty('source');
  });

  it('leaves an Application as it is when its patch renders to nothing', async () => {
    const templatePatch = '{{ if .x }}metadata: {labels: {a: b}}{{ end }}';
    expect(
      (await application({ ...GO, templatePatch, generators: [{ list: { elements: [{ x: false }] } }] }))?.metadata
        .labels,
    ).toBeUndefined();
  });

  it.each([
    ['a: [', 'spec.templatePatch: invalid templatePatch: 1:'],
    ['- a', 'a patch is an object'],
    ['{{ .nope.x.y }}', 'spec.templatePatch: failed to execute go template'],
    ['spec: null', 'spec.templatePatch: error while applying templatePatch: it takes metadata or spec away'],
  ])('refuses the patch %j', async (templatePatch, message) => {
    const generated = await generate({ ...STRICT, templatePatch, generators: [{ list: { elements: [{ a: '1' }] } }] });
    expect(generated.failure).toBe('RenderTemplateParamsError');
    expect(messages(generated)[0]).toContain(message);
  });

  it('tells of every generator that fails, the first fault gives the reason', async () => {
    const generated = await generate({
      ...STRICT,
      template: { ...TEMPLATE, metadata: { name: '{{ .name }}' } },
      generators: [
        { list: { elements: [{ x: 1 }, { name: 'ok' }] } },
        { git: { repoURL: 'gone', files: [{ path: 'x' }] } },
      ],
    });
    expect(generated.failure).toBe('RenderTemplateParamsError');
    expect(messages(generated)).toHaveLength(2);
    expect(generated.applications).toHaveLength(1);
  });

  it('makes no more Applications than the limit', async () => {
    const elements = [{ a: '1' }, { a: '2' }, { a: '3' }];
    const generated = await generate({ generators: [{ list: { elements } }] }, {}, { limits: { maxApplications: 2 } });
    expect(generated.diagnostics).toMatchObject([{ code: 'APPLICATIONSET_TOO_LARGE' }]);
  });

  it('takes any key, and lets other work run', async () => {
    let turns = 0;
    const elements = Array.from({ length: 120 }, () => JSON.parse('{"__proto__": {"a": "1"}, "toString": "x"}'));
    const generated = await generate(
      { ...GO, generators: [{ matrix: { generators: [{ list: { elements } }, { list: { elements: [{ b: 1 }] } }] } }] },
      {},
      { yield: async () => void turns++ },
    );
    expect(messages(generated)).toEqual([]);
    expect(Object.keys(generated.applications[0]?.params ?? {}).sort()).toEqual(['__proto__', 'b', 'toString']);
    expect(turns).toBeGreaterThanOrEqual(4);
  });

  it('ends when all templates together take too long', async () => {
    const elements = Array.from({ length: 20 }, (_, i) => ({ a: String(i) }));
    const name = '{{ range until 10000 }}{{ end }}{{ .a }}';
    const template = { ...TEMPLATE, metadata: { name } };
    const spec = { ...GO, template, generators: [{ list: { elements } }] };
    const generated = await generate(spec, {}, { limits: { maxTemplateSteps: 100_000 } });
    expect(messages(generated)[0]).toContain('all templates together take more than 100000 steps');
    expect(generated.applications.length).toBeLessThan(elements.length);
  });

  it('ends when the signal says so', async () => {
    const generated = generate(
      { generators: [{ clusters: {} }] },
      {},
      { signal: AbortSignal.abort(new Error('enough')) },
    );
    await expect(generated).rejects.toThrow('enough');
  });
});
