import { join } from 'node:path';
import { createClient, createHttpTransport, loadKubeconfig } from '@sekisho/client';
import { type RecordingServer, recordingServer, slackAnswers, type TempDir, tempDir } from '@sekisho/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from './lib/eventually.ts';
import type { PushedRepository } from './lib/pushed-repository.ts';
import { CONFIG_MAPS, SECRETS } from './lib/resource-types.ts';
import { type Sekisho, startSekisho } from './lib/sekisho.ts';
import { startUp } from './lib/up.ts';

const TOKEN = 'xoxb-not-to-be-shown';
const AUTOMATED = { automated: { prune: true }, syncOptions: ['CreateNamespace=true'] };

let folder: TempDir;
let dataDir: string;
let slack: RecordingServer;
let sekisho: Sekisho;
let repo: PushedRepository;
const captured: string[] = [];

beforeAll(async () => {
  slack = await recordingServer(slackAnswers());
  folder = await tempDir('sekisho-e2e-');
  dataDir = join(folder.path, 'data');
  sekisho = await startSekisho({ dataDir });
  repo = await sekisho.repository('config', {
    'settings.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {value: git}\n',
  });
  const metadata = { name: 'argocd-notifications-secret', namespace: 'argocd' };
  await sekisho.kube.create(SECRETS, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata,
    stringData: { 'slack-token': TOKEN },
  });
  await sekisho.kube.create(CONFIG_MAPS, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'argocd-notifications-cm', namespace: 'argocd' },
    data: { 'service.slack': `token: $slack-token\napiURL: ${slack.url}\n` },
  });
});
afterAll(async () => {
  await sekisho?.close();
  await slack?.close();
  await folder?.remove();
});

/** Somebody changes what git says. */
async function drift(value: string, kube = sekisho.kube): Promise<void> {
  await kube.patch(
    CONFIG_MAPS,
    'settings',
    'web',
    { kind: 'merge', body: { data: { value } } },
    { fieldManager: 'kubectl-edit' },
  );
}

/** What was said to Slack since the last time. */
async function said(count: number) {
  await eventually(
    async () => (slack.requests.length >= count ? true : undefined),
    () => `Slack was told ${JSON.stringify(slack.requests)}`,
  );
  return slack.requests.splice(0).map(({ path, body, headers }) => ({
    method: path.slice(1),
    authorization: headers.authorization,
    ...(JSON.parse(body) as { channel: string; text: string; ts?: string; thread_ts?: string }),
  }));
}

async function deliveries(state: string): Promise<readonly { trigger: string; state: string; lastError?: string }[]> {
  const response = await fetch(new URL(`/api/v1/notifications?state=${state}`, sekisho.server.url), {
    headers: { authorization: `Bearer ${sekisho.server.token}` },
  });
  expect(response.status).toBe(200);
  return ((await response.json()) as { deliveries: { trigger: string; state: string }[] }).deliveries;
}

test('drift is announced once, and its message says when it is over', async () => {
  await sekisho.createApplication('web', {
    repoURL: repo.url,
    syncPolicy: AUTOMATED,
    annotations: { 'notifications.argoproj.io/subscribe.on-drift.slack': 'ops' },
  });
  await sekisho.untilGood('web');
  await drift('edited');
  const [announced] = await said(1);
  expect(announced).toMatchObject({ method: 'chat.postMessage', channel: 'ops', authorization: `Bearer ${TOKEN}` });
  expect(announced?.text).toContain('ConfigMap web/settings data.value by kubectl-edit');
  await drift('edited again');
  await sekisho.until('web', ({ status }) => status?.sync.status === 'OutOfSync');

  expect((await sekisho.cli('app sync web')).code).toBe(0);
  await sekisho.untilGood('web');
  const [updated, answered, ...others] = await said(2);
  expect(others).toEqual([]);
  expect(updated).toMatchObject({ method: 'chat.update', text: expect.stringContaining(':white_check_mark:') });
  expect(updated?.ts).toMatch(/^1700000000\./);
  expect(answered).toMatchObject({ method: 'chat.postMessage', thread_ts: updated?.ts });
  expect(answered?.text).toContain('Synced and Healthy again');
});

test('the command line lists, tests and tries again', async () => {
  const { stdout } = await sekisho.cli('notify list --app web');
  expect(stdout).toMatch(/delivered +on-recovered +slack:ops +web/);
  expect(stdout).toMatch(/delivered +on-drift +slack:ops +web/);
  const [id = ''] = (await sekisho.cli('notify list -o name --limit 1')).stdout.split('\n');
  const delivered = await sekisho.cli(['notify', 'retry', id]);
  expect([delivered.code, delivered.stderr]).toEqual([3, expect.stringContaining('NOTIFICATION_DELIVERED')]);

  const tested = await sekisho.cli('notify test --service slack --recipient dev --trigger on-drift --app web');
  expect([tested.code, tested.stderr]).toEqual([0, expect.stringContaining('Delivered to slack:dev.')]);
  const [message] = await said(1);
  expect(tested.stdout.trimEnd()).toBe(message?.text);
  const unknown = await sekisho.cli('notify test --service pager');
  expect([unknown.code, unknown.stderr]).toEqual([3, expect.stringContaining('Known: slack.')]);
});

test('what Slack did not take before a restart arrives after it, once', async () => {
  slack.answer(() => ({ status: 503 }));
  await drift('once more');
  const [first] = await said(1);
  const [waiting] = await eventually(
    async () => {
      const found = await deliveries('pending');
      return found[0]?.lastError === undefined ? undefined : found;
    },
    () => 'nothing waits',
  );
  expect(waiting).toMatchObject({ trigger: 'on-drift', lastError: 'the service slack answers 503' });
  captured.push(sekisho.captured());
  await sekisho.close();

  slack.requests.length = 0;
  slack.answer(slackAnswers());
  sekisho = await startSekisho({ dataDir });
  const [again, ...others] = await said(1);
  expect(others).toEqual([]);
  expect(again).toMatchObject({ method: 'chat.postMessage', text: first?.text });
  await eventually(
    async () => ((await deliveries('pending')).length === 0 ? true : undefined),
    () => 'it still waits',
  );
  captured.push(sekisho.captured());
  expect(captured.join('\n')).not.toContain(TOKEN);
});

test('killed while Slack does not answer: the message arrives after the next start', async () => {
  await drift('git');
  await sekisho.untilGood('web');
  await said(2);
  await sekisho.close();
  const up = await startUp(dataDir);
  const transport = createHttpTransport(await loadKubeconfig({ path: join(dataDir, 'kubeconfig') }));
  slack.answer(() => ({ stall: true }));
  await drift('edited by night', createClient(transport, { fieldManager: 'e2e', userAgent: 'e2e' }));
  const [unheard] = await said(1);
  await up.kill();
  await transport.close();
  slack.answer(slackAnswers());
  sekisho = await startSekisho({ dataDir });
  const [heard, ...others] = await said(1);
  expect(others).toEqual([]);
  expect(heard).toMatchObject({ method: 'chat.postMessage', text: unheard?.text });
  expect(up.output()).not.toContain(TOKEN);
});
