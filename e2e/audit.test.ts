import { startPostgres, type TestPostgres } from '@sekisho/testkit';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './lib/eventually.ts';
import { configMap, type FolderApps, folderApps } from './lib/folder-apps.ts';
import { type Sekisho, startSekisho } from './lib/sekisho.ts';

let postgres: TestPostgres | undefined;
let sekisho: Sekisho | undefined;
let apps: FolderApps;
beforeAll(async () => {
  postgres = await startPostgres();
  if (postgres === undefined) return;
  sekisho = await startSekisho({ storeUrl: postgres.url });
  apps = await folderApps(sekisho);
  await apps.create('web', { 'config.yaml': configMap('web', '1') });
  await sekisho.untilGood('web');
});
afterAll(async () => {
  await sekisho?.close();
  await postgres?.stop();
});

interface Entry {
  readonly seq: number;
  readonly actor: { readonly user: string };
  readonly action: string;
  readonly revision?: string;
  readonly details: {
    readonly objects: { readonly digest: string }[];
    readonly changes: { readonly fields?: unknown[] }[];
  };
}

async function syncs(server: Sekisho): Promise<Entry[]> {
  const { stdout } = await server.cli('audit log --action application.sync --name web -o json');
  return JSON.parse(stdout) as Entry[];
}

describe('the audit log', () => {
  test('tells of each sync: who, which commit, digests, and which fields changed', async ({ skip }) => {
    if (sekisho === undefined) return skip();
    const server = sekisho;
    const revision = await apps.push('web', { 'config.yaml': configMap('web', '2') });
    await server.untilGood('web', revision);
    const newest = await eventually(
      async () => (await syncs(server)).find((entry) => entry.revision === revision),
      () => 'the sync is not in the log',
    );
    expect(newest).toMatchObject({
      action: 'application.sync',
      outcome: 'succeeded',
      details: {
        repoURL: 'embedded:folders',
        objects: [{ kind: 'ConfigMap', digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) }],
        changes: [
          { object: '/ConfigMap/web/web', change: 'update', fields: [{ path: 'data.value', from: '1', to: '2' }] },
        ],
      },
    });
    const table = await server.cli('audit log --since 1h');
    expect(table.stdout).toMatch(/^SEQ +WHEN +WHO +ACTION +OBJECT +OUTCOME +REVISION +WHY\n/);
    expect((await server.cli('audit log --since yesterday')).code).toBe(2);
  });

  test('proves itself, and goes out whole in three forms', async ({ skip }) => {
    if (sekisho === undefined) return skip();
    const whole = await sekisho.cli('audit verify');
    expect([whole.code, whole.stdout]).toEqual([
      0,
      expect.stringMatching(/^The log is whole: \d+ entries, \d+ revisions? held against git/),
    ]);
    for (const [format, line] of [
      ['jsonl', /^\{"seq":1,/],
      ['cef', /^CEF:0\|Sekisho\|/],
      ['syslog', /^<110>1 /],
    ] as const) {
      expect((await sekisho.cli(`audit export --format ${format}`)).stdout).toMatch(line);
    }
  });

  test('an edited row is found by verify', async ({ skip }) => {
    if (sekisho === undefined || postgres === undefined) return skip();
    const { seq } = (await syncs(sekisho))[0] ?? { seq: 0 };
    const client = new pg.Client({ connectionString: postgres.url });
    await client.connect();
    await client.query('ALTER TABLE sekisho.audit DISABLE TRIGGER ALL');
    await client.query(`UPDATE sekisho.audit SET entry = replace(entry, 'succeeded', 'failed') WHERE seq = $1`, [seq]);
    await client.end();
    const found = await sekisho.cli('audit verify');
    expect(found.code).toBe(1);
    expect(found.stdout).toContain(`Entry ${seq} is not what its hash says.`);
    expect(found.stderr).toContain('The log is NOT whole');
  });
});
