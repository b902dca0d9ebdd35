import {
  createSshKey,
  gitRepo,
  hasSshClient,
  startSshServer,
  type TestRepo,
  type TestSshServer,
} from '@sekisho/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configMap } from './lib/folder-apps.ts';
import { CONFIG_MAPS, SECRETS } from './lib/resource-types.ts';
import { type Sekisho, startSekisho } from './lib/sekisho.ts';

const hasSsh = await hasSshClient('Applications from a repository over ssh');
const REFRESH = { metadata: { annotations: { 'argocd.argoproj.io/refresh': 'normal' } } };

describe.skipIf(!hasSsh)('a repository over ssh', () => {
  const key = createSshKey();
  const wrongKey = createSshKey();
  let sekisho: Sekisho;
  let remote: TestSshServer;
  let repo: TestRepo;
  let url: string;

  beforeAll(async () => {
    remote = await startSshServer({ authorizedKey: key.publicKey });
    repo = await gitRepo({ 'web/map.yaml': configMap('web', 'one') });
    url = remote.serve('config', repo.path);
    sekisho = await startSekisho({ allowLocalGit: true });
  });
  afterAll(async () => {
    await sekisho?.close();
    await remote?.close();
    await repo?.remove();
  });

  async function know(...lines: string[]): Promise<void> {
    const metadata = { name: 'argocd-ssh-known-hosts-cm', namespace: 'argocd' };
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { ssh_known_hosts: lines.join('\n') } };
    await sekisho.kube.apply(CONFIG_MAPS, object, { force: true });
  }

  async function signInWith(sshPrivateKey: string): Promise<void> {
    await sekisho.kube.apply(
      SECRETS,
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: {
          name: 'ssh-config',
          namespace: 'argocd',
          labels: { 'argocd.argoproj.io/secret-type': 'repository' },
        },
        data: Object.fromEntries(
          Object.entries({ type: 'git', url, sshPrivateKey }).map(([name, text]) => [
            name,
            Buffer.from(text).toString('base64'),
          ]),
        ),
      },
      { force: true },
    );
  }

  /** Shows the Application to the reconciler again. */
  const look = () => sekisho.patchApplication('web', REFRESH);

  test('says what is missing, one thing after the other, until the Application is Synced', async () => {
    await sekisho.createApplication('web', { repoURL: url, path: 'web' });
    await sekisho.untilRefused('web', url, 'there is no key');
    await signInWith(wrongKey.privateKey);
    await look();
    await sekisho.untilRefused('web', url, 'host key is not known', 'argocd-ssh-known-hosts-cm');
    await know('other.example ssh-ed25519 AAAA', remote.knownHosts);
    await look();
    await sekisho.untilRefused('web', url, 'credentials were refused');
    await signInWith(key.privateKey);
    await look();
    await sekisho.untilGood('web', await repo.git('rev-parse', 'main'));
  });

  test('a host key that changed keeps the last good state, is told, and is taken once it is known', async () => {
    const before = await repo.git('rev-parse', 'main');
    const next = await repo.commit({ 'web/map.yaml': configMap('web', 'two') });
    remote.changeHostKey();
    await look();
    const { status } = await sekisho.untilRefused('web', 'another key than the one that is known', 'SHA256:');
    expect(status).toMatchObject({ sync: { status: 'Synced', revision: before }, health: { status: 'Healthy' } });
    expect((await sekisho.kube.get(CONFIG_MAPS, 'web', 'web'))['data']).toEqual({ value: 'one' });
    await know(remote.knownHosts);
    await look();
    const good = await sekisho.untilGood('web', next);
    expect(good.status?.conditions ?? []).toEqual([]);
  });

  test('a server that stalls holds up nobody else', async () => {
    remote.stall('references');
    const names = Array.from({ length: 40 }, (_, index) => `stalled-${index}`);
    const stalledUrl = remote.serve('stalled', repo.path);
    // The same key: a template for every repository of this server.
    await sekisho.kube.apply(
      SECRETS,
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: {
          name: 'ssh-creds',
          namespace: 'argocd',
          labels: { 'argocd.argoproj.io/secret-type': 'repo-creds' },
        },
        data: {
          url: Buffer.from(stalledUrl.slice(0, -4)).toString('base64'),
          sshPrivateKey: Buffer.from(key.privateKey).toString('base64'),
        },
      },
      { force: true },
    );
    for (const name of names) {
      await sekisho.createApplication(name, { repoURL: stalledUrl, path: 'web', namespace: name });
    }
    const own = await sekisho.repository('own', { 'map.yaml': configMap('own', 'one') });
    await sekisho.createApplication('own', { repoURL: own.url });
    await sekisho.untilGood('own');
    await sekisho.untilRefused('stalled-0', 'The first look at', 'takes longer than 5 s');
    remote.stall(undefined);
    for (const name of names) await sekisho.untilGood(name);
  });

  test('no key was shown', async () => {
    await sekisho.cli('app get web');
    for (const text of [key.privateKey, wrongKey.privateKey]) {
      for (const line of text.split('\n').filter((part) => part.length > 20 && !part.includes('PRIVATE'))) {
        expect(sekisho.captured()).not.toContain(line);
      }
    }
    expect(sekisho.captured()).not.toContain('PRIVATE KEY');
  });
});
