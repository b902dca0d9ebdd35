import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram, tempDir } from '@sekisho/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from './lib/eventually.ts';
import { configMap } from './lib/folder-apps.ts';
import type { PushedRepository } from './lib/pushed-repository.ts';
import { APP_PROJECTS, APPLICATIONS, CONFIG_MAPS } from './lib/resource-types.ts';
import { applicationObject, at, type Sekisho, startSekisho } from './lib/sekisho.ts';

const SIGNERS = 'sekisho-ssh-allowed-signers';
const KEYS = 'argocd-gpg-keys-cm';

const has = async (program: string, ...args: string[]) =>
  runProgram(program, args).then(
    () => true,
    () => false,
  );
const hasGpg = await has('gpg', '--version');
const hasSsh = await has('ssh-keygen', '-?');
if (!hasGpg || !hasSsh) console.warn(`e2e/signatures: skipped, there is no ${hasGpg ? 'ssh-keygen' : 'gpg'} here`);

let sekisho: Sekisho;
let folder: Awaited<ReturnType<typeof tempDir>>;
let repository: PushedRepository;
let tests = 0;

beforeAll(async () => {
  // A socket of gpg's agent lies in it: its path must be short.
  folder = await tempDir('sk-');
  sekisho = await startSekisho();
});
afterAll(async () => {
  await sekisho?.close();
  if (hasGpg) await runProgram('gpgconf', ['--homedir', join(folder.path, 'g'), '--kill', 'all']);
  await folder?.remove();
});
beforeEach(async () => {
  repository = await sekisho.repository(`signed-${++tests}`, { 'README.md': 'Signed.\n' });
});
afterEach(async () => {
  for (const name of [SIGNERS, KEYS]) await sekisho.kube.delete(CONFIG_MAPS, name, 'argocd').catch(() => {});
});

async function sshKey(name: string): Promise<{ file: string; line: string }> {
  const file = join(folder.path, `${name}-${tests}`);
  await runProgram('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', file]);
  return { file, line: (await readFile(`${file}.pub`, 'utf8')).trim() };
}

async function signWithSsh(file: string): Promise<void> {
  await repository.git('config', 'gpg.format', 'ssh');
  await repository.git('config', 'user.signingkey', file);
  await repository.git('config', 'commit.gpgsign', 'true');
}

async function signWithNothing(): Promise<void> {
  await repository.git('config', 'commit.gpgsign', 'false');
}

async function put(name: string, data: Readonly<Record<string, string>>): Promise<void> {
  await sekisho.kube.apply(
    CONFIG_MAPS,
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'argocd' }, data },
    { force: true },
  );
}

const allow = (...lines: string[]) => put(SIGNERS, { allowed_signers: `${lines.join('\n')}\n` });

async function project(name: string, rules: { spec?: object; annotations?: Record<string, string> }): Promise<void> {
  await sekisho.kube.create(APP_PROJECTS, {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata: { name, namespace: 'argocd', ...(rules.annotations === undefined ? {} : rules) },
    spec: {
      sourceRepos: ['*'],
      destinations: [{ server: '*', namespace: '*' }],
      clusterResourceWhitelist: [{ group: '*', kind: '*' }],
      ...rules.spec,
    },
  });
}

/** An application of the folder `web`, in the project of the same name. */
async function create(name: string, project = name): Promise<void> {
  const object = applicationObject(name, { repoURL: repository.url, path: 'web' });
  await sekisho.kube.create(APPLICATIONS, { ...object, spec: { ...(object['spec'] as object), project } });
}

const value = async (namespace: string) =>
  at(await sekisho.kube.getIfExists(CONFIG_MAPS, 'a', namespace), 'data.value');

