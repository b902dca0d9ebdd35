import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runHelm, runProgram, startChartRepository, tellSkipped } from '@sekisho/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runIn } from './testing/run-in.ts';

/** gpg's agent wants short paths. */
let folder: string;
let isSigned = false;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skh-'));
  const home = join(folder, 'g');
  await mkdir(home, { mode: 0o700 });
  await mkdir(join(folder, 'web', 'templates'), { recursive: true });
  await writeFile(join(folder, 'web', 'Chart.yaml'), 'apiVersion: v2\nname: web\nversion: 1.0.0\n');
  await writeFile(join(folder, 'web', 'templates', 'a.yaml'), 'kind: A\n');
  const gpg = async (...args: string[]) => {
    const base = ['--homedir', home, '--batch', '--pinentry-mode', 'loopback', '--passphrase', ''];
    const done = await runProgram('gpg', [...base, ...args], { cwd: folder }).catch(() => undefined);
    return done?.code === 0;
  };
  const made =
    (await gpg('--quick-gen-key', 'Ann <ann@example.com>', 'rsa3072', 'sign', 'never')) &&
    (await gpg('--quick-gen-key', 'Bob <bob@example.com>', 'rsa3072', 'sign', 'never')) &&
    (await gpg('--output', 'ann.gpg', '--export', 'ann@example.com')) &&
    (await gpg('--output', 'bob.gpg', '--export', 'bob@example.com')) &&
    (await gpg('--output', 'secret.gpg', '--export-secret-keys', 'ann@example.com'));
  if (made) {
    const args = ['package', 'web', '--sign', '--key', 'Ann', '--keyring', 'secret.gpg'];
    isSigned = (await runHelm(args, { cwd: folder, kubeconfig: join(folder, 'none', 'c') })).code === 0;
  }
  if (!isSigned) tellSkipped('charts signed by Helm', 'there is no gpg on this machine, or it makes no key');
});
afterAll(async () => {
  await runProgram('gpgconf', ['--homedir', join(folder, 'g'), '--kill', 'all']).catch(() => undefined);
  await rm(folder, { recursive: true, force: true });
});

const run = (...args: string[]) => runIn(folder, ['template', 'x', ...args]);

test('what Helm signed is verified; what somebody else signed, or what was changed, is refused as Helm refuses it', async (context) => {
  if (!isSigned) return context.skip();
  const good = await run('web-1.0.0.tgz', '--verify', '--keyring', 'ann.gpg');
  expect(good).toEqual({ status: 0, stdout: '---\n# Source: web/templates/a.yaml\nkind: A\n', stderr: '' });
  const real = async (...args: string[]) => {
    const { stderr } = await runHelm(['template', 'x', ...args], {
      cwd: folder,
      kubeconfig: join(folder, 'none', 'c'),
    });
    return stderr.trimEnd();
  };
  const refused = async (...args: string[]) => {
    const { status, stdout, stderr } = await run(...args);
    expect({ status, stdout }).toEqual({ status: 3, stdout: '' });
    return stderr.split('\n')[0];
  };
  const other = ['web-1.0.0.tgz', '--verify', '--keyring', 'bob.gpg'];
  expect(await refused(...other)).toBe(await real(...other));
  await runHelm(['package', 'web', '--version', '1.0.0', '--app-version', '2'], {
    cwd: folder,
    kubeconfig: join(folder, 'none', 'c'),
  });
  const changed = ['web-1.0.0.tgz', '--verify', '--keyring', 'ann.gpg'];
  expect(await refused(...changed)).toBe(await real(...changed));
});

test('a signed chart of a repository', async (context) => {
  if (!isSigned) return context.skip();
  const server = await startChartRepository();
  try {
    await runHelm(['package', 'web', '--sign', '--key', 'Ann', '--keyring', 'secret.gpg'], {
      cwd: folder,
      kubeconfig: join(folder, 'none', 'c'),
    });
    const archive = await readFile(join(folder, 'web-1.0.0.tgz'));
    server.files.set('web-1.0.0.tgz', archive);
    server.files.set('web-1.0.0.tgz.prov', await readFile(join(folder, 'web-1.0.0.tgz.prov')));
    const entries = { web: [{ version: '1.0.0', urls: ['web-1.0.0.tgz'] }] };
    server.files.set('index.yaml', JSON.stringify({ apiVersion: 'v1', entries }));
    for (const chart of [['web', '--repo', server.url], [`${server.url}/web-1.0.0.tgz`]]) {
      // A folder `web` would be taken before the repository.
      const args = ['template', 'x', ...chart, '--verify', '--keyring', '../ann.gpg'];
      expect(await runIn(join(folder, 'g'), args, { home: folder })).toMatchObject({
        status: 0,
        stdout: expect.stringContaining('kind: A'),
      });
    }
  } finally {
    await server.close();
  }
});
