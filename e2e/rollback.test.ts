import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { configMap, deployment, job } from './lib/folder-apps.ts';
import type { PushedRepository } from './lib/pushed-repository.ts';
import { APPLICATIONS, CONFIG_MAPS, DEPLOYMENTS, EVENTS } from './lib/resource-types.ts';
import { type ApplicationView, at, type Sekisho, startSekisho } from './lib/sekisho.ts';

const HELD = 'sekisho.dev/held-revisions';
const AUTO = 'sekisho.dev/auto-rollback';

let sekisho: Sekisho;
let repository: PushedRepository;

beforeAll(async () => {
  sekisho = await startSekisho();
});
let tests = 0;
beforeEach(async () => {
  repository = await sekisho.repository(`config-${++tests}`, { 'README.md': 'Config.\n' });
});
afterAll(() => sekisho?.close());

const value = async (name: string, namespace: string) =>
  at(await sekisho.kube.getIfExists(CONFIG_MAPS, name, namespace), 'data.value');

async function api(path: string, body: unknown): Promise<{ status: number; body: Record<string, unknown> }> {
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
const untilRolledBack = (name: string, phase = 'Succeeded') =>
  sekisho.until(name, (app) => rollbackOf(app)?.phase === phase);

const isHeld = ({ status }: ApplicationView) =>
  status?.conditions?.some(({ type }) => type === 'HeldRevisionWarning') === true;
const healthyRelease = ({ status }: ApplicationView) => status?.history?.some((entry) => 'healthyAt' in entry) === true;

async function protect(branches: readonly string[]): Promise<void> {
  const response = await fetch(
    new URL(`/api/v1/repositories/embedded/config-${tests}/protection`, sekisho.server.url),
    {
      method: 'PUT',
      headers: { authorization: `Bearer ${sekisho.server.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ branches }),
    },
  );
  expect(response.status).toBe(200);
}

/** On top of what the server committed. */
async function push(files: Readonly<Record<string, string | null>>): Promise<string> {
  await repository.git('pull', '-q', '--ff-only', 'origin', 'main');
  return repository.push(files);
}

/** An application on a folder of its own, which is good, and then bad. */
async function goodThenBad(name: string, options: { annotations?: Record<string, string> } = {}) {
  const good = await push({
    [`${name}/a.yaml`]: configMap('a', 'good'),
    [`${name}/hook.yaml`]: job('before', { 'argocd.argoproj.io/hook': 'PreSync' }),
  });
  await sekisho.createApplication(name, { repoURL: repository.url, path: name, ...options });
  await sekisho.untilGood(name);
  const bad = await push({
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
    const other = await push({ 'other/a.yaml': configMap('a', '1') });
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
    const held = await sekisho.until('web', isHeld);
    expect(held.status?.sync.status).toBe('OutOfSync');
    expect(await value('a', 'web')).toBe('good');
    expect(await sekisho.cli('app resume web')).toMatchObject({ code: 0 });
    await sekisho.untilGood('web');
    expect(await value('a', 'web')).toBe('bad');
  });

  test('two at once: one wins, the other is told of it', async () => {
    await goodThenBad('twice');
    const answers = await Promise.all([1, 2].map((number) => api('twice/rollback', { reason: `number ${number}` })));
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 409]);
    expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({
      code: 'ROLLBACK_RUNNING',
      title: expect.stringContaining('by admin is under way since'),
    });
    await untilRolledBack('twice');
    await sekisho.untilGood('twice');
    expect(await value('a', 'twice')).toBe('good');
    expect((await api('twice/rollback', { reason: 'again' })).body).toMatchObject({ code: 'ROLLBACK_TARGET_UNKNOWN' });
  });

  test('what can not be done is refused with a reason, and changes nothing', async () => {
    const { good, bad } = await goodThenBad('refused');
    const answer = async (body: object) => (await api('refused/rollback', { reason: 'because', ...body })).body;
    expect(await answer({ revision: '1'.repeat(40) })).toMatchObject({ code: 'ROLLBACK_REVISION_GONE', status: 422 });
    expect(await answer({ revision: bad })).toMatchObject({ code: 'ROLLBACK_NOTHING_TO_DO', status: 409 });
    expect(await answer({ id: 987_654 })).toMatchObject({ code: 'ROLLBACK_TARGET_UNKNOWN', status: 422 });
    expect(await answer({ id: 1, revision: good })).toMatchObject({ code: 'REQUEST_INVALID', status: 400 });
    expect(await answer({ reason: ' ' })).toMatchObject({ code: 'REQUEST_INVALID' });
    expect((await api('nobody/rollback', { reason: 'because' })).status).toBe(404);
    expect((await api('refused/resume', {})).body).toMatchObject({ code: 'NOT_HELD', status: 409 });

    await push({ 'refused/a.yaml': null, 'refused/a.yaml/inner.txt': 'a folder now\n' });
    const conflict = await answer({ revision: good });
    expect(conflict).toMatchObject({ code: 'ROLLBACK_CONFLICT', status: 409 });
    expect(conflict['title']).toContain('refused/a.yaml');
    const { metadata, status } = await sekisho.application('refused');
    expect(metadata.annotations?.[HELD]).toBeUndefined();
    expect(status).not.toHaveProperty('rollback');
    await push({ 'refused/a.yaml/inner.txt': null });
  });

  test('files that another application uses besides its own are a conflict, unless people decide', async () => {
    await push({ 'other/a.yaml': configMap('other', '1') });
    await goodThenBad('shared');
    await sekisho.createApplication('shared-all', {
      repoURL: repository.url,
      path: '.',
      directory: { include: '{shared/*.yaml,other/*.yaml}', recurse: true },
      syncPolicy: {},
    });
    await sekisho.until('shared-all', ({ status }) => status?.sync.status === 'OutOfSync');
    const refused = await api('shared/rollback', { reason: 'because' });
    expect(refused.body).toMatchObject({
      code: 'ROLLBACK_CONFLICT',
      title: expect.stringContaining('argocd/shared-all'),
    });
    expect((await api('shared/rollback', { reason: 'because', pullRequest: true })).status).toBe(202);
    await untilRolledBack('shared');
    await sekisho.kube.delete(APPLICATIONS, 'shared-all', 'argocd');
  });
});

describe('a protected branch', () => {
  test('gets a branch to merge; the cluster goes back at once and stays there until that is done', async () => {
    const { bad } = await goodThenBad('guarded');
    await protect(['main']);
    expect((await api('guarded/rollback', { reason: 'because' })).status).toBe(202);
    const app = await untilRolledBack('guarded');
    const [commit] = rollbackOf(app)?.commits ?? [];
    expect(commit?.branch).toMatch(/^sekisho\/revert-guarded-/);
    expect(await value('a', 'guarded')).toBe('good');
    const held = await sekisho.until('guarded', isHeld);
    expect(held.status).toMatchObject({
      sync: { status: 'OutOfSync' },
      health: { status: 'Healthy' },
    });
    await repository.git('fetch', '-q', 'origin');
    expect(await repository.git('rev-parse', 'origin/main')).toBe(bad);

    await protect([]);
    await repository.git('pull', '-q', 'origin', commit?.branch ?? '');
    await repository.git('push', '-q', 'origin', 'HEAD:main');
    await sekisho.untilGood('guarded', commit?.commit);
    expect(await value('a', 'guarded')).toBe('good');
  });
});

describe('automatic rollback', () => {
  test('a bad image rolls itself back, once', async () => {
    const good = await push({ 'image/web.yaml': deployment('web') });
    await sekisho.createApplication('image', {
      repoURL: repository.url,
      path: 'image',
      annotations: { [AUTO]: '3s' },
    });
    await sekisho.until('image', healthyRelease);
    const bad = await push({ 'image/web.yaml': deployment('web').replace('nginx', 'nginx:does-not-exist') });
    const app = await untilRolledBack('image');
    expect(app.metadata.annotations?.[HELD]).toBe(bad);
    expect(at(app, 'status.autoRollback.judged')).toEqual([bad]);
    const { status } = await sekisho.untilGood('image', rollbackOf(app)?.commits?.[0]?.commit);
    expect(status?.sync.status).toBe('Synced');
    await repository.git('pull', '-q', 'origin', 'main');
    expect(await repository.git('log', '-1', '--format=%an: %s')).toBe(
      `Sekisho: Roll back image to ${good.slice(0, 7)}`,
    );

    // Somebody insists: the same release is taken back once, and then only by people.
    await repository.git('revert', '--no-edit', 'HEAD');
    await repository.git('push', '-q', 'origin', 'HEAD:main');
    await sekisho.until('image', ({ status }) => status?.sync.status === 'OutOfSync');
    expect((await api('image/resume', {})).status).toBe(200);
    const again = await repository.git('rev-parse', 'HEAD');
    await sekisho.until('image', (app) => app.status?.operationState?.syncResult?.revision === again);
    await sekisho.until('image', ({ status }) => status?.history?.at(-1)?.revision === again);
    await sekisho.patchApplication('image', { metadata: { annotations: { [AUTO]: '10ms' } } });
    await sekisho.patchApplication('image', { metadata: { annotations: { 'argocd.argoproj.io/refresh': 'normal' } } });
    await sekisho.until('image', (app) => app.metadata.annotations?.['argocd.argoproj.io/refresh'] === undefined);
    expect(rollbackOf(await sekisho.application('image'))).toEqual(rollbackOf(app));
  });

  test('a sync that waits for a wave which never becomes healthy is ended; so is one by hand', async () => {
    const waves = (image: string) => ({
      'waves/web.yaml': deployment('web').replace('nginx', image),
      'waves/after.yaml': configMap('after', image, { 'argocd.argoproj.io/sync-wave': '1' }),
    });
    const waits = ({ status }: ApplicationView) =>
      status?.operationState?.phase === 'Running' && /^waiting for healthy state/.test(status.operationState.message);
    await push(waves('nginx'));
    await sekisho.createApplication('waves', { repoURL: repository.url, path: 'waves', annotations: { [AUTO]: '3s' } });
    await sekisho.until('waves', healthyRelease);
    const bad = await push(waves('nginx:does-not-exist'));
    await sekisho.until('waves', waits);
    const app = await untilRolledBack('waves');
    expect(app.metadata.annotations?.[HELD]).toBe(bad);
    expect((app.status as { rollback?: { reason?: string } }).rollback?.reason).toMatch(/3 s after its sync began/);
    await sekisho.untilGood('waves', rollbackOf(app)?.commits?.[0]?.commit);
    expect(await value('after', 'waves')).toBe('nginx');

    await sekisho.patchApplication('waves', { metadata: { annotations: { [AUTO]: null } } });
    await push(waves('nginx:does-not-exist-either'));
    await sekisho.until('waves', waits);
    expect((await api('waves/rollback', { reason: 'It hangs.', pullRequest: true })).status).toBe(202);
    const back = await sekisho.until(
      'waves',
      (now) =>
        rollbackOf(now)?.message.startsWith('rolled back') === true && rollbackOf(now)?.commits?.[0]?.branch !== 'main',
    );
    expect(rollbackOf(back)).toMatchObject({
      phase: 'Succeeded',
      commits: [{ branch: expect.stringMatching(/^sekisho/) }],
    });
    expect(at(await sekisho.kube.get(DEPLOYMENTS, 'web', 'waves'), 'spec.template.spec.containers')).toMatchObject([
      { image: 'nginx' },
    ]);
  });

  test('without a good release before it says so; a wrong annotation too', async () => {
    await push({ 'first/web.yaml': deployment('web').replace('nginx', 'nginx:does-not-exist') });
    await sekisho.createApplication('first', { repoURL: repository.url, path: 'first', annotations: { [AUTO]: '1s' } });
    const told = (app: ApplicationView) => app.status?.conditions?.find(({ type }) => type === 'AutoRollbackWarning');
    const app = await sekisho.until('first', (app) => told(app) !== undefined);
    expect(told(app)?.message).toContain('no earlier release');
    await sekisho.patchApplication('first', { metadata: { annotations: { [AUTO]: 'soon' } } });
    await sekisho.until('first', (app) => told(app)?.message.includes('"soon"') === true);
  });
});
