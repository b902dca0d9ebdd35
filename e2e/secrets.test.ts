import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from './lib/eventually.ts';
import type { PushedRepository } from './lib/pushed-repository.ts';
import { APPLICATIONS, EVENTS, SECRETS } from './lib/resource-types.ts';
import { type Sekisho, startSekisho } from './lib/sekisho.ts';

let sekisho: Sekisho;
let repo: PushedRepository;

const GIT = 'correct-horse-battery';
const LIVE = 'staple-of-somebody-else';
const NUMBER = '4815162342';
const HIDDEN = [GIT, LIVE].flatMap((text) => [text, Buffer.from(text).toString('base64')]).concat(NUMBER);

const secret = (fields: string, kind = 'Secret', version = 'v1') =>
  `apiVersion: ${version}\nkind: ${kind}\nmetadata:\n  name: login\n${fields}\n`;
const POLICY = { automated: { prune: true }, syncOptions: ['CreateNamespace=true'] };

beforeAll(async () => {
  sekisho = await startSekisho();
  repo = await sekisho.repository('config', { 'good/secret.yaml': secret(`stringData: {password: ${GIT}}`) });
  await sekisho.createApplication('good', { repoURL: repo.url, path: 'good', syncPolicy: POLICY });
  await sekisho.untilGood('good');
});
afterAll(() => sekisho?.close());

async function get(path: string): Promise<string> {
  const answer = await fetch(new URL(path, sekisho.server.url), {
    headers: { authorization: `Bearer ${sekisho.server.token}` },
  });
  return `${path} ${answer.status}\n${await answer.text()}`;
}

/** Everything that an operator sees of an application, and all that was logged. */
async function shown(name: string): Promise<string> {
  const own = `/api/v1/applications/argocd/${name}`;
  const object = `group=&kind=Secret&namespace=${name}&name=login`;
  const paths = [
    '/api/v1/overview',
    '/api/v1/applications?include=application',
    own,
    `${own}/tree`,
    `${own}/diff`,
    `${own}/drift`,
    `${own}/history`,
    `${own}/events`,
    `${own}/resource?${object}`,
    '/api/v1/audit?limit=100',
    '/metrics',
  ];
  const answers = await Promise.all(paths.map(get));
  const events = await sekisho.kube.list(EVENTS, { namespace: 'argocd' });
  const application = await sekisho.kube.get(APPLICATIONS, name, 'argocd');
  const printed = await Promise.all(
    [`app get ${name}`, `app diff ${name}`, `app drift ${name}`, 'audit log -o json'].map(async (command) => {
      const { stdout, stderr } = await sekisho.cli(command);
      return `${command}\n${stdout}\n${stderr}`;
    }),
  );
  return [...answers, JSON.stringify(events), JSON.stringify(application), ...printed, sekisho.captured()].join('\n\n');
}

function expectHidden(text: string): void {
  for (const value of HIDDEN) {
    const at = text.indexOf(value);
    expect(at < 0 ? '' : text.slice(Math.max(0, at - 300), at + 60), value).toBe('');
  }
}

test('a Secret that drifts shows that it does, and no value', async () => {
  const body = { data: { password: Buffer.from(LIVE).toString('base64'), more: Buffer.from(GIT).toString('base64') } };
  await sekisho.kube.patch(SECRETS, 'login', 'good', { kind: 'merge', body }, { fieldManager: 'kubectl-edit' });
  await eventually(
    async () => ((await get('/api/v1/applications/argocd/good/drift')).includes('kubectl-edit') ? true : undefined),
    () => 'no drift is told',
  );
  const text = await shown('good');
  expect(text).toContain('data.password');
  expect(text).toContain('++++++++');
  expectHidden(text);
  expect((await sekisho.cli('app sync good')).code).toBe(0);
  await sekisho.untilGood('good');
  expectHidden(await shown('good'));
});

test.each<[name: string, file: string]>([
  ['number', secret(`data: {password: ${NUMBER}}`)],
  ['list', secret(`stringData:\n  - ${GIT}`)],
  ['text', secret(`data: ${GIT}`)],
  ['base64', secret(`data: {password: "${GIT} %"}`)],
  ['misspelt', secret(`Data: {password: ${GIT}}`)],
  ['kind', secret(`data: {password: ${GIT}}`, 'secret')],
  ['version', secret(`data: {password: ${GIT}}`, 'Secret', 'core/v1')],
  ['twice', secret(`stringData: {password: ${GIT}, password: ${GIT}}`)],
  ['yaml', secret(`stringData: {password: ${GIT}`)],
  ['tab', secret(`stringData:\n\tpassword: ${GIT}`)],
  ['key', secret(`stringData: {"a b": ${GIT}}`)],
])('a Secret with a fault (%s) is refused without its values', async (name, file) => {
  await repo.push({ [`${name}/secret.yaml`]: file });
  await sekisho.createApplication(name, { repoURL: repo.url, path: name, syncPolicy: POLICY });
  await sekisho.until(name, ({ status }) => {
    const isFaulty = (status?.conditions ?? []).some(({ type }) => /Error$/.test(type));
    return isFaulty || status?.operationState?.phase === 'Failed';
  });
  expectHidden(await shown(name));
});
