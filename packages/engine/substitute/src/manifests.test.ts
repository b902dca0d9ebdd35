// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions of the dialect
import type { KubeObject, Manifest } from '@sekisho/kube';
import { describe, expect, it } from 'vitest';
import { collectVariables, substituteManifests } from './index.ts';

const origin = { file: 'web.yaml', line: 3, column: 1 };
const values = { n: '3', yes: 'true', quote: '"', host: 'example.org', colon: 'a: b', empty: '', lines: 'a\nb' };
const { variables } = collectVariables([{ description: 'postBuild.substitute', values }]);

function configMap(data: Record<string, unknown>, metadata: object = {}): Manifest {
  return {
    object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', ...metadata }, data } as KubeObject,
    origin,
  };
}

function dataOf(manifest: Manifest | undefined): unknown {
  return (manifest?.object as { data?: unknown } | undefined)?.data;
}

describe('substituteManifests', () => {
  const data: [reason: string, written: unknown, result: unknown][] = [
    ['text', 'https://${host}/x', 'https://example.org/x'],
    ['a number, quoted or not in the file', '${n}', 3],
    ['a boolean', '${yes}', true],
    ['quotes by a variable keep text', '${quote}${n}${quote}', '3'],
    ['an empty variable is null', '${empty}', null],
    ['line breaks of values are gone', '${lines}', 'ab'],
    ['text of several lines', 'a=${n}\nb=${host}\n', 'a=3\nb=example.org\n'],
    ['a value that is quoted anyway', '# ${n}', '# 3'],
    ['not meant for us', '$n $(n) $${n}', '$n $(n) ${n}'],
  ];
  it.each(data)('%s', (_, written, result) => {
    const { manifests, diagnostics } = substituteManifests([configMap({ key: written })], variables);
    expect(diagnostics).toEqual([]);
    expect(dataOf(manifests[0])).toEqual({ key: result });
  });

  it('leaves objects without expressions, and those that say so, as they are', () => {
    const given = [
      configMap({ a: '$x' }),
      configMap({ a: '${none}' }, { labels: { 'kustomize.toolkit.fluxcd.io/substitute': 'disabled' } }),
      configMap({ a: '${none}' }, { annotations: { 'kustomize.toolkit.fluxcd.io/substitute': 'disabled' } }),
    ];
    const { manifests, diagnostics } = substituteManifests(given, variables);
    expect(diagnostics).toEqual([]);
    expect(manifests.every((manifest, index) => manifest === given[index])).toBe(true);
  });

  it('puts variables into keys and names, and makes empty labels empty texts', () => {
    const given = configMap({ '${host}': 'x' }, { name: '${host}', labels: { a: '${empty}' } });
    const [manifest] = substituteManifests([given], variables).manifests;
    expect(manifest?.object).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'example.org', labels: { a: '' } },
      data: { 'example.org': 'x' },
    });
    expect(manifest?.origin).toBe(origin);
  });

  const faults: [reason: string, manifest: Manifest, message: string][] = [
    [
      'undefined',
      configMap({ 'a.b': '${none}' }),
      'SUBSTITUTE_UNDEFINED ConfigMap c: in data["a.b"] the variable none has no value and no default',
    ],
    [
      'no syntax',
      configMap({ a: ['x', '${n'] }),
      'SUBSTITUTE_SYNTAX ConfigMap c: in data.a[1] ${n is not closed by } where it should be',
    ],
    [
      'broken YAML',
      configMap({ a: 'x${colon}' }),
      'SUBSTITUTE_BROKEN ConfigMap c: data.a is no YAML any more with the variables put in',
    ],
    [
      'a label that is a number',
      configMap({}, { labels: { v: '${n}' } }),
      "SUBSTITUTE_BROKEN ConfigMap c: metadata.labels.v must be text, and isn't with the variables put in",
    ],
    [
      'a name that is empty',
      configMap({}, { name: '${empty}' }),
      "SUBSTITUTE_BROKEN ConfigMap ${empty}: metadata.name must be text, and isn't with the variables put in",
    ],
  ];
  it.each(faults)('tells object and field: %s', (_, manifest, expected) => {
    const { manifests, diagnostics } = substituteManifests([manifest], variables);
    expect(manifests).toEqual([manifest]);
    expect(diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual([expected]);
    expect(diagnostics[0]?.origin).toBe(origin);
  });

  it('shows nothing of a secret text that looks like an expression', () => {
    const object = {
      ...configMap({}).object,
      kind: 'Secret',
      stringData: { p: 'hunter${2s', q: '${none}' },
    } as KubeObject;
    const text = JSON.stringify(substituteManifests([{ object, origin }], variables).diagnostics);
    expect(text).toContain('stringData.p');
    expect(text).not.toContain('2s');
  });

  it('changes nothing but the expression', () => {
    const data = { b: "it's: # - \u0007", c: '  x\n y', d: 'true', e: '0x1f', f: '~', g: ' 1', h: '1_000', i: 'yes' };
    const [manifest] = substituteManifests([configMap({ a: '$$', ...data })], variables).manifests;
    expect(dataOf(manifest)).toEqual({ a: '$', ...data });
  });
});

describe('collectVariables', () => {
  it('lets later sources win and refuses names that are none', () => {
    const { variables: all, diagnostics } = collectVariables([
      { description: 'ConfigMap a', values: { x: '1', 'a-b': '2' } },
      { description: 'substitute', values: { x: '3\n' } },
    ]);
    expect([...all]).toEqual([['x', '3']]);
    expect(diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual([
      'SUBSTITUTE_INVALID_NAME "a-b" in ConfigMap a is no name of a variable',
    ]);
  });
});
