import { mkdir, rename, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { runKubectl } from '@sekisho/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PushedRepository } from './lib/pushed-repository.ts';
import { type RemoteGit, startRemoteGit } from './lib/remote-git.ts';
import { APPLICATIONS, CONFIG_MAPS, DEPLOYMENTS, SECRETS } from './lib/resource-types.ts';
import { at, type Sekisho, startSekisho, untilObject } from './lib/sekisho.ts';

const PASSWORD = 'hunter2-hunter2';
const WRONG_TOKEN = 'sekisho-wrong-token-4711';

let sekisho: Sekisho;
let repo: PushedRepository;
let remote: RemoteGit;

const configMap = (name: string, value: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  value: ${value}\n`;
const deployment = (more = '', app = 'web') => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector: {matchLabels: {app: ${app}}}
  template:
    metadata: {labels: {app: ${app}}}
    spec:
      containers:
        - name: web
          image: nginx
${more}`;
const secret = (more: string) => `apiVersion: v1\nkind: Secret\nmetadata:\n  name: login\n${more}`;

beforeAll(async () => {
  sekisho = await startSekisho({ allowLocalGit: true });
  remote = await startRemoteGit(PASSWORD);
  repo = await sekisho.repository('config', { 'steady/config.yaml': configMap('steady', 'first') });
  await sekisho.createApplication('steady', { repoURL: repo.url, path: 'steady' });
  await sekisho.untilGood('steady');
});
afterAll(async () => {
  await sekisho?.close();
  await remote?.close();
});

/** Others go on, whatever is wrong elsewhere. */
async function expectOthersGoOn(value: string): Promise<void> {
  await repo.push({ 'steady/config.yaml': configMap('steady', value) });
  await untilObject(sekisho.kube, CONFIG_MAPS, ['steady', 'steady'], (object) => at(object, 'data.value') === value);
}

interface Row {
  readonly title: string;
  readonly bad: Readonly<Record<string, string | Uint8Array>>;
  /** All in one message. */
  readonly says: readonly (string | RegExp)[];
  /** The command line finds it in the folder, too. Default true. */
  readonly offline?: false;
  /** What is good before. */
  readonly good?: Readonly<Record<string, string>>;
}

const rows: readonly Row[] = [
  {
    title: 'broken YAML',
    bad: { 'config.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: kept\n   more: x\n' },
    says: [/config\.yaml:5(:\d+)?: /, 'YAML_SYNTAX'],
  },
  {
    title: 'a duplicate key',
    bad: { 'config.yaml': `${configMap('kept', 'a')}  value: b\n` },
    says: [/config\.yaml:7(:\d+)?: /, 'value', 'YAML_DUPLICATE_KEY'],
  },
  {
    title: 'two objects with one identity',
    bad: { 'config.yaml': configMap('kept', 'a'), 'other.yaml': `# again\n${configMap('kept', 'b')}` },
    says: [/other\.yaml:2(:\d+)?: /, 'ConfigMap kept', /config\.yaml:1/, 'RENDER_DUPLICATE_OBJECT'],
  },
  {
    title: 'an unknown kind',
    bad: { 'robot.yaml': 'apiVersion: toys.example.com/v1\nkind: Robot\nmetadata:\n  name: kept\n' },
    says: [/robot\.yaml:1/, 'Robot', 'toys.example.com/v1'],
    offline: false,
  },
  {
    title: 'a field that does not exist',
    bad: { 'web.yaml': deployment('          imagePullPolize: Always\n') },
    says: [/web\.yaml:1/, 'Deployment', 'imagePullPolize'],
    offline: false,
  },
  {
    title: 'a value that the API refuses',
    bad: { 'web.yaml': deployment('          imagePullPolicy: Sometimes\n') },
    says: [/web\.yaml:1/, 'Deployment', 'imagePullPolicy', 'Sometimes'],
    offline: false,
  },
  {
    title: 'a change of an immutable field',
    good: { 'web.yaml': deployment() },
    bad: { 'web.yaml': deployment('', 'other') },
    says: [/web\.yaml:1/, 'Deployment', 'selector', 'immutable'],
    offline: false,
  },
  {
    title: 'a file of 50 MB',
    bad: { 'config.yaml': Buffer.alloc(50 * 1024 * 1024, 'a: b\n') },
    says: ['config.yaml', 'RENDER_FILE_TOO_LARGE'],
  },
  {
    title: 'a YAML alias bomb',
    bad: {
      'config.yaml': `a0: &a0 [x, x, x, x, x, x, x, x, x]\n${Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(', ')}]\n`).join('')}`,
    },
    says: [/config\.yaml/, 'YAML_ALIAS_BOMB'],
  },
  {
    title: 'something that is no object',
    bad: { 'list.yaml': 'apiVersion: v1\nkind: ConfigMap\ndata: {}\n' },
    says: [/list\.yaml:1/, 'RENDER_NOT_AN_OBJECT'],
  },
  {
    title: 'a Secret whose broken line holds the password',
    bad: { 'secret.yaml': secret(`stringData:\n  password: ${PASSWORD}: x\n`) },
    says: [/secret\.yaml:\d+/, 'YAML_'],
  },
  {
    title: 'a Secret that the API refuses',
    bad: { 'secret.yaml': secret(`data:\n  password: ${PASSWORD}\n`) },
    says: [/secret\.yaml:1/, 'Secret', 'login'],
    offline: false,
  },
];

describe('every fault in a file gives one clear message, and what was good stays', () => {
  test.each(rows)('$title', async ({ title, good = {}, bad, says, offline }) => {
    const name = title.replace(/\W+/g, '-').toLowerCase();
    const inFolder = (files: Row['bad']) =>
      Object.fromEntries(Object.entries(files).map(([file, text]) => [`${name}/${file}`, text]));
    await repo.push(inFolder({ 'config.yaml': configMap('kept', 'good'), ...good }));
    await sekisho.createApplication(name, { repoURL: repo.url, path: name });
    await sekisho.untilGood(name);
    const before = await sekisho.kube.get(CONFIG_MAPS, 'kept', name);

    await repo.push(inFolder(bad));
    const { status } = await sekisho.untilRefused(name, ...says);
    expect(status?.health.status).toBe('Healthy');
    expect(status?.resources?.some((resource) => resource.name === 'kept')).toBe(true);
    const shown = await sekisho.cli(`app get ${name}`);
    for (const part of says) expect(shown.stdout).toMatch(part);
    expect(shown.code).toBe(0);
    await expectOthersGoOn(name);
    expect(await sekisho.kube.get(CONFIG_MAPS, 'kept', name)).toEqual(before);

    if (offline !== false) {
      for (const command of ['render', 'diff']) {
        const { code, stderr } = await sekisho.cli([command, join(repo.path, name)]);
        for (const part of says) expect(stderr).toMatch(part);
        expect(code).toBe(1);
      }
      const { code, stderr } = await sekisho.cli(`app diff ${name}`);
      for (const part of says) expect(stderr).toMatch(part);
      expect(code).toBe(3);
    }

    const gone = Object.keys(bad).filter((file) => good[file] === undefined && file !== 'config.yaml');
    await repo.push({
      ...inFolder({ 'config.yaml': configMap('kept', 'better'), ...good }),
      ...Object.fromEntries(gone.map((file) => [`${name}/${file}`, null])),
    });
    await sekisho.untilGood(name);
    expect(at(await sekisho.kube.get(CONFIG_MAPS, 'kept', name), 'data.value')).toBe('better');
  });
});

describe('a source that leads out of its repository is refused', () => {
  test('by its path', async () => {
    await sekisho.createApplication('escape', { repoURL: repo.url, path: '../steady' });
    await sekisho.untilRefused('escape', '../steady', 'RENDER_PATH_ESCAPE');
  });

  test('by a symlink', async () => {
    await mkdir(join(repo.path, 'linked'), { recursive: true });
    await symlink('../../../../etc/passwd', join(repo.path, 'linked', 'passwd.yaml'));
    await repo.push({ 'linked/config.yaml': configMap('linked', 'x') });
    await sekisho.createApplication('linked', { repoURL: repo.url, path: 'linked' });
    const says = ['linked/passwd.yaml', 'RENDER_SYMLINK_ESCAPE'];
    const { status } = await sekisho.untilRefused('linked', ...says);
    expect(JSON.stringify(status)).not.toContain('root:');
    const { code, stderr } = await sekisho.cli(['render', join(repo.path, 'linked')]);
    expect(stderr).toContain('passwd.yaml');
    expect(stderr).toContain('RENDER_SYMLINK_ESCAPE');
    expect(code).toBe(1);
  });

  test('by a submodule', async () => {
    const commit = await repo.git('rev-parse', 'HEAD');
    await repo.git('update-index', '--add', '--cacheinfo', `160000,${commit},with-module/module`);
    await mkdir(join(repo.path, 'with-module/module'), { recursive: true });
    await repo.git('commit', '-q', '-m', 'A submodule');
    await repo.git('push', '-q', 'origin', 'HEAD:main');
    await sekisho.createApplication('with-module', { repoURL: repo.url, path: 'with-module/module' });
    await sekisho.untilRefused('with-module', 'with-module/module', 'RENDER_SUBMODULE');
    await sekisho.createApplication('around-module', {
      repoURL: repo.url,
      path: 'with-module',
      directory: { recurse: true },
    });
    await sekisho.untilRefused('around-module', 'with-module/module', 'RENDER_SUBMODULE');
    await expectOthersGoOn('after the submodule');
  });
});

describe('a repository', () => {
  test('that vanishes is named; what it brought stays; it goes on when it is back', async () => {
    const lost = await sekisho.repository('lost', { 'config.yaml': configMap('lost', 'first') });
    await sekisho.createApplication('lost', { repoURL: lost.url });
    await sekisho.untilGood('lost');
    const path = join(sekisho.dataDir, 'git', 'lost.git');
    await rename(path, `${path}-away`);
    await sekisho.patchApplication('lost', { metadata: { annotations: { 'argocd.argoproj.io/refresh': 'normal' } } });
    await sekisho.untilRefused('lost', 'embedded:lost');
    expect(at(await sekisho.kube.get(CONFIG_MAPS, 'lost', 'lost'), 'data.value')).toBe('first');
    await expectOthersGoOn('while one is lost');
    await rename(`${path}-away`, path);
    await lost.push({ 'config.yaml': configMap('lost', 'second') });
    await sekisho.untilGood('lost');
    expect(at(await sekisho.kube.get(CONFIG_MAPS, 'lost', 'lost'), 'data.value')).toBe('second');
  });

  test('whose history is rewritten is followed to where its branch is now', async () => {
    const first = await repo.push({ 'rewritten/config.yaml': configMap('rewritten', 'old') });
    await sekisho.createApplication('rewritten', { repoURL: repo.url, path: 'rewritten' });
    await sekisho.untilGood('rewritten', first);
    await repo.git('commit', '-q', '--amend', '--allow-empty', '-m', 'Rewritten');
    await repo.push({ 'rewritten/config.yaml': configMap('rewritten', 'older') }).catch(() => {});
    await repo.git('push', '-q', '--force', 'origin', 'HEAD:main');
    const now = await repo.git('rev-parse', 'HEAD');
    await sekisho.untilGood('rewritten', now);
    expect(at(await sekisho.kube.get(CONFIG_MAPS, 'rewritten', 'rewritten'), 'data.value')).toBe('older');
  });

  test('that does not exist, and a revision that does not exist, are named', async () => {
    await sekisho.createApplication('nowhere', { repoURL: 'embedded:nowhere' });
    await sekisho.untilRefused('nowhere', 'nowhere');
    await sekisho.createApplication('no-branch', { repoURL: repo.url, path: 'steady', targetRevision: 'no-such' });
    await sekisho.untilRefused('no-branch', 'no-such');
    await sekisho.createApplication('no-folder', { repoURL: repo.url, path: 'no-such-folder' });
    await sekisho.untilRefused('no-folder', 'no-such-folder', 'RENDER_PATH_MISSING');
    const { stdout } = await sekisho.cli('app list');
    expect(stdout).toMatch(/no-branch .*no-such/);
  });
});

describe('a remote repository', () => {
  const refresh = { metadata: { annotations: { 'argocd.argoproj.io/refresh': 'normal' } } };
  const add = (url: string, password: string) =>
    sekisho.cli(['repo', 'add', url, '--username', 'mori', '--password-stdin'], { input: password });

  test('with wrong credentials is refused when it is added, and by an Application that names it', async () => {
    const { url } = await remote.repository('guarded', { 'config.yaml': configMap('guarded', 'first') });
    const { code, stderr } = await add(url, WRONG_TOKEN);
    expect(stderr).toMatch(/GIT_AUTH/);
    expect(stderr).toContain(url);
    expect(code).toBe(3);
    await sekisho.createApplication('guarded', { repoURL: url });
    await sekisho.untilRefused('guarded', url, /credential|token|password/i);
    expect((await add(url, PASSWORD)).code).toBe(0);
    await sekisho.patchApplication('guarded', refresh);
    await sekisho.untilGood('guarded');
  });

  test('that vanishes, and one that is not reached, are named; what they brought stays', async () => {
    const { url, push } = await remote.repository('distant', { 'config.yaml': configMap('distant', 'first') });
    expect((await add(url, PASSWORD)).code).toBe(0);
    await sekisho.createApplication('distant', { repoURL: url });
    await sekisho.untilGood('distant');
    remote.lose('distant');
    await sekisho.patchApplication('distant', refresh);
    await sekisho.untilRefused('distant', url);
    expect(at(await sekisho.kube.get(CONFIG_MAPS, 'distant', 'distant'), 'data.value')).toBe('first');
    await expectOthersGoOn('while a remote is away');
    remote.find('distant');
    const commit = await push({ 'config.yaml': configMap('distant', 'second') });
    await sekisho.patchApplication('distant', refresh);
    const { status } = await sekisho.untilGood('distant', commit);
    expect(status?.conditions).toEqual([]);
    expect(at(await sekisho.kube.get(CONFIG_MAPS, 'distant', 'distant'), 'data.value')).toBe('second');

    await sekisho.createApplication('unreachable', { repoURL: 'https://127.0.0.1:1/x.git' });
    await sekisho.untilRefused('unreachable', 'https://127.0.0.1:1/x.git');
    await sekisho.createApplication('forbidden', { repoURL: 'https://169.254.169.254/x.git' });
    await sekisho.untilRefused('forbidden', '169.254.169.254', 'not opened');
  });

  test('with a password in its address is told without it', async () => {
    const { url } = await remote.repository('inline', { 'config.yaml': configMap('inline', 'first') });
    const address = new URL(url);
    address.username = 'mori';
    address.password = WRONG_TOKEN;
    const { stderr } = await sekisho.cli(['repo', 'add', address.href]);
    expect(stderr).toMatch(/GIT_AUTH/);
  });
});

describe('a wrong token', () => {
  test('is refused by git, with a message that does not repeat it', async () => {
    const address = new URL('/git/config.git', sekisho.server.url);
    address.username = 'x';
    address.password = WRONG_TOKEN;
    await expect(repo.git('push', address.href, 'HEAD:main')).rejects.toThrow(/Authentication failed|401/);
  });

  test('is refused by the Kubernetes API', async () => {
    const { code, stderr } = await runKubectl(['--token', WRONG_TOKEN, 'get', 'pods'], {
      kubeconfig: sekisho.server.kubeconfigPath,
    });
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/Unauthorized|must be logged in/);
    expect(stderr).not.toContain(WRONG_TOKEN);
  });

  test('is refused to the command line, with what to do', async () => {
    const { code, stderr } = await sekisho.cli('status', { env: { SEKISHO_TOKEN: WRONG_TOKEN } });
    expect(code).toBe(3);
    expect(stderr).toContain('The token is missing or wrong');
  });
});

test('no secret is in any message, status, event or log line', async () => {
  const { items } = await sekisho.kube.list(APPLICATIONS, {});
  const events = await sekisho.kube.request({ method: 'GET', path: '/api/v1/events' });
  const everything = [sekisho.captured(), JSON.stringify(items), JSON.stringify(events)].join('\n');
  expect(everything).toContain('YAML_SYNTAX');
  for (const text of [PASSWORD, Buffer.from(PASSWORD).toString('base64'), WRONG_TOKEN, sekisho.server.token]) {
    expect(everything.includes(text), `"${text.slice(0, 12)}…" appears`).toBe(false);
  }
  expect(await sekisho.kube.getIfExists(SECRETS, 'login', 'a-secret-that-the-api-refuses')).toBeUndefined();
  expect((await sekisho.kube.list(DEPLOYMENTS, { namespace: 'a-field-that-does-not-exist' })).items).toEqual([]);
});