describe.skipIf(!hasSsh)('a project that asks for SSH signatures', () => {
  test('applies what an allowed signer signed, and nothing else; it goes on as soon as a key is there', async () => {
    const [ann, eve] = [await sshKey('ann'), await sshKey('eve')];
    await project('ssh', { annotations: { 'sekisho.dev/ssh-signers': 'ann@example.org' } });
    await repository.push({ 'web/a.yaml': configMap('a', 'unsigned') });
    await create('ssh');
    await create('free', 'default');
    await sekisho.untilRefused('ssh', 'SIGNATURE_KEYS_MISSING', SIGNERS);
    await allow(`bob@example.org ${eve.line}`);
    await sekisho.untilRefused('ssh', 'SIGNATURE_KEYS_MISSING');
    await allow(`ann@example.org ${ann.line}`, `bob@example.org ${eve.line}`, 'broken line');
    const refused = await sekisho.untilRefused('ssh', 'SIGNATURE_MISSING', 'is not signed', 'git commit -S');
    expect(refused.status?.sync.status).toBe('Unknown');
    expect(refused.status?.operationState).toBeUndefined();
    expect(await value('ssh')).toBeUndefined();

    await signWithSsh(eve.file);
    await repository.push({ 'web/a.yaml': configMap('a', 'eve') });
    await sekisho.untilRefused('ssh', 'SIGNATURE_UNTRUSTED', /the SSH key SHA256:\S+ is none of the allowed signers/);

    await signWithSsh(ann.file);
    const good = await repository.push({ 'web/a.yaml': configMap('a', 'ann') });
    await sekisho.untilGood('ssh', good);
    expect(await value('ssh')).toBe('ann');

    // Nobody may slip something in behind a good commit, also where it touches other files.
    await signWithNothing();
    const other = await repository.push({ 'README.md': 'Unsigned.\n' });
    await sekisho.untilRefused('ssh', 'SIGNATURE_MISSING', other.slice(0, 7));
    await sekisho.patchApplication('ssh', {
      operation: { initiatedBy: { username: 'eve' }, sync: { revision: other } },
    });
    const ended = await sekisho.until('ssh', ({ operation }) => operation === undefined);
    expect(ended.status?.operationState).toMatchObject({
      phase: 'Error',
      message: expect.stringContaining('is not signed'),
    });
    expect(await value('ssh')).toBe('ann');
    const asked = await fetch(new URL('/api/v1/applications/argocd/ssh/diff', sekisho.server.url), {
      headers: { authorization: `Bearer ${sekisho.server.token}` },
    });
    expect([asked.status, await asked.json()]).toEqual([422, expect.objectContaining({ code: 'SIGNATURE_MISSING' })]);
    // Whoever asks for nothing is not held up.
    await eventually(async () => (await value('free')) === 'ann' || undefined);
  });

  test('refuses a commit that was changed after it was signed', async () => {
    const ann = await sshKey('ann');
    await allow(`ann@example.org ${ann.line}`);
    await project('changed', { annotations: { 'sekisho.dev/ssh-signers': '*' } });
    await signWithSsh(ann.file);
    const good = await repository.push({ 'web/a.yaml': configMap('a', 'good') });
    await create('changed');
    await sekisho.untilGood('changed', good);

    const signed = await repository.git('cat-file', 'commit', good);
    await writeFile(join(repository.path, 'web/a.yaml'), configMap('a', 'evil'));
    await repository.git('add', '-A');
    const forged = `${signed.replace(/^tree \w+/, `tree ${await repository.git('write-tree')}`)}\n`;
    const { stdout } = await runProgram('git', ['hash-object', '-t', 'commit', '-w', '--stdin'], {
      cwd: repository.path,
      input: forged,
    });
    await repository.git('push', '-q', '--force', 'origin', `${stdout.trim()}:refs/heads/main`);
    await sekisho.untilRefused('changed', 'SIGNATURE_INVALID', stdout.slice(0, 7));
    expect(await value('changed')).toBe('good');
  });

  test('takes keys back, and says when the project begins to ask', async () => {
    const ann = await sshKey('ann');
    await project('later', {});
    await signWithSsh(ann.file);
    await repository.push({ 'web/a.yaml': configMap('a', 'good') });
    await create('later');
    await sekisho.untilGood('later');
    const ask = (names: string | null) =>
      sekisho.kube.patch(APP_PROJECTS, 'later', 'argocd', {
        kind: 'merge',
        body: { metadata: { annotations: { 'sekisho.dev/ssh-signers': names } } },
      });
    await ask('ann');
    await sekisho.untilRefused('later', 'SIGNATURE_KEYS_MISSING');
    await allow(`ann ${ann.line}`);
    await sekisho.untilGood('later');
    await allow(`ann valid-before="20200101" ${ann.line}`);
    await sekisho.untilRefused('later', 'SIGNATURE_UNTRUSTED', 'not at that time');
    await ask(null);
    await sekisho.untilGood('later');
  });

  test('is rolled back by a pull request: a person signs the merge', async () => {
    const ann = await sshKey('ann');
    await allow(`ann ${ann.line}`);
    await project('back', { annotations: { 'sekisho.dev/ssh-signers': 'ann' } });
    await signWithSsh(ann.file);
    await repository.push({ 'web/a.yaml': configMap('a', 'good') });
    await create('back');
    await sekisho.until('back', ({ status }) => status?.history?.some((entry) => 'healthyAt' in entry) === true);
    const bad = await repository.push({ 'web/a.yaml': configMap('a', 'bad') });
    await sekisho.untilGood('back', bad);

    const result = await sekisho.cli(['app', 'rollback', 'back', '--reason', 'It is bad.']);
    expect(result).toMatchObject({ code: 0 });
    const { status } = await sekisho.application('back');
    const [commit] = (status as { rollback?: { commits?: { branch: string }[] } }).rollback?.commits ?? [];
    expect(commit?.branch).toMatch(/^sekisho\/revert-back-/);
    expect(await value('back')).toBe('good');

    await repository.git('fetch', '-q', 'origin');
    expect(await repository.git('rev-parse', 'origin/main')).toBe(bad);
    await repository.git('merge', '-q', '--no-ff', '-S', '-m', 'Go back', `origin/${commit?.branch}`);
    await repository.git('push', '-q', 'origin', 'HEAD:main');
    await sekisho.untilGood('back', await repository.git('rev-parse', 'HEAD'));
    expect(await value('back')).toBe('good');
  });
});

