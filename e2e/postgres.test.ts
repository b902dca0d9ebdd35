import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createClient,
  createHttpTransport,
  type HttpTransport,
  type KubeClient,
  loadKubeconfig,
} from '@sekisho/client';
import {
  gitRepo,
  runProgram,
  startPostgres,
  type TempDir,
  type TestPostgres,
  type TestRepo,
  tempDir,
} from '@sekisho/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './lib/eventually.ts';
import { configMap } from './lib/folder-apps.ts';
import { APPLICATIONS } from './lib/resource-types.ts';
import { type ApplicationView, applicationObject, CLI, CLI_ENVIRONMENT } from './lib/sekisho.ts';
import { startUp, type UpProcess } from './lib/up.ts';

const postgres = await startPostgres();

interface Release {
  readonly id: number;
  readonly revision: string;
  readonly outcome: string;
  readonly message: string;
}

/** The program as a user starts it, with the history in a PostgreSQL server. */
describe.skipIf(postgres === undefined)('history in a PostgreSQL server', () => {
  // A suite that is skipped is read all the same.
  const { url, halt, resume, stop } = (postgres ?? { url: 'postgres://skipped' }) as TestPostgres;
  const { password } = new URL(url);
  let folder: TempDir;
  let dataDir: string;
  let repo: TestRepo;
  let up: UpProcess | undefined;
  let kube: KubeClient;
  let transport: HttpTransport | undefined;
  /** All that was ever written. */
  const written: string[] = [];

  beforeAll(async () => {
    folder = await tempDir('sekisho-e2e-');
    dataDir = join(folder.path, 'data');
    repo = await gitRepo({});
  });
  afterAll(async () => {
    await end();
    await stop();
    await repo?.remove();
    await folder?.remove();
  });

  async function begin(options: Parameters<typeof startUp>[1]): Promise<void> {
    up = await startUp(dataDir, options);
    transport = createHttpTransport(await loadKubeconfig({ path: join(dataDir, 'kubeconfig') }));
    kube = createClient(transport, { fieldManager: 'e2e', userAgent: 'e2e' });
  }

  async function end(): Promise<void> {
    await transport?.close();
    transport = undefined;
    const code = await up?.stop();
    if (up !== undefined) written.push(up.output());
    if (code !== undefined) expect(code).toBe(0);
    up = undefined;
  }

  async function cli(words: string) {
    const result = await runProgram(process.execPath, [CLI, ...words.split(' ')], {
      env: { ...CLI_ENVIRONMENT, SEKISHO_DATA: dataDir },
    });
    written.push(result.stdout, result.stderr);
    return result;
  }

  async function history(app: string): Promise<Release[]> {
    const { code, stdout, stderr } = await cli(`app history ${app} -o json`);
    if (code !== 0) throw new Error(stderr);
    return JSON.parse(stdout) as Release[];
  }

  /** The revisions in the history, newest first, once they are these. */
  async function untilHistory(app: string, ...revisions: string[]): Promise<void> {
    let seen: unknown;
    await eventually(
      async () => {
        seen = await history(app)
          .then((releases) => releases.map(({ revision }) => revision))
          .catch(String);
        return JSON.stringify(seen) === JSON.stringify(revisions) ? true : undefined;
      },
      () => `the history of ${app} is ${JSON.stringify(seen)}, not ${JSON.stringify(revisions)}`,
    );
  }

  /** Pushes the folder to the embedded repository `config`; returns the commit. */
  async function push(value: string): Promise<string> {
    const commit = await repo.commit({ 'web/map.yaml': configMap('web', value) }, `Say ${value}`);
    const { server, token } = await connection();
    const address = new URL('/git/config.git', server);
    address.username = 'e2e';
    address.password = token;
    await repo.git('push', '-q', address.href, 'HEAD:main');
    return commit;
  }

  async function connection(): Promise<{ server: string; token: string }> {
    return JSON.parse(await readFile(join(dataDir, 'client.json'), 'utf8')) as { server: string; token: string };
  }

  async function untilSynced(revision: string): Promise<void> {
    let last: ApplicationView | undefined;
    await eventually(
      async () => {
        last = (await kube.get(APPLICATIONS, 'web', 'argocd')) as ApplicationView;
        const { sync, operationState } = last.status ?? {};
        return sync?.status === 'Synced' && sync.revision === revision && operationState?.phase === 'Succeeded'
          ? true
          : undefined;
      },
      () => `web is ${JSON.stringify(last?.status)}`,
    );
  }

  let first: string;
  let second: string;
  let third: string;

  test('a sync is in the history, which is still there after a restart', async () => {
    await begin({ env: { SEKISHO_STORE: url } });
    expect((await cli('status')).stdout).toMatch(/store postgresql/);
    expect((await cli('repo add embedded:config')).code).toBe(0);
    first = await push('one');
    await kube.create(APPLICATIONS, applicationObject('web', { repoURL: 'embedded:config', path: 'web' }));
    await untilSynced(first);
    await untilHistory('web', first);
    expect((await cli('app history web')).stdout).toMatch(/Succeeded\s+auto-sync\s+Test Author .*Say one/);
    await end();
    await begin({ args: ['--store', url] });
    expect(await history('web')).toMatchObject([{ revision: first, outcome: 'Succeeded', message: 'Say one' }]);
  });

  test('a database that goes away stops no sync, is told, and gets the releases of the meantime', async () => {
    await halt();
    second = await push('two');
    await untilSynced(second);
    const away = await cli('app history web');
    expect(away.code).not.toBe(0);
    expect(away.stderr).toMatch(/^error: the store does not answer: .*ECONNREFUSED.* \(STORE_UNAVAILABLE\)$/m);
    const status = await cli('status');
    expect([status.code, status.stdout]).toEqual([
      1,
      expect.stringMatching(/history is away: the store does not answer/),
    ]);
    third = await push('three');
    await untilSynced(third);
    await resume();
    await untilHistory('web', third, second, first);
    expect((await cli('status')).code).toBe(0);
    expect(up?.output()).toMatch(/the store is away; releases wait for it/);
    await end();
  });

  test('a wrong password is said clearly, and the sync goes on', async () => {
    const wrong = 'wr0ng%40pass';
    await begin({ env: { SEKISHO_STORE: url.replace(password, wrong) } });
    const fourth = await push('four');
    await untilSynced(fourth);
    const refused = await cli('app history web');
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toMatch(/password authentication failed for user "postgres" \(STORE_FAILED\)/);
    expect(refused.stderr).toMatch(/Check user and password/);
    expect(up?.output()).toMatch(/password authentication failed.*store does not open/);
    await end();
    expect(written.join('\n')).not.toMatch(/wr0ng/);
  });

  test('an address that is none is refused before anything starts, and not shown', async () => {
    for (const address of ['mysql://ann:s3cret@db.example/x', 'ann:s3cret@db.example', 'postgres://ann:s3cret@:x:/']) {
      const { code, stdout, stderr } = await runProgram(
        process.execPath,
        [CLI, 'up', '--data', join(folder.path, 'other'), '--store', address],
        { env: CLI_ENVIRONMENT },
      );
      expect(code).toBe(3);
      expect(stderr).toMatch(/no address of a PostgreSQL server \(STORE_URL_INVALID\)\nWrite postgresql:/);
      expect(stdout + stderr).not.toContain('s3cret');
    }
  });

  test('the password was never shown', () => {
    expect(written.join('\n')).not.toContain(password);
  });
});
