import { execFileSync } from 'node:child_process';
import { symlink } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { startRegistry } from '@sekisho/testkit';
import { zipSync } from 'fflate';
import { afterEach, expect, test } from 'vitest';
import { type CheckFolder, checkFolder } from '../testing/check-folder.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

const rule = 'package main\n\ndeny contains "no" if input.bad\n';

async function open(files: Readonly<Record<string, string>> = {}): Promise<CheckFolder> {
  const folder = await checkFolder(files);
  cleanups.push(folder.remove);
  return folder;
}

async function serve(files: Readonly<Record<string, Uint8Array | string>>): Promise<string> {
  const server: Server = createServer((request, response) => {
    const body = files[request.url?.split('?')[0] ?? ''];
    response.writeHead(body === undefined ? 404 : 200).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('what push puts into a registry pull takes out', async () => {
  const registry = await startRegistry();
  cleanups.push(registry.close);
  const from = await open({ 'policy/a.rego': rule, 'policy/sub/b.rego': 'package b\n', 'policy/data.yaml': 'a: 1\n' });
  const address = `${registry.host}/team/policies:v1`;
  const pushed = await from.run(['push', '--no-tls', address]);
  expect(pushed.stderr).toBe('');
  expect(pushed.stdout).toMatch(/:v1@sha256:[0-9a-f]{64}\n$/);
  const to = await open({ 'a.yaml': 'bad: true\n' });
  expect(await to.run(['pull', '--tls=false', `oci://${address}`])).toEqual({ status: 0, stdout: '', stderr: '' });
  expect(await to.read('policy/policy/a.rego')).toBe(rule);
  expect(await to.read('policy/policy/sub/b.rego')).toBe('package b\n');
  expect(await to.read('policy/policy/data.yaml')).toBe('a: 1\n');
  expect((await to.run(['a.yaml'])).status).toBe(1);
});

test('test --update pulls first', async () => {
  const from = await open({ 'p/a.rego': rule });
  const to = await open({ 'a.yaml': 'bad: true\n' });
  const { status, stdout } = await to.run(['test', '-u', join(from.path, 'p'), 'a.yaml']);
  expect(stdout).toContain('FAIL - a.yaml - main - no');
  expect(status).toBe(1);
});

test('policies that can not be parsed are not pushed', async () => {
  const registry = await startRegistry();
  cleanups.push(registry.close);
  const from = await open({ 'policy/a.rego': 'package a\np := {' });
  expect((await from.run(['push', '--no-tls', `${registry.host}/a:v1`])).stderr).toContain('CHECK_POLICY');
  expect(registry.requests).toEqual([]);
});

test('a layer whose title leads out is refused', async () => {
  const registry = await startRegistry();
  cleanups.push(registry.close);
  const from = await open({ 'policy/a.rego': rule });
  await from.run(['push', '--no-tls', `${registry.host}/a:v1`]);
  const manifest = registry.manifests.get('a:v1')?.toString() ?? '';
  registry.manifests.set('a:v1', Buffer.from(manifest.replace('"policy/a.rego"', '"../../evil.rego"')));
  const to = await open();
  expect((await to.run(['pull', '--no-tls', `${registry.host}/a:v1`])).stderr).toContain('CHECK_ARCHIVE');
});

test('pull takes a folder of a git repository at a ref', async () => {
  const from = await open({ 'k8s/a.rego': rule, 'other/b.rego': 'package b\n', 'k8s/readme.md': 'x' });
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: from.path, env: { ...process.env, HOME: from.path } });
  git('init', '-q', '-b', 'main');
  git('-c', 'user.name=a', '-c', 'user.email=a@b', 'add', '.');
  git('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-qm', 'x');
  git('tag', 'v1');
  const to = await open();
  expect(await to.run(['pull', `git::file://${from.path}//k8s?ref=v1`])).toEqual({ status: 0, stdout: '', stderr: '' });
  expect(await to.read('policy/a.rego')).toBe(rule);
  await expect(to.read('policy/b.rego')).rejects.toThrow();
  expect((await to.run(['pull', `git::file://${from.path}?ref=missing`])).stderr).toContain('CHECK_GIT');
});

test('pull takes files and archives from web servers', async () => {
  const zip = zipSync({ 'k8s/a.rego': Buffer.from(rule), 'x.rego': Buffer.from('package x\n') });
  const url = await serve({ '/a.rego': rule, '/p.zip': zip });
  const to = await open();
  expect((await to.run(['pull', '-p', 'one', `${url}/a.rego`])).status).toBe(0);
  expect(await to.read('one/a.rego')).toBe(rule);
  expect((await to.run(['pull', '-p', 'two', `${url}/p.zip//k8s`])).status).toBe(0);
  expect(await to.read('two/a.rego')).toBe(rule);
  expect((await to.run(['pull', `${url}/a.rego?checksum=sha256:00`])).stderr).toContain('CHECK_CHECKSUM');
  expect((await to.run(['pull', `${url}/missing`])).stderr).toContain('CHECK_DOWNLOAD');
});

test('nothing is written outside of the folder, nor through links', async () => {
  const from = await open({ 'p/sub/a.rego': rule });
  const to = await open();
  expect((await to.run(['pull', '-p', '../out', join(from.path, 'p')])).stderr).toContain('CHECK_TARGET');
  await to.write({ 'policy/keep.rego': 'package k\n' });
  const elsewhere = await open();
  await symlink(elsewhere.path, join(to.path, 'policy/sub'));
  expect((await to.run(['pull', join(from.path, 'p')])).stderr).toContain('CHECK_TARGET');
  await expect(elsewhere.read('a.rego')).rejects.toThrow();
  const away = join(elsewhere.path, 'policies');
  expect((await to.run(['pull', '--absolute-paths', '-p', away, join(from.path, 'p')])).status).toBe(0);
  expect(await elsewhere.read('policies/sub/a.rego')).toBe(rule);
});
