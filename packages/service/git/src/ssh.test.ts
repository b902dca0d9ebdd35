import { generateKeyPairSync } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '@sekisho/base';
import {
  createSshKey,
  gitRepo,
  hasSshClient,
  type SshKey,
  type SshStall,
  startSshServer,
  type TestRepo,
  type TestSshServer,
} from '@sekisho/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type GitServer, startGitServer } from '../testing/real-git.ts';
import type { GitCredentials, GitOptions } from './types.ts';

function sealedPem(): string {
  const cipher = { type: 'pkcs1', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' } as const;
  return generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: cipher,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey;
}

const hasSsh = await hasSshClient('git over a real ssh connection');

/** A real connection: OpenSSH's client under git, a server on this machine. */
describe.skipIf(!hasSsh)('a remote over ssh', () => {
  const key = createSshKey();
  let remote: TestSshServer;
  let repo: TestRepo;
  let url: string;
  let local: GitServer;
  const logged: string[] = [];
  const record = (fields: object, message: string) => void logged.push(`${message} ${JSON.stringify(fields)}`);
  const logger: Logger = { debug: record, info: record, warn: record, error: record, child: () => logger };

  beforeEach(async () => {
    logged.length = 0;
    remote = await startSshServer({ authorizedKey: key.publicKey });
    repo = await gitRepo({ 'apps/a.yaml': 'a: 1\n' });
    url = remote.serve('config', repo.path);
    local = await start();
  });
  afterEach(async () => {
    await local.close();
    await remote.close();
    await repo.remove();
  });
  const start = (options: Partial<GitOptions> = {}) => startGitServer({ allowLoopback: true, logger, ...options });
  const good = (): GitCredentials => ({ sshPrivateKey: key.privateKey, knownHosts: remote.knownHosts });

  /** Looks, and fails; neither the error nor the log may hold a part of any key, nor of our folders. */
  async function refusal(credentials?: GitCredentials, address = url) {
    const repository = await local.git.open(address, credentials ?? null);
    const error = await repository.refresh().then(
      () => expect.fail('it was not refused'),
      (reason) => reason,
    );
    const shown = `${error.message} ${error.hint} ${JSON.stringify(error.details)} ${error.cause} ${logged.join('\n')}`;
    expect(shown).not.toMatch(/BEGIN|access-|known_hosts"|ssh-keygen/);
    if (credentials !== undefined && 'sshPrivateKey' in credentials) {
      for (const line of credentials.sshPrivateKey.split('\n').filter((text) => text.length > 20)) {
        expect(shown).not.toContain(line);
      }
    }
    expect(await readdir(join(local.dir, 'data', 'git-home'))).toEqual(['.gitconfig', 'askpass']);
    return error;
  }

  test('is fetched with a key from a host that is known, and followed', async () => {
    const repository = await local.git.open(url, good());
    const first = await repo.git('rev-parse', 'main');
    expect((await repository.resolve('main')).commit).toBe(first);
    const text = await repository.tree(first).read('apps/a.yaml', { maxBytes: 100 });
    expect(Buffer.from(text).toString()).toBe('a: 1\n');
    expect(await repository.refresh()).toEqual({ changed: false, refs: [] });
    const second = await repo.commit({ 'apps/a.yaml': 'a: 2\n' });
    expect((await repository.refresh()).refs).toEqual([{ ref: 'refs/heads/main', old: first, new: second }]);
    expect(await readdir(join(local.dir, 'data', 'git-home'))).toEqual(['.gitconfig', 'askpass']);
  });

  test('is found by name, with the host key that is known by that name', async () => {
    const named = await local.git.open(url.replace('127.0.0.1', 'localhost'), {
      sshPrivateKey: key.privateKey.replaceAll('\n', '\r\n'),
      knownHosts: `# a comment\n${remote.knownHosts.replace('127.0.0.1', 'localhost')}`,
    });
    expect((await named.resolve('HEAD')).commit).toBe(await repo.git('rev-parse', 'main'));
  });

  test.each<[string, () => SshKey['privateKey'] | undefined, RegExp]>([
    ['another key', () => createSshKey().privateKey, /credentials were refused .*Permission denied/],
    ['a key with a passphrase', () => createSshKey('secret').privateKey, /private key has a passphrase/],
    ['an old key with a passphrase', () => sealedPem(), /private key has a passphrase/],
    ['no key at all', () => undefined, /there is no key/],
    ['a text that is no key', () => 'not a key', /private key cannot be read/],
    ['half a key', () => key.privateKey.slice(0, 150), /private key cannot be read/],
  ])('%s is refused as GIT_AUTH', async (_, privateKey, message) => {
    const sshPrivateKey = privateKey();
    const error = await refusal(sshPrivateKey === undefined ? undefined : { ...good(), sshPrivateKey });
    expect(error).toMatchObject({ code: 'GIT_AUTH', retryable: false, hint: expect.any(String) });
    expect(error.message).toMatch(message);
    expect(error.message).toContain(url);
  });

  test('a host that is not known is refused as GIT_HOST_KEY, and nothing is asked of it', async () => {
    for (const trust of [{}, { knownHosts: '' }, { knownHosts: 'rubbish' }, { knownHosts: 'other ssh-ed25519 AAAA' }]) {
      const error = await refusal({ sshPrivateKey: key.privateKey, ...trust });
      expect(error).toMatchObject({ code: 'GIT_HOST_KEY', retryable: false });
      expect(error.message).toMatch(/host key is not known/);
    }
  });

  test('a host key that changed is refused with other words, until the new one is known or the check is off', async () => {
    const before = good();
    const repository = await local.git.open(url, before);
    const first = (await repository.resolve('main')).commit;
    remote.changeHostKey();
    const error = await refusal(before);
    expect(error).toMatchObject({ code: 'GIT_HOST_KEY', retryable: false });
    expect(error.message).toMatch(/another key than the one that is known.*SHA256:/);
    expect((await repository.resolve('main')).commit).toBe(first);
    await (await local.git.open(url, good())).refresh();
    await (await local.git.open(url, { ...before, insecureIgnoreHostKey: true })).refresh();
  });

  test('a repository that is not there is GIT_NOT_FOUND, a server that is away GIT_UNREACHABLE', async () => {
    remote.lose('config');
    expect(await refusal(good())).toMatchObject({ code: 'GIT_NOT_FOUND', retryable: false });
    const credentials = good();
    await remote.close();
    const error = await refusal(credentials);
    expect(error).toMatchObject({ code: 'GIT_UNREACHABLE', retryable: true });
    expect(error.message).toContain('Connection refused');
  });

  test.each<SshStall>(['connection', 'authentication', 'references'])(
    'a server that stalls at the %s is given up on, and asked again later',
    async (at) => {
      await local.close();
      local = await start({ listTimeoutMs: 1000 });
      remote.stall(at);
      const error = await refusal(good());
      expect(error).toMatchObject({ code: 'GIT_TIMEOUT', retryable: true, hint: expect.any(String) });
      expect(error.message).toContain(`${url}: the server did not send the list of its branches within 1 s`);
      remote.stall(undefined);
      expect((await (await local.git.open(url)).refresh()).changed).toBe(true);
    },
  );

  test('a server that stalls with the content is given up on; what was fetched before is read meanwhile', async () => {
    await local.close();
    local = await start({ fetchTimeoutMs: 1000 });
    const repository = await local.git.open(url, good());
    const first = (await repository.resolve('main')).commit;
    await repo.commit({ 'apps/a.yaml': 'a: 2\n' });
    remote.stall('content');
    const looking = refusal(good());
    expect((await repository.resolve('main')).commit).toBe(first);
    expect(await repository.tree(first).list('apps')).toHaveLength(1);
    expect(await looking).toMatchObject({ code: 'GIT_TIMEOUT', retryable: true });
  });

  test('credentials that were taken away are used no more', async () => {
    await (await local.git.open(url, good())).refresh();
    await (await local.git.open(url)).refresh();
    expect(await refusal()).toMatchObject({ code: 'GIT_AUTH' });
  });

  test('closing ends what is running', async () => {
    remote.stall('references');
    const repository = await local.git.open(url, good());
    const looking = repository.refresh().catch((error) => error);
    await local.git.close();
    expect(await looking).toMatchObject({ code: 'GIT_CLOSED' });
  });
});
