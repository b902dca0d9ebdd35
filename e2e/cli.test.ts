import { writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { runProgram, type TempDir, tempDir } from '@sekisho/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './lib/eventually.ts';
import { configMap, deployment, type FolderApps, folderApps, MANUAL } from './lib/folder-apps.ts';
import { APPLICATIONS, CONFIG_MAPS, DEPLOYMENTS } from './lib/resource-types.ts';
import { CLI, CLI_ENVIRONMENT, type Sekisho, startSekisho, untilObject } from './lib/sekisho.ts';

let sekisho: Sekisho;
let apps: FolderApps;
let folder: TempDir;

beforeAll(async () => {
  sekisho = await startSekisho();
  apps = await folderApps(sekisho);
  folder = await tempDir('sekisho-cli-');
  await apps.create('web', { 'config.yaml': configMap('web', '1'), 'web.yaml': deployment('web') });
  await apps.create('manual', { 'config.yaml': configMap('manual', '1') }, { syncPolicy: MANUAL });
  await sekisho.patchApplication('web', { metadata: { labels: { team: 'shop' } } });
  await sekisho.untilGood('web');
  await sekisho.until('manual', ({ status }) => status?.sync.status === 'OutOfSync');
  // On a busy machine the store of a new data folder takes its time.
  await eventually(async () => ((await run('status')).stdout.includes('The history is away') ? undefined : true));
});
afterAll(async () => {
  await sekisho?.close();
  await folder?.remove();
});

const run = (args: string | readonly string[], options?: Parameters<Sekisho['cli']>[1]) => sekisho.cli(args, options);
/** Without any server to be found. */
const offline = (args: string, env: Record<string, string> = {}) =>
  runProgram(process.execPath, [CLI, ...args.split(' ')], {
    cwd: folder.path,
    env: { ...CLI_ENVIRONMENT, SEKISHO_DATA: '', ...env },
  });
async function write(name: string, content: string): Promise<string> {
  const path = join(folder.path, name);
  await writeFile(path, content);
  return path;
}

/** A port on which nothing listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

describe('every answer is on stdout, in every format', () => {
  test.each([
    ['status', 1, /^Sekisho \d+\.\d+\.\d+ at http[^\n]+\nApplications: 2 .*\n\nNEEDS ATTENTION +SYNC +HEALTH +WHY\n/],
    ['status -o name', 1, /^application\.argoproj\.io\/manual\n$/],
    [
      'app list',
      0,
      /^NAME +SYNC +HEALTH +REVISION +NAMESPACE +MESSAGE\nmanual +OutOfSync +Missing .*\nweb +Synced +Healthy /,
    ],
    ['app list -o wide', 0, /^NAME .*CLUSTER +REPOSITORY +PATH +TARGET +MESSAGE\n.*embedded:folders/],
    ['app list -o name', 0, /^application\.argoproj\.io\/manual\napplication\.argoproj\.io\/web\n$/],
    ['app list -A -l team=shop -o name', 0, /^application\.argoproj\.io\/web\n$/],
    [
      'app get web',
      0,
      /^Name: +web\nSource: +embedded:folders web @ main\n(.*\n)+KIND .*\nConfigMap +web +web +Synced\nDeployment +web +web +Synced +Healthy\n$/,
    ],
    ['app get web -o name', 0, /^application\.argoproj\.io\/web\n$/],
    [
      'app tree web',
      0,
      /\nDeployment\/web +web +Synced +Healthy\n└─ReplicaSet\/web-\S+ +web +Healthy\n {2}└─Pod\/web-/,
    ],
    ['app tree web -o name', 0, /^configmap\/web\ndeployment\/web\nreplicaset\/web-/],
    ['app diff web', 0, /^$/],
    ['app diff manual', 1, /^create ConfigMap\/manual in manual {2}\(manual\/config\.yaml:1\)\n$/],
    ['app diff manual -o name', 1, /^configmap\/manual\n$/],
    [
      'app history web',
      0,
      /^ID +WHEN +REVISION +OUTCOME +BY +AUTHOR +COMMIT\n\d+ .*Succeeded +auto-sync +Mori <mori@example\.com>/,
    ],
    ['app history web -o wide', 0, /OBJECTS/],
    ['app history web -o name', 0, /^release\/\d+\n$/],
    ['app history manual', 0, /^$/],
    ['repo list', 0, /^TYPE +URL\nembedded +embedded:folders\n$/],
    ['repo list -o name', 0, /^embedded:folders\n$/],
    ['version', 0, /^sekisho \d+\.\d+\.\d+\n$/],
  ])('%s', async (command, code, expected) => {
    const result = await run(command);
    expect(result.stdout).toMatch(expected);
    expect(result.code).toBe(code);
  });

  test.each([
    'status',
    'app list',
    'app get web',
    'app tree web',
    'app diff manual',
    'app history web',
    'repo list',
    'version',
  ])('%s as JSON and as YAML', async (command) => {
    const json = await run(`${command} -o json`);
    expect(json.stderr).toBe('');
    expect(JSON.parse(json.stdout)).toBeTruthy();
    expect(json.stdout).not.toContain('managedFields');
    const yaml = await run(`${command} -o yaml`);
    expect(yaml.stdout).toMatch(/^(- )?\w+:/);
    expect(yaml.code).toBe(json.code);
  });

  test('app list --watch goes on with changes until Ctrl-C, which is exit 130', async () => {
    let asked = false;
    const { code, stdout, stderr } = await run('app list --watch', {
      onOutput: (text) => {
        if (asked || !text.includes('web')) return;
        asked = true;
        void sekisho.patchApplication('web', { metadata: { labels: { seen: 'yes' } } });
      },
      until: /^web .*\n(?:.*\n)*web /m,
    });
    expect(stdout.match(/^web +Synced +Healthy/gm)?.length).toBeGreaterThan(1);
    expect([code, stderr]).toEqual([130, 'interrupted\n']);
  });
});

describe('work', () => {
  test('app sync prints what was done; app wait sees it', async () => {
    const { code, stdout, stderr } = await run('app sync manual');
    expect(stderr).toBe('manual: Succeeded: successfully synced\n');
    expect(stdout).toMatch(/^PHASE +KIND +NAMESPACE +NAME +RESULT +MESSAGE\n(.*\n)?Sync +ConfigMap +manual +manual +/);
    expect(code).toBe(0);
    expect(await run('app wait manual')).toEqual({ code: 0, stdout: '', stderr: 'manual is Synced and Healthy\n' });
    expect((await run('app wait manual --sync -q')).stderr).toBe('');
  });

  test('app sync --dry-run and --resource do what they say; --no-wait returns at once', async () => {
    await apps.push('manual', { 'more.yaml': configMap('more', '1'), 'config.yaml': configMap('manual', '2') });
    expect((await run('app sync manual --dry-run')).stdout).toMatch(/ConfigMap +manual +more .*would be applied/);
    expect(await sekisho.kube.getIfExists(CONFIG_MAPS, 'more', 'manual')).toBeUndefined();
    const { code, stdout } = await run('app sync manual --resource :ConfigMap:more');
    expect(stdout.trimEnd().split('\n')).toHaveLength(2);
    expect(code).toBe(0);
    expect(await run('app sync manual --no-wait')).toEqual({ code: 0, stdout: '', stderr: '' });
    await sekisho.untilGood('manual');
  });

  test('app sync of something that is wrong is exit 1, and says where', async () => {
    await apps.create(
      'faulty',
      { 'a.yaml': configMap('a', '1').replace('{value: "1"}', '[1]') },
      { syncPolicy: MANUAL },
    );
    const { code, stderr } = await run('app sync faulty');
    expect(stderr).toMatch(/^faulty: Failed: .*faulty\/a\.yaml:1/);
    expect(code).toBe(1);
    const wait = await run('app wait faulty --timeout 3s');
    expect(wait.stderr).toMatch(/^error: faulty is still OutOfSync and Missing.*\(WAIT_TIMED_OUT\)\n/);
    expect(wait.code).toBe(4);
    expect((await run('app sync faulty --revision nope')).stderr).toMatch(/^faulty: Error: .*nope/);
  });

  test('app list is narrowed by project, status, repository and cluster', async () => {
    const names = async (flags: string) => {
      const { code, stdout, stderr } = await run(`app list -o name ${flags}`.trim());
      expect(code).toBe(0);
      return stdout.trim() === '' ? stderr : stdout.trim().split('\n');
    };
    const all = await names('');
    expect(await names('--project default --cluster https://kubernetes.default.svc')).toEqual(all);
    expect(await names('--sync Synced --health Healthy')).toContain('application.argoproj.io/web');
    expect(await names('--sync Synced --health Healthy')).not.toContain('application.argoproj.io/faulty');
    expect(await names('--project none --health Missing Degraded')).toBe(
      'No applications with project none and health Missing or Degraded. All of them: sekisho app list\n',
    );
    const wrong = await run('app list --sync Soon');
    expect(wrong.stderr).toMatch(/'Soon' is invalid.*Synced, OutOfSync, Unknown/);
    expect(wrong.code).toBe(2);
  });

  test('app actions lists what can be done, and does it', async () => {
    const { stdout } = await run('app actions list web');
    expect(stdout).toMatch(/^RESOURCE +NAMESPACE +ACTION +SETS +WHAT IT DOES\napps:Deployment:web +web +restart +/);
    expect(stdout).toMatch(/ scale +replicas=1 /);
    const done = await run('app actions run web apps:Deployment:web restart');
    expect([done.code, done.stdout, done.stderr]).toEqual([0, '', 'Deployment/web: restart done\n']);
    const unknown = await run('app actions run web apps:Deployment:web fly');
    expect(unknown.stderr).toMatch(/no action fly now\. \(ACTION_UNKNOWN\)\nThere are: restart, pause, scale/);
    expect(unknown.code).toBe(3);
    await sekisho.untilGood('web');
  });

  test('app refresh looks anew; events tells what happened, and with -w what happens', async () => {
    expect(await run('app refresh web')).toEqual({ code: 0, stdout: '', stderr: 'web is Synced and Healthy\n' });
    expect((await run('events --app web')).stdout).toMatch(
      /^\d{4}-\S+Z +application +argocd\/web +Synced Healthy Succeeded /m,
    );
    expect((await run('events --type audit --app web')).stdout).toMatch(/ application\.refresh succeeded by admin$/m);
    const watching = run('events -w -o json --app web', { until: /"type":"application"/ });
    // Nothing tells when it has begun to listen.
    const poke = setInterval(
      () => void sekisho.patchApplication('web', { metadata: { labels: { at: `${Date.now()}` } } }),
      200,
    );
    const { code, stdout } = await watching.finally(() => clearInterval(poke));
    expect(JSON.parse(stdout.split('\n')[0] ?? '')).toMatchObject({ type: 'application', data: { name: 'web' } });
    expect(code).toBe(130);
  });

  test('app delete asks for confirmation, and cannot without a terminal', async () => {
    await apps.create('doomed', { 'a.yaml': configMap('a', '1') });
    await sekisho.untilGood('doomed');
    const unsure = await run('app delete doomed', { input: 'doomed\n' });
    expect(unsure.stderr).toMatch(/must be confirmed: its 1 resource is deleted.*\n.*--yes/);
    expect(unsure.code).toBe(2);
    expect(await sekisho.kube.getIfExists(CONFIG_MAPS, 'a', 'doomed')).toBeDefined();
    const { code, stderr } = await run('app delete doomed --yes');
    expect([code, stderr]).toEqual([0, 'doomed is deleted; its 1 resource is gone\n']);
    expect(await sekisho.kube.getIfExists(CONFIG_MAPS, 'a', 'doomed')).toBeUndefined();
  });

  test('app delete --cascade=false leaves the resources', async () => {
    await apps.create('left', { 'a.yaml': configMap('a', '1') });
    await sekisho.untilGood('left');
    expect((await run('app delete left --cascade=false --yes')).stderr).toBe('left is deleted; its 1 resource stays\n');
    await untilObject(sekisho.kube, APPLICATIONS, ['left', 'argocd'], undefined);
    expect(await sekisho.kube.getIfExists(CONFIG_MAPS, 'a', 'left')).toBeDefined();
    expect((await run('app delete left --cascade=perhaps --yes')).code).toBe(2);
  });

  test('repo add makes an embedded repository once, and says how to clone it', async () => {
    const { code, stdout, stderr } = await run('repo add embedded:team');
    expect([code, stdout]).toEqual([0, 'embedded:team added\n']);
    expect(stderr).toContain(`git clone ${sekisho.server.url}/git/team.git`);
    const again = await run('repo add embedded:team');
    expect([again.code, again.stdout]).toEqual([3, '']);
    expect(again.stderr).toMatch(/exists already \(GIT_ALREADY_EXISTS\)/);
  });

  test('diff compares a folder with the cluster: exit 1 and the fields that differ', async () => {
    const file = await write('web.yaml', configMap('web', '2'));
    const { code, stdout } = await run(['diff', file, '-n', 'web']);
    expect(stdout).toBe(`update ConfigMap/web in web  (${file}:1:1)\n  data.value\n    - 1\n    + 2\n`);
    expect(code).toBe(1);
    expect((await run(['diff', await write('same.yaml', configMap('web', '1')), '-n', 'web'])).code).toBe(0);
    const unknown = await write('robot.yaml', 'apiVersion: toys.example.com/v1\nkind: Robot\nmetadata: {name: r2}\n');
    expect((await run(['diff', unknown])).stderr).toMatch(/robot\.yaml:1.*does not serve Robot/);
    expect(await sekisho.kube.get(DEPLOYMENTS, 'web', 'web')).toBeDefined();
  });
});

describe('render needs no server', () => {
  test.each([
    ['yaml', /^apiVersion: v1\n/],
    ['json', /^\{\n {2}"apiVersion": "v1",\n {2}"kind": "List"/],
    ['name', /^configmap\/odd\n$/],
  ])('-o %s', async (format, expected) => {
    const file = await write('odd [1].yaml', configMap('odd', '1'));
    const { code, stdout, stderr } = await runProgram(process.execPath, [CLI, 'render', file, '-o', format], {
      env: CLI_ENVIRONMENT,
    });
    expect(stdout).toMatch(expected);
    expect([code, stderr]).toEqual([0, '']);
  });
});

describe('what is wrong with the command line is exit 2, with what to do', () => {
  test.each([
    ['nonsense', /^error: unknown command 'nonsense'\n(.*\n)*Add --help/],
    ['app lisst', /Did you mean list\?/],
    ['app get', /missing required argument 'name'/],
    ['app list -o nope', /Allowed choices are table, wide, json, yaml, name/],
    ['app list --nope', /unknown option '--nope'/],
    ['app list -l =x', /^error: -l =x is no label selector: .* \(USAGE\)\nFor example -l team=shop/],
    [
      'app sync web --resource web',
      /^error: --resource web can't be read\. \(USAGE\)\nFor example apps:Deployment:web/,
    ],
    ['app wait web --timeout soon', /For example 90s, 5m or 1h/],
    ['app history web --limit 0', /number from 1 to 500/],
    ['up --port abc', /number from 0 to 65535/],
    ['completion tcsh', /Use bash, zsh or fish/],
  ])('%s', async (command, expected) => {
    const { code, stdout, stderr } = await run(command);
    expect(stderr).toMatch(expected);
    expect([code, stdout]).toEqual([2, '']);
  });

  test('no command at all shows the help, on stderr', async () => {
    const { code, stdout, stderr } = await run([]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^Example: sekisho app sync web\n/);
  });
});

describe('help', () => {
  test.each(['--help', 'help', 'help app sync', 'app sync --help', 'up -h', 'help app'])(
    '%s begins with an example',
    async (command) => {
      const { code, stdout, stderr } = await run(command);
      expect(stdout).toMatch(/^Example: sekisho /);
      expect(stdout).toMatch(/\nUsage: sekisho /);
      expect([code, stderr]).toEqual([0, '']);
    },
  );

  test('help app sync is the help of app sync', async () => {
    expect((await run('help app sync')).stdout).toContain('Usage: sekisho app sync [options] <name>');
  });

  test.each(['bash', 'zsh'])('completion %s is a script that the shell reads, and completes', async (shell) => {
    const { stdout } = await run(`completion ${shell}`);
    expect(await runProgram('bash', ['-n'], { input: stdout })).toMatchObject({ code: 0, stderr: '' });
    const ask = `${stdout.replace(/^autoload.*$/m, '')}\nCOMP_WORDS=(sekisho app s); COMP_CWORD=2; _sekisho; echo "\${COMPREPLY[@]}"`;
    expect((await runProgram('bash', [], { input: ask })).stdout).toBe('sync\n');
  });

  test('completion fish names every command', async () => {
    const { stdout } = await run('completion fish');
    expect(stdout).toMatch(/-a 'list get tree diff sync .*wait history .*delete/);
  });
});

describe('what can not be done is exit 3, with what to do', () => {
  test.each(['get', 'tree', 'diff', 'sync', 'wait', 'history', 'delete --yes'])('app %s of none', async (verb) => {
    const { code, stdout, stderr } = await run(`app ${verb} nope`);
    expect(stderr).toBe(
      'error: There is no application nope in the namespace argocd. (KUBE_NOT_FOUND)\n' +
        'applications.argoproj.io "nope" not found\nSee which ones there are: sekisho app list\n',
    );
    expect([code, stdout]).toEqual([3, '']);
  });

  test('no server known, one that is not running, a context that is not there', async () => {
    const unknown = await offline('status');
    expect(unknown.stderr).toMatch(/No Sekisho server is known here\. \(SERVER_UNKNOWN\)\nStart one with `npm start`/);
    const env = { SEKISHO_SERVER: `http://127.0.0.1:${await closedPort()}`, SEKISHO_TOKEN: 'secret-token' };
    const away = await offline('status', env);
    expect(away.stderr).toMatch(/does not answer: nothing listens there\. \(SERVER_UNREACHABLE\)\nIs it running\?/);
    const verbose = await offline('status -v', env);
    expect(verbose.stderr).toMatch(/ {2}caused by: fetch failed\n {2}caused by: connect ECONNREFUSED/);
    const context = await offline('--context other status');
    expect(context.stderr).toMatch(/no context "other"/);
    for (const { code, stdout, stderr } of [unknown, away, verbose, context]) {
      expect([code, stdout]).toEqual([3, '']);
      expect(stderr).not.toContain('secret-token');
    }
  });

  test('a path that is not there, and a second server on the same folder', async () => {
    expect(await offline('render nowhere')).toEqual({
      code: 3,
      stdout: '',
      stderr: 'error: There is nothing at nowhere. (PATH_MISSING)\nName a folder or a file of this machine.\n',
    });
    const second = await run(['up', '--data', sekisho.dataDir, '--port', '0', '--kube-port', '0']);
    expect(second.stderr).toMatch(
      /Another Sekisho already runs on the data folder .*\(DATA_FOLDER_IN_USE\)\nStop it first/,
    );
    expect(second.code).toBe(3);
  });
});
