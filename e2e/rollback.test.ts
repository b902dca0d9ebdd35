import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configMap, job } from './lib/folder-apps.ts';
import type { PushedRepository } from './lib/pushed-repository.ts';
import { CONFIG_MAPS, EVENTS } from './lib/resource-types.ts';
import { type ApplicationView, at, type Sekisho, startSekisho } from './lib/sekisho.ts';

const HELD = 'sekisho.dev/held-revisions';
const _AUTO = 'sekisho.dev/auto-rollback';

let sekisho: Sekisho;
let repository: PushedRepository;

beforeAll(async () => {
  sekisho = await startSekisho();
  repository = await sekisho.repository('config', { 'README.md': 'Config.\n' });
});
afterAll(() => sekisho?.close());

const value = async (name: string, namespace: string) =>
  at(await sekisho.kube.getIfExists(CONFIG_MAPS, name, namespace), 'data.value');

async function _api(path: string, body: unknown): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(new URL(`/api/v1/applications/argocd/${path}`, sekisho.server.url), {
    method: 'POST',
    headers: { authorization: `Bearer ${sekisho.server.token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

interface Rollback {
  readonly phase: string;
  readonly message: string;
  readonly commits?: readonly { readonly commit: string; readonly branch: string; readonly pullRequest?: string }[];
}

const rollbackOf = (app: ApplicationView) => at(app, 'status.rollback') as Rollback | undefined;
const _untilRolledBack = (name: string, phase = 'Succeeded') =>
  sekisho.until(name, (app) => rollbackOf(app)?.phase === phase);

/** An application on a folder of its own, which is good, and then bad. */
async function goodThenBad(name: string, options: { annotations?: Record<string, string> } = {}) {
  const good = await repository.push({
    [`${name}/a.yaml`]: configMap('a', 'good'),
    [`${name}/hook.yaml`]: job('before', { 'argocd.argoproj.io/hook': 'PreSync' }),
  });
  await sekisho.createApplication(name, { repoURL: repository.url, path: name, ...options });
  await sekisho.untilGood(name);
  const bad = await repository.push({
    [`${name}/a.yaml`]: configMap('a', 'bad'),
    [`${name}/b.yaml`]: configMap('b', '1'),
  });
  await sekisho.untilGood(name, bad);
  expect(await value('a', name)).toBe('bad');
  return { good, bad };
}

describe('app rollback', () => {
  test('leaves a revert commit and stays Synced with auto-sync on; hooks run; the bad revision is held', async () => {
    const { good, bad } = await goodThenBad('web');
    const other = await repository.push({ 'other/a.yaml': configMap('a', '1') });
    const before = (await sekisho.application('web')).status?.history?.length ?? 0;

    const result = await sekisho.cli(['app', 'rollback', 'web', '--reason', 'Checkout fails.']);
    expect(result).toMatchObject({ code: 0 });
    expect(await value('a', 'web')).toBe('good');
    expect(await value('b', 'web')).toBeUndefined();
    const app = await sekisho.untilGood('web');
    const [commit] = rollbackOf(app)?.commits ?? [];
    expect(app.status?.sync.revision).toBe(commit?.commit);
    expect(app.metadata.annotations?.[HELD]).toContain(bad);
    expect(app.status?.history).toHaveLength(before + 1);
    expect(app.status?.operationState?.syncResult?.resources).toContainEqual(
      expect.objectContaining({ kind: 'Job', hookPhase: 'Succeeded' }),
    );

    await repository.git('pull', '-q', 'origin', 'main');
    expect(await repository.git('rev-parse', 'HEAD', 'HEAD^')).toBe(`${commit?.commit}\n${other}`);
    expect(await repository.git('diff', '--name-only', good, 'HEAD')).toBe('other/a.yaml');
    const message = await repository.git('log', '-1', '--format=%an%n%B');
    expect(message).toContain('admin\nRoll back web to ');
    expect(message).toContain('Checkout fails.');
    expect(message).toContain(`This reverts commit ${bad}`);
    expect(await repository.git('log', '-1', '--format=%(trailers:key=Sekisho-Application,valueonly)')).toBe(
      'argocd/web',
    );
    const history = await sekisho.cli('app history web');
    expect(history.stdout).toContain('Roll back web to');
    const events = await sekisho.kube.list(EVENTS, { namespace: 'argocd' });
    expect(events.items.map((event) => event['reason'])).toEqual(
      expect.arrayContaining(['RollbackStarted', 'RollbackSucceeded']),
    );

    // The revert is taken back by hand: what is held is not applied again until that is said.
    await repository.git('revert', '--no-edit', 'HEAD');
    await repository.git('push', '-q', 'origin', 'HEAD:main');
    const held = await sekisho.until('web', ({ status }) => status?.sync.status === 'OutOfSync');
    expect(held.status?.conditions).toMatchObject([{ type: 'HeldRevisionWarning' }]);
    expect(await value('a', 'web')).toBe('good');
    expect(await sekisho.cli('app resume web')).toMatchObject({ code: 0 });
    await sekisho.untilGood('web');
    expect(await value('a', 'web')).toBe('bad');
  });
});