describe.skipIf(!hasGpg)('a project that asks for GPG signatures', () => {
  test('applies what one of its keys signed, and nothing else', async () => {
    const home = join(folder.path, 'g');
    await runProgram('mkdir', ['-m', '700', home]);
    const gpg = async (...args: string[]) =>
      (await runProgram('gpg', ['--homedir', home, '--batch', '--quiet', '--yes', ...args])).stdout;
    const keys: { id: string; armored: string }[] = [];
    for (const name of ['Ann', 'Eve']) {
      await gpg(
        '--passphrase',
        '',
        '--quick-generate-key',
        `${name} <${name}@example.org>`,
        'ed25519',
        'sign',
        'never',
      );
      const id = /^fpr:+[0-9A-F]{24}([0-9A-F]{16}):/m.exec(await gpg('--with-colons', '--list-keys', name))?.[1] ?? '';
      keys.push({ id, armored: await gpg('--armor', '--export', id) });
    }
    const [ann, eve] = keys as [(typeof keys)[0], (typeof keys)[0]];
    const wrapper = join(folder.path, 'gpg.sh');
    await runProgram('sh', [
      '-c',
      `printf '#!/bin/sh\\nexec gpg --homedir %s --batch "$@"\\n' ${home} > ${wrapper}; chmod 700 ${wrapper}`,
    ]);
    const signWith = async ({ id }: { id: string }) => {
      await repository.git('config', 'gpg.program', wrapper);
      await repository.git('config', 'user.signingkey', id);
      await repository.git('config', 'commit.gpgsign', 'true');
    };

    await project('gpg', { spec: { signatureKeys: [{ keyID: ann.id }] } });
    await signWith(eve);
    await repository.push({ 'web/a.yaml': configMap('a', 'eve') });
    await create('gpg');
    await sekisho.untilRefused('gpg', 'SIGNATURE_KEYS_MISSING', KEYS);
    await put(KEYS, { [eve.id]: eve.armored });
    await sekisho.untilRefused('gpg', 'SIGNATURE_UNTRUSTED', eve.id);
    expect(await value('gpg')).toBeUndefined();

    await signWith(ann);
    const good = await repository.push({ 'web/a.yaml': configMap('a', 'ann') });
    await sekisho.untilRefused('gpg', 'SIGNATURE_UNTRUSTED', ann.id, 'its public key is missing');
    // Added while it runs.
    await put(KEYS, { [eve.id]: eve.armored, [ann.id]: ann.armored });
    await sekisho.untilGood('gpg', good);
    expect(await value('gpg')).toBe('ann');
  });
});
