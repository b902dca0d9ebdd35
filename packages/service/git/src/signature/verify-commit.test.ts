import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commitAll, mustGit, realGit } from '../../testing/real-git.ts';
import { parseAllowedSigners } from './allowed-signers.ts';
import { parseSignedCommit, type SignedCommit } from './signed-commit.ts';
import { parseSshSignature } from './ssh-signature.ts';
import { type TrustedSigners, verifyCommitSignature } from './verify-commit.ts';

const run = promisify(execFile);
const has = async (program: string, ...args: string[]) =>
  run(program, args).then(
    () => true,
    (error: { code?: unknown }) => error.code !== 'ENOENT',
  );
const hasGpg = await has('gpg', '--version');
const hasSsh = await has('ssh-keygen', '-?');
// biome-ignore lint/suspicious/noConsole: a skip must be seen
if (!hasGpg || !hasSsh) console.warn(`signatures: skipped, there is no ${hasGpg ? 'ssh-keygen' : 'gpg'} here`);

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sekisho-signatures-'));
  await chmod(dir, 0o700);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

let repositories = 0;

/** A repository whose one commit is signed as the settings say. */
async function signedCommit(settings: Record<string, string>, objectFormat = 'sha1', env: Record<string, string> = {}) {
  const folder = join(dir, `repository-${++repositories}`);
  await mustGit(dir, 'init', '-q', `--object-format=${objectFormat}`, folder);
  await commitAll(folder, { 'a.yaml': 'a: 1\n' }, 'unsigned');
  const config = Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
  const { code, stderr } = await realGit(
    folder,
    [...config, 'commit', '-q', '--allow-empty', '-S', '-m', 'Größe\n\nsigned'],
    env,
  );
  if (code !== 0) throw new Error(stderr);
  return { folder, ...(await read(folder, 'HEAD')) };
}

async function read(folder: string, revision: string): Promise<{ commit: string; data: Buffer; signed: SignedCommit }> {
  const commit = await mustGit(folder, 'rev-parse', revision);
  const { stdout } = await run('git', ['cat-file', 'commit', commit], { cwd: folder, encoding: 'buffer' });
  return { commit, data: stdout, signed: parseSignedCommit(commit, stdout) };
}

const nobody: TrustedSigners = { gpg: { keys: [], ids: [] }, ssh: [] };

async function sshKey(type: string, ...options: string[]): Promise<{ file: string; line: string }> {
  const file = join(dir, `key-${type}-${++repositories}`);
  await run('ssh-keygen', ['-q', '-t', type, ...options, '-N', '', '-C', 'test', '-f', file]);
  return { file, line: (await readFile(`${file}.pub`, 'utf8')).trim() };
}

const signWithSsh = (file: string, objectFormat?: string) =>
  signedCommit({ 'gpg.format': 'ssh', 'user.signingkey': file }, objectFormat);

function trusting(...lines: string[]): TrustedSigners {
  const { signers, diagnostics } = parseAllowedSigners(lines.join('\n'), 'test');
  expect(diagnostics).toEqual([]);
  return { ...nobody, ssh: signers };
}

describe.skipIf(!hasSsh)('commits that git signed with SSH', () => {
  test.each([
    ['ed25519', [], 'sha1'],
    ['ed25519', [], 'sha256'],
    ['rsa', ['-b', '2048'], 'sha1'],
    ['ecdsa', ['-b', '256'], 'sha1'],
    ['ecdsa', ['-b', '384'], 'sha1'],
    ['ecdsa', ['-b', '521'], 'sha1'],
  ])('verify with a key of type %s %j in a repository with %s', async (type, options, format) => {
    const { file, line } = await sshKey(type, ...options);
    const { signed } = await signWithSsh(file, format);
    expect(await verifyCommitSignature(signed, trusting(`ann@example.org ${line}`))).toMatch(
      /^ann@example\.org \(SHA256:[\w+/]+\)$/,
    );
  });

  test('are refused when the key is another, out of time, not for git, or too weak', async () => {
    const { file, line } = await sshKey('ed25519');
    const other = await sshKey('ed25519');
    const { signed } = await signWithSsh(file);
    const code = async (...lines: string[]) =>
      verifyCommitSignature(signed, trusting(...lines)).then(
        () => 'good',
        (error: { code: string }) => error.code,
      );
    expect(await code()).toBe('SIGNATURE_UNTRUSTED');
    expect(await code(`ann@example.org ${other.line}`)).toBe('SIGNATURE_UNTRUSTED');
    expect(await code(`ann@example.org valid-before="20200101" ${line}`)).toBe('SIGNATURE_UNTRUSTED');
    expect(await code(`ann@example.org valid-after="29990101Z" ${line}`)).toBe('SIGNATURE_UNTRUSTED');
    expect(await code(`ann@example.org namespaces="file" ${line}`)).toBe('SIGNATURE_UNTRUSTED');
    expect(await code(`ann@example.org namespaces="file,git",valid-after="20200101" ${line}`)).toBe('good');
    const weak = await sshKey('rsa', '-b', '1024').catch(() => undefined);
    if (weak === undefined) return;
    const made = await signWithSsh(weak.file);
    await expect(verifyCommitSignature(made.signed, trusting(`ann ${weak.line}`))).rejects.toMatchObject({
      code: 'SIGNATURE_INVALID',
    });
  });

  test('are refused when anything of the commit was changed, or the signature is of something else', async () => {
    const { file, line } = await sshKey('ed25519');
    const { signed, commit, data } = await signWithSsh(file);
    const trusted = trusting(`ann@example.org ${line}`);
    const changed = Buffer.from(data.toString('latin1').replace('author Ann', 'author Eve'), 'latin1');
    await expect(verifyCommitSignature(parseSignedCommit(commit, changed), trusted)).rejects.toMatchObject({
      code: 'SIGNATURE_INVALID',
    });
    const text = join(dir, 'payload');
    await writeFile(text, signed.payload);
    await run('ssh-keygen', ['-q', '-Y', 'sign', '-f', file, '-n', 'file', text]);
    const signature = await readFile(`${text}.sig`, 'utf8');
    await expect(verifyCommitSignature({ ...signed, signature }, trusted)).rejects.toMatchObject({
      code: 'SIGNATURE_INVALID',
    });
  });
});

