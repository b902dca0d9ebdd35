// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of postBuild
import { silentLogger } from '@sekisho/base';
import type { KubeClient } from '@sekisho/client';
import type { KubeObject } from '@sekisho/kube';
import { memoryTree, type RenderResult, render } from '@sekisho/render';
import { createSopsKeys } from '@sekisho/sops-keys';
import { describe, expect, it } from 'vitest';
import { whyForbidden } from './permitted-secret.ts';
import type { SecretSettings } from './schema.ts';
import { createSourceSecrets } from './source-secrets.ts';

const signal = new AbortController().signal;
/** Nothing here asks for an object. */
const client = {} as KubeClient;
const secrets = createSourceSecrets({ client, keys: createSopsKeys({}), logger: silentLogger });

async function finished(text: string, settings: SecretSettings): Promise<RenderResult> {
  const opened = await secrets.open(settings, { namespace: 'argocd', project: 'default' }, signal);
  const started = opened.begin(signal);
  const tree = started.plain(memoryTree({ 'a.yaml': text }), {});
  return started.finish(await render(tree, { path: '.' }));
}

const codes = ({ diagnostics }: RenderResult) => diagnostics.map(({ code }) => code);
const secret = (fields: string) => `apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n${fields}\n`;
const ENCRYPTED = 'ENC[AES256_GCM,data:AA==,iv:AA==,tag:AA==,type:str]';

describe('what is still encrypted', () => {
  const cases: [reason: string, text: string, expected: string[]][] = [
    ['a Secret of SOPS', secret(`data: {a: "${ENCRYPTED}"}\nsops: {mac: "${ENCRYPTED}"}`), ['RENDER_SECRET_ENCRYPTED']],
    [
      'any object of SOPS',
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\nsops: {mac: x}\n`,
      ['RENDER_SECRET_ENCRYPTED'],
    ],
    ['an encrypted text without metadata', secret(`stringData: {a: "x ${ENCRYPTED}"}`), ['RENDER_SECRET_ENCRYPTED']],
    [
      'a whole encrypted file as one value',
      secret(`data: {a: ${Buffer.from(`p: ${ENCRYPTED}`).toString('base64')}}`),
      ['RENDER_SECRET_ENCRYPTED'],
    ],
    ['a plain Secret', secret('stringData: {a: ENC, sops: x}'), []],
    [
      'an encrypted value that came through a chart',
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: "${ENCRYPTED}"}\n`,
      ['RENDER_SECRET_ENCRYPTED'],
    ],
    [
      'a ConfigMap that tells of SOPS',
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: "as in ${ENCRYPTED}"}\n`,
      [],
    ],
  ];
  it.each(cases)('%s', async (_, text, expected) => {
    expect(codes(await finished(text, {}))).toEqual(expected);
  });
});

describe('variables', () => {
  const config = (value: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: "${value}"}\n`;
  const value = ({ manifests }: RenderResult) =>
    (manifests[0]?.object as { data?: { a?: unknown } } | undefined)?.data?.a;

  it('are put in where the source asks for it, and must have values unless it says otherwise', async () => {
    expect(value(await finished(config('${x}'), {}))).toBe('${x}');
    expect(value(await finished(config('${x}'), { postBuild: { substitute: { x: 'z' } } }))).toBe('z');
    expect(codes(await finished(config('${x}'), { postBuild: {} }))).toEqual(['SUBSTITUTE_UNDEFINED']);
    expect(value(await finished(config('${x}'), { postBuild: { strict: false } }))).toBe('${x}');
    const loose = { postBuild: { strict: false, substitute: { other: '1' } } };
    expect(value(await finished(config('[${x}]'), loose))).toBe('[]');
    expect(codes(await finished(config('x'), { postBuild: { substitute: { 'a-b': '1' } } }))).toEqual([
      'SUBSTITUTE_INVALID_NAME',
    ]);
  });

  it('change the id of the inputs', async () => {
    const idOf = async (settings: SecretSettings) =>
      (await secrets.open(settings, { namespace: 'a', project: 'p' }, signal)).id;
    expect(await idOf({})).toBe('');
    const ids = await Promise.all([
      idOf({ decryption: { provider: 'sops' } }),
      idOf({ postBuild: {} }),
      idOf({ postBuild: { substitute: { x: '1' } } }),
      idOf({ postBuild: { substitute: { x: '2' } } }),
      idOf({ postBuild: { substitute: { x: '2' }, strict: false } }),
    ]);
    expect(new Set(ids).size).toBe(5);
    expect(await idOf({ postBuild: { substitute: { x: '1' } } })).toBe(ids[2]);
  });
});

describe('whyForbidden', () => {
  const object = (kind: string, metadata: object, type = 'Opaque') =>
    ({ apiVersion: 'v1', kind, metadata, type }) as unknown as KubeObject;
  const cases: [reason: string, object: KubeObject, expected: RegExp | undefined][] = [
    ['an ordinary Secret', object('Secret', { name: 'keys' }), undefined],
    [
      'credentials of repositories',
      object('Secret', { name: 'x', labels: { 'argocd.argoproj.io/secret-type': 'repository' } }),
      /of Sekisho itself/,
    ],
    ['our own Secret', object('Secret', { name: 'argocd-secret' }), /of Sekisho itself/],
    [
      'a token of a service account',
      object('Secret', { name: 'x' }, 'kubernetes.io/service-account-token'),
      /token of Kubernetes/,
    ],
    [
      'kept for others',
      object('ConfigMap', { name: 'x', annotations: { 'sekisho.dev/projects': 'b, c' } }),
      /does not name the project a/,
    ],
    ['kept for us', object('Secret', { name: 'x', annotations: { 'sekisho.dev/projects': 'b, a' } }), undefined],
  ];
  it.each(cases)('%s', (_, given, expected) => {
    const reason = whyForbidden(given, 'a');
    if (expected === undefined) expect(reason).toBeUndefined();
    else expect(reason).toMatch(expected);
  });
});
