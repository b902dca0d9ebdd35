// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of postBuild
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PushedRepository } from './lib/pushed-repository.ts';
import { APPLICATIONS, CONFIG_MAPS, SECRETS } from './lib/resource-types.ts';
import { applicationObject, at, type Sekisho, startSekisho, untilObject } from './lib/sekisho.ts';

/** Files that the real sops wrote, and the age identities that were made for them. */
const recorded = (name: string) => readFileSync(new URL(`testdata/sops/${name}`, import.meta.url), 'utf8');
const PASSWORD = 'correct-horse-battery';
const TOKEN = 'staple-of-somebody';
const CHART_TOKEN = 'value-of-a-chart';
const SOPS = { provider: 'sops', secretRef: { name: 'keys' } };

let sekisho: Sekisho;
let repo: PushedRepository;

beforeAll(async () => {
  sekisho = await startSekisho();
  repo = await sekisho.repository('config', {
    'plain/login.yaml': recorded('login.yaml'),
    'overlay/kustomization.yaml': 'secretGenerator:\n- name: app\n  envs: [app.env]\n',
    'overlay/app.env': recorded('app.env'),
    'chart/Chart.yaml': 'apiVersion: v2\nname: chart\nversion: 1.0.0\n',
    'chart/values.secret.yaml': recorded('values.secret.yaml'),
    'chart/templates/secret.yaml':
      'apiVersion: v1\nkind: Secret\nmetadata:\n  name: chart\nstringData:\n  token: {{ .Values.token }}\n',
    'variables/config.yaml':
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: config\ndata:\n  region: ${region}\n  zone: ${zone:-a}\n  shell: echo $HOME $${HOME}\n',
  });
  await keys(recorded('age.agekey'));
});
afterAll(() => sekisho?.close());

function secretNamed(name: string, data: Record<string, string>) {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'argocd' }, stringData: data };
}

/** The Secret that Applications name. */
async function keys(identity: string): Promise<void> {
  await sekisho.kube.apply(SECRETS, secretNamed('keys', { 'age.agekey': identity }), { force: true });
}

async function application(name: string, source: Record<string, unknown>): Promise<void> {
  const object = applicationObject(name, { repoURL: repo.url, path: String(source['path']) });
  const spec = object['spec'] as { source: object };
  await sekisho.kube.create(APPLICATIONS, { ...object, spec: { ...spec, source: { ...spec.source, ...source } } });
}

const decoded = (object: Parameters<typeof at>[0], path: string) =>
  Buffer.from(String(at(object, path)), 'base64').toString('utf8');

test('an encrypted Secret is applied in plain text, with variables; and nothing of it is shown or logged', async () => {
  await application('plain', { path: 'plain', decryption: SOPS, postBuild: { substitute: { region: 'eu-1' } } });
  await sekisho.untilGood('plain');
  const secret = await sekisho.kube.get(SECRETS, 'login', 'plain');
  expect(decoded(secret, 'data.password')).toBe(PASSWORD);
  expect(decoded(secret, 'data.region')).toBe('eu-1');
  expect(secret['sops']).toBeUndefined();
  for (const command of ['app get plain', 'app diff plain', 'app tree plain']) await sekisho.cli(command);
  const status = JSON.stringify((await sekisho.application('plain')).status);
  for (const hidden of [PASSWORD, Buffer.from(PASSWORD).toString('base64'), 'AGE-SECRET-KEY']) {
    expect(`${sekisho.captured()}${status}`).not.toContain(hidden);
  }
});

test('files of a secretGenerator and values of a chart are decrypted, too', async () => {
  await application('overlay', { path: 'overlay', decryption: SOPS });
  await application('chart', { path: 'chart', decryption: SOPS, helm: { valueFiles: ['values.secret.yaml'] } });
  await sekisho.untilGood('overlay');
  await sekisho.untilGood('chart');
  const secrets = await sekisho.kube.list(SECRETS, { namespace: 'overlay' });
  expect(secrets.items.map((secret) => decoded(secret, 'data.TOKEN'))).toContain(TOKEN);
  expect(decoded(await sekisho.kube.get(SECRETS, 'chart', 'chart'), 'data.token')).toBe(CHART_TOKEN);
  // The results of these renders are kept in memory alone: there were no others yet.
  expect(await readdir(join(sekisho.dataDir, 'cache', 'renders')).catch(() => [])).toEqual([]);
});