describe.skipIf(!hasGpg)('commits that git signed with GPG', () => {
  let env: Record<string, string>;
  const keys = new Map<string, { id: string; armored: string }>();

  const gpg = async (...args: string[]) =>
    (await run('gpg', ['--batch', '--quiet', '--yes', ...args], { env: { ...process.env, ...env } })).stdout;

  beforeAll(async () => {
    const home = join(dir, 'gnupg');
    await run('mkdir', ['-m', '700', home]);
    env = { GNUPGHOME: home };
    for (const [name, algorithm] of [
      ['Ann', 'rsa2048'],
      ['Bob', 'ed25519'],
      ['Eve', 'nistp256'],
    ] as const) {
      const user = `${name} <${name.toLowerCase()}@example.org>`;
      await gpg('--passphrase', '', '--quick-generate-key', user, algorithm, 'sign', 'never');
      const id = /^fpr:+([0-9A-F]{40}):/m.exec(await gpg('--with-colons', '--list-keys', user))?.[1] ?? '';
      keys.set(name, { id, armored: await gpg('--armor', '--export', id) });
    }
  }, 60_000);
  afterAll(async () => {
    await run('gpgconf', ['--kill', 'all'], { env: { ...process.env, ...env } }).catch(() => {});
  });

  const key = (name: string) => keys.get(name) ?? { id: '', armored: '' };
  const trust = (name: string, id = key(name).id): TrustedSigners => ({
    ...nobody,
    gpg: { keys: [...keys.values()].map(({ armored }) => armored), ids: [id] },
  });
  const sign = (name: string, format?: string) => signedCommit({ 'user.signingkey': key(name).id }, format, env);

  test.each([
    ['Ann', 'sha1'],
    ['Bob', 'sha1'],
    ['Eve', 'sha1'],
    ['Bob', 'sha256'],
  ])('verify with the key of %s in a repository with %s', async (name, format) => {
    const { signed } = await sign(name, format);
    expect(await verifyCommitSignature(signed, trust(name))).toContain(`${name} <`);
    const long = key(name).id.slice(-16);
    expect(await verifyCommitSignature(signed, trust(name, `0x${long.toLowerCase()}`))).toContain(long);
  });

  test('are refused when the key is not the project’s, its public key is missing, or the commit was changed', async () => {
    const { signed, commit, data } = await sign('Ann');
    const code = async (commitSigned: SignedCommit, trusted: TrustedSigners) =>
      verifyCommitSignature(commitSigned, trusted).then(
        () => 'good',
        (error: { code: string }) => error.code,
      );
    expect(await code(signed, trust('Bob'))).toBe('SIGNATURE_UNTRUSTED');
    expect(await code(signed, nobody)).toBe('SIGNATURE_UNTRUSTED');
    expect(await code(signed, { ...nobody, gpg: { keys: ['garbage'], ids: [key('Ann').id] } })).toBe(
      'SIGNATURE_UNTRUSTED',
    );
    const changed = Buffer.from(data.toString('latin1').replace('author Ann', 'author Eve'), 'latin1');
    expect(await code(parseSignedCommit(commit, changed), trust('Ann'))).toBe('SIGNATURE_INVALID');
  });

  test('a key that had expired when it signed is not good', async () => {
    const past = '20200101T000000';
    const user = 'Old <old@example.org>';
    await gpg(
      '--faked-system-time',
      past,
      '--passphrase',
      '',
      '--quick-generate-key',
      user,
      'ed25519',
      'sign',
      'seconds=86400',
    );
    const id = /^fpr:+([0-9A-F]{40}):/m.exec(await gpg('--with-colons', '--list-keys', user))?.[1] ?? '';
    keys.set('Old', { id, armored: await gpg('--armor', '--export', id) });
    const wrapper = join(dir, 'gpg-in-the-past');
    await writeFile(wrapper, `#!/bin/sh\nexec gpg --faked-system-time ${past} "$@"\n`, { mode: 0o755 });
    const { signed } = await signedCommit({ 'user.signingkey': id, 'gpg.program': wrapper }, 'sha1', env);
    expect(await verifyCommitSignature(signed, trust('Old'))).toContain('Old <');
    await writeFile(wrapper, '#!/bin/sh\nexec gpg --ignore-time-conflict --faked-system-time 20210101T000000 "$@"\n');
    const late = await signedCommit({ 'user.signingkey': id, 'gpg.program': wrapper }, 'sha1', env).catch(
      () => undefined,
    );
    if (late !== undefined) {
      await expect(verifyCommitSignature(late.signed, trust('Old'))).rejects.toMatchObject({
        code: 'SIGNATURE_INVALID',
      });
    }
  });
});

