import { describe, expect, test } from 'vitest';
import {
  fakeClock,
  gitRepo,
  helmPath,
  kubectlPath,
  node24Path,
  requireShared,
  runProgram,
  startPostgres,
} from './index.ts';

describe('testkit', () => {
  test('fakeClock runs timers in their order and stands still otherwise', async () => {
    const clock = fakeClock(1_000);
    const seen: string[] = [];
    clock.after(20, () => seen.push(`b at ${clock.now()}`));
    clock.after(10, () => {
      seen.push(`a at ${clock.now()}`);
      clock.after(5, () => seen.push(`nested at ${clock.now()}`));
    });
    clock.after(15, () => seen.push('never'))();
    await clock.advance(30);
    expect(seen).toEqual(['a at 1010', 'nested at 1015', 'b at 1020']);
    expect([clock.now(), clock.pending]).toEqual([1_030, 0]);
  });

  test('kubectl, helm and Node 24 are the real programs, also when two ask at once', async () => {
    const [kubectl, again] = await Promise.all([kubectlPath(), kubectlPath()]);
    expect(again).toBe(kubectl);
    const version = await runProgram(kubectl, ['version', '--client', '-o', 'json']);
    expect(JSON.parse(version.stdout).clientVersion.minor).toBe('35');
    expect((await runProgram(await helmPath(), ['version', '--short'])).stdout).toMatch(/^v4\./);
    expect((await runProgram(node24Path(), ['--version'])).stdout).toMatch(/^v24\./);
  });

  test('startPostgres gives a database that answers', async (context) => {
    const postgres = await startPostgres();
    if (postgres === undefined) return context.skip('PostgreSQL can not run here');
    try {
      const { default: pg } = await import('pg');
      const client = new pg.Client({ connectionString: postgres.url });
      await client.connect();
      const { rows } = await client.query('select current_setting($1) as version', ['server_version']);
      await client.end();
      expect(rows[0].version).toMatch(/^18/);
    } finally {
      await postgres.stop();
    }
  });

  test('gitRepo commits files and their deletion', async () => {
    const repo = await gitRepo({ 'a/b.yaml': 'x: 1\n', 'c.txt': 'c' });
    try {
      const commit = await repo.commit({ 'a/b.yaml': null, 'd.txt': 'd' }, 'Second');
      expect(await repo.git('rev-parse', 'main')).toBe(commit);
      expect(await repo.git('ls-tree', '-r', '--name-only', 'main')).toBe('c.txt\nd.txt');
      expect(await repo.git('log', '--format=%s')).toBe('Second\nFirst');
    } finally {
      await repo.remove();
    }
  });

  test('requireShared answers undefined for what is not there', () => {
    expect(requireShared('a test of the test kit', 'no-such-folder')).toBeUndefined();
  });
});