test('without decryption it is never applied, and the message says what to do', async () => {
  await application('undecrypted', { path: 'plain' });
  await sekisho.untilRefused(
    'undecrypted',
    'RENDER_SECRET_ENCRYPTED',
    'plain/login.yaml:1:1',
    'decryption: {provider: sops}',
  );
  expect(await sekisho.kube.getIfExists(SECRETS, 'login', 'undecrypted')).toBeUndefined();
});

test('keys that do not fit, or are not there, leave the last state and say for whom the file is', async () => {
  await keys(recorded('other.agekey'));
  const refused = await sekisho.untilRefused(
    'plain',
    'SOPS_NO_KEY',
    'plain/login.yaml',
    /age recipient age1\w+ \(the age identity given is another one\)/,
  );
  expect(refused.status?.sync.status).toBe('Unknown');
  expect(decoded(await sekisho.kube.get(SECRETS, 'login', 'plain'), 'data.password')).toBe(PASSWORD);
  await sekisho.kube.delete(SECRETS, 'keys', 'argocd');
  await sekisho.untilRefused('plain', 'The Secret argocd/keys, whose keys the source asks for, does not exist.');
  await keys(recorded('age.agekey'));
  await sekisho.untilGood('plain');
});

test('a file that was changed without SOPS is refused', async () => {
  await repo.push({ 'plain/login.yaml': recorded('login.yaml').replace('name: login', 'name: admin') });
  await sekisho.untilRefused('plain', 'SOPS_MAC_MISMATCH', 'plain/login.yaml');
  expect(await sekisho.kube.getIfExists(SECRETS, 'admin', 'plain')).toBeUndefined();
  expect(decoded(await sekisho.kube.get(SECRETS, 'login', 'plain'), 'data.password')).toBe(PASSWORD);
  const commit = await repo.push({ 'plain/login.yaml': recorded('login.yaml') });
  await sekisho.untilGood('plain', commit);
});

test('variables of a ConfigMap: each must have a value, and a change renders again', async () => {
  const postBuild = { substituteFrom: [{ kind: 'ConfigMap', name: 'cluster' }] };
  await application('variables', { path: 'variables', postBuild });
  await sekisho.untilRefused(
    'variables',
    'The ConfigMap argocd/cluster, whose variables the source asks for, does not exist.',
  );
  const cluster = (data: Record<string, string>) =>
    sekisho.kube.apply(
      CONFIG_MAPS,
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'cluster', namespace: 'argocd' }, data },
      { force: true },
    );
  await cluster({ zone: 'b' });
  await sekisho.untilRefused('variables', 'SUBSTITUTE_UNDEFINED', 'in data.region the variable region has no value');
  await cluster({ region: 'eu-2' });
  await sekisho.untilGood('variables');
  const config = await sekisho.kube.get(CONFIG_MAPS, 'config', 'variables');
  expect(config['data']).toEqual({ region: 'eu-2', zone: 'a', shell: 'echo $HOME ${HOME}' });
  await cluster({ region: 'us-1' });
  await untilObject(
    sekisho.kube,
    CONFIG_MAPS,
    ['config', 'variables'],
    (object) => at(object, 'data.region') === 'us-1',
  );
});

test('credentials of Sekisho, and what is kept for another project, are given to no source', async () => {
  const metadata = (name: string, more: object) => ({ name, namespace: 'argocd', ...more });
  const label = { labels: { 'argocd.argoproj.io/secret-type': 'repo-creds' } };
  const kept = { annotations: { 'sekisho.dev/projects': 'pay' } };
  for (const [name, more] of Object.entries({ 'git-login': label, 'of-pay': kept })) {
    const object = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: metadata(name, more),
      stringData: { region: 'hidden' },
    };
    await sekisho.kube.create(SECRETS, object);
    const postBuild = { substituteFrom: [{ kind: 'Secret', name }] };
    await application(`steals-${name}`, { path: 'variables', postBuild });
    await sekisho.untilRefused(`steals-${name}`, 'SOURCE_SECRET_FORBIDDEN', `Secret argocd/${name}`);
    expect(await sekisho.kube.getIfExists(CONFIG_MAPS, 'config', `steals-${name}`)).toBeUndefined();
  }
});