test('a commit without a signature, with two, or with one of another kind is refused', async () => {
  const folder = join(dir, 'plain');
  await mustGit(dir, 'init', '-q', folder);
  await commitAll(folder, { 'a.yaml': 'a: 1\n' });
  const { signed, commit, data } = await read(folder, 'HEAD');
  expect(signed.payload.equals(data)).toBe(true);
  expect(signed.committedAt).toBeGreaterThan(1e12);
  await expect(verifyCommitSignature(signed, nobody)).rejects.toMatchObject({ code: 'SIGNATURE_MISSING' });
  const withSignature = (header: string) =>
    Buffer.from(data.toString('latin1').replace('\n\n', `\n${header}\n\n`), 'latin1');
  const x509 = parseSignedCommit(commit, withSignature('gpgsig -----BEGIN SIGNED MESSAGE-----\n AAAA'));
  await expect(verifyCommitSignature(x509, nobody)).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' });
  expect(() => parseSignedCommit(commit, withSignature('gpgsig a\ngpgsig b'))).toThrow(
    expect.objectContaining({ code: 'SIGNATURE_INVALID' }),
  );
  const garbage = parseSignedCommit(
    commit,
    withSignature('gpgsig -----BEGIN PGP SIGNATURE-----\n \n AAAA\n -----END PGP SIGNATURE-----'),
  );
  await expect(verifyCommitSignature(garbage, nobody)).rejects.toMatchObject({
    code: expect.stringMatching(/^SIGNATURE_/),
  });
});

describe('parseAllowedSigners', () => {
  const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g';

  test('reads principals, options and comments', () => {
    const text = `# people\n\nann@example.org,bob ${key} laptop\n"eve, too" namespaces="git",valid-before="20300101120000Z" ${key}\r\n`;
    expect(parseAllowedSigners(text, 'cm').signers).toMatchObject([
      { principals: ['ann@example.org', 'bob'], type: 'ssh-ed25519' },
      { principals: ['eve', ' too'], namespaces: ['git'], validBefore: Date.UTC(2030, 0, 1, 12) },
    ]);
  });

  test.each([
    ['ann@example.org', 'has no key'],
    [`ann cert-authority ${key}`, 'certificate authority'],
    [`ann verify-required ${key}`, 'not known'],
    [`ann valid-before="tomorrow" ${key}`, 'time'],
    ['ann ssh-ed25519 !!!!', 'no base64'],
    ['ann ssh-ed25519', 'has no key'],
  ])('allows nobody by the line %j', (line, message) => {
    const { signers, diagnostics } = parseAllowedSigners(`\n${line}`, 'cm');
    expect(signers).toEqual([]);
    expect(diagnostics).toMatchObject([{ code: 'SIGNERS_INVALID', origin: { file: 'cm', line: 2 } }]);
    expect(diagnostics[0]?.message).toContain(message);
  });

  test('never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseAllowedSigners(text, 'cm')));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const armored = `-----BEGIN SSH SIGNATURE-----\n${Buffer.from(bytes).toString('base64')}\n-----END SSH SIGNATURE-----`;
        parseSshSignature(armored);
      }),
    );
  });
});
