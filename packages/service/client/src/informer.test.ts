import { SekishoError, silentLogger } from '@sekisho/base';
import type { KubeObject, WatchEvent } from '@sekisho/kube';
import { type FakeClock, fakeClock, listOf, refusal, type ScriptedApi, scriptedApi, success } from '@sekisho/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { createClient, createInformer, type Informer, type InformerOptions, type ResourceType } from './index.ts';

const PODS: ResourceType = { group: '', version: 'v1', resource: 'pods', kind: 'Pod', namespaced: true };

function pod(name: string, resourceVersion: number, extra: Partial<KubeObject['metadata']> = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'n', uid: `uid-${name}`, resourceVersion: String(resourceVersion), ...extra },
  };
}

const event = (type: WatchEvent['type'], object: KubeObject): WatchEvent => ({ type, object });

interface Setup {
  readonly api: ScriptedApi;
  readonly clock: FakeClock;
  readonly informer: Informer;
  readonly log: string[];
  /** What the next list answers. */
  lists: (() => ReturnType<typeof success>)[];
}

const open: Informer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((informer) => informer.close()));
});

function setup(
  lists: Setup['lists'],
  options: Partial<InformerOptions> = {},
  refuseWatch: () => ReturnType<typeof refusal> | undefined = () => undefined,
): Setup {
  const clock = fakeClock();
  const log: string[] = [];
  const made: Setup['lists'] = [...lists];
  const api = scriptedApi(({ query }) => {
    if (query?.['watch'] !== undefined) return refuseWatch();
    return (made.length > 1 ? made.shift() : made[0])?.();
  });
  const informer = createInformer({ client: createClient(api), type: PODS, logger: silentLogger, clock, ...options });
  informer.on(({ type, object, previous }) =>
    log.push(
      `${type} ${object.metadata.name}@${object.metadata.resourceVersion} was ${previous?.metadata.resourceVersion ?? '-'}`,
    ),
  );
  open.push(informer);
  return { api, clock, informer, log, lists: made };
}

const settled = (clock: FakeClock) => clock.advance(0);

describe('createInformer', () => {
  test('lists, then follows the watch, and tells handlers in order', async () => {
    const { api, clock, informer, log } = setup([() => success(listOf([pod('a', 1), pod('b', 2)], '5'))]);
    informer.start();
    informer.start();
    await informer.synced();
    expect(informer.size).toBe(2);
    const watch = await api.nextWatch();
    expect(watch.request.query?.['resourceVersion']).toBe('5');
    watch.send(event('ADDED', pod('c', 6)), event('MODIFIED', pod('a', 7)), event('DELETED', pod('b', 8)));
    await settled(clock);
    expect(log).toEqual([
      'ADDED a@1 was -',
      'ADDED b@2 was -',
      'ADDED c@6 was -',
      'MODIFIED a@7 was 1',
      'DELETED b@8 was 2',
    ]);
    expect(informer.get('a', 'n')?.metadata.resourceVersion).toBe('7');
    expect(informer.get('b', 'n')).toBeUndefined();
    expect(informer.list('n').map((object) => object.metadata.name)).toEqual(['a', 'c']);
    expect(informer.list('other')).toEqual([]);
  });

  test('goes on from the last version after the watch ended, bookmarks included', async () => {
    const { api, clock, informer, log } = setup([() => success(listOf([pod('a', 1)], '5'))]);
    informer.start();
    const first = await api.nextWatch();
    first.send(event('MODIFIED', pod('a', 6)), event('BOOKMARK', pod('', 40)));
    await settled(clock);
    first.end();
    await clock.advance(1_000);
    const second = await api.nextWatch();
    expect(second.request.query?.['resourceVersion']).toBe('40');
    expect(api.requests.filter((request) => request.query?.['watch'] === undefined)).toHaveLength(1);
    expect(log).toEqual(['ADDED a@1 was -', 'MODIFIED a@6 was 1']);
  });

  test('goes on after a broken connection, with growing waits while the cluster is away', async () => {
    let away = 0;
    const { api, clock, informer } = setup([() => success(listOf([pod('a', 1)], '5'))], {}, () => {
      if (away === 0) return undefined;
      away--;
      throw new SekishoError('CLUSTER_UNREACHABLE', 'away', { retryable: true });
    });
    informer.start();
    const first = await api.nextWatch();
    away = 4;
    first.fail(new SekishoError('CLUSTER_UNREACHABLE', 'cut', { retryable: true }));
    await settled(clock);
    expect(informer.lastError).toMatchObject({ code: 'CLUSTER_UNREACHABLE' });
    await clock.advance(100); // the first wait is at most 100 ms, the next ones 200, 400, 800, 1600
    expect(away).toBe(3);
    await clock.advance(5_000);
    expect(away).toBe(0);
    const resumed = await api.nextWatch();
    expect(resumed.request.query?.['resourceVersion']).toBe('5');
    resumed.send(event('MODIFIED', pod('a', 6)));
    await settled(clock);
    expect(informer.lastError).toBeUndefined();
  });

  test('lists again after 410 and tells the difference, deletions included', async () => {
    const before = [pod('kept', 1), pod('changed', 2), pod('gone', 3), pod('replaced', 4)];
    const after = [pod('kept', 1), pod('changed', 8), pod('replaced', 9, { uid: 'another' }), pod('new', 10)];
    const { api, clock, informer, log } = setup([
      () => success(listOf(before, '5')),
      () => success(listOf(after, '20')),
    ]);
    informer.start();
    const watch = await api.nextWatch();
    log.length = 0;
    watch.send(event('ERROR', { kind: 'Status', code: 410, reason: 'Expired' } as unknown as KubeObject));
    await clock.advance(1_000);
    expect((await api.nextWatch()).request.query?.['resourceVersion']).toBe('20');
    expect(log).toEqual([
      'DELETED gone@3 was 3',
      'MODIFIED changed@8 was 2',
      'DELETED replaced@4 was 4',
      'ADDED replaced@9 was -',
      'ADDED new@10 was -',
    ]);
  });

  test('a watch that is refused with 410 lists again, too', async () => {
    let refuse = true;
    const { api, clock, informer } = setup([() => success(listOf([], '5')), () => success(listOf([], '6'))], {}, () => {
      if (!refuse) return undefined;
      refuse = false;
      return refusal(410, 'Expired', 'too old');
    });
    informer.start();
    await informer.synced();
    await clock.advance(1_000);
    expect((await api.nextWatch()).request.query?.['resourceVersion']).toBe('6');
  });

  test('keeps trying the first list and says why it waits', async () => {
    let allowed = false;
    const { clock, informer } = setup([
      () => (allowed ? success(listOf([pod('a', 1)], '1')) : refusal(403, 'Forbidden', 'no')),
    ]);
    informer.start();
    await clock.advance(500);
    expect(informer.hasSynced).toBe(false);
    expect(informer.lastError).toMatchObject({ code: 'KUBE_FORBIDDEN' });
    const waiting = informer.synced(AbortSignal.abort(new Error('no longer')));
    await expect(waiting).rejects.toThrow('no longer');
    allowed = true;
    await clock.advance(60_000);
    await informer.synced();
    expect(informer.lastError).toBeUndefined();
  });

  test('gives up a watch that a silent server neither feeds nor ends', async () => {
    const { api, clock, informer } = setup([() => success(listOf([], '5'))], { watchSeconds: 60 });
    informer.start();
    const silent = await api.nextWatch();
    expect(Number(silent.request.query?.['timeoutSeconds'])).toBeLessThanOrEqual(60);
    await clock.advance(91_000);
    expect(silent.closed).toBe(true);
    expect((await api.nextWatch()).request.query?.['resourceVersion']).toBe('5');
  });

  test('an event that was seen already changes nothing', async () => {
    const { api, clock, informer, log } = setup([() => success(listOf([pod('a', 1)], '5'))]);
    informer.start();
    const watch = await api.nextWatch();
    watch.send(event('ADDED', pod('a', 1)), event('DELETED', pod('unknown', 9)));
    await settled(clock);
    expect(log).toEqual(['ADDED a@1 was -']);
  });

  test('a handler that comes late hears of what is there; one that throws disturbs nobody', async () => {
    const { api, clock, informer, log } = setup([() => success(listOf([pod('a', 1)], '5'))]);
    informer.start();
    const watch = await api.nextWatch();
    const off = informer.on(() => {
      throw new Error('broken handler');
    });
    const late: string[] = [];
    informer.on(({ type, object }) => late.push(`${type} ${object.metadata.name}`));
    expect(late).toEqual(['ADDED a']);
    watch.send(event('ADDED', pod('b', 6)));
    await settled(clock);
    expect(log).toHaveLength(2);
    off();
    off();
    expect(late).toEqual(['ADDED a', 'ADDED b']);
  });

  test('select decides what is kept, without it the objects are shared', async () => {
    const fat = pod('a', 1, { managedFields: [] });
    const shared = setup([() => success(listOf([fat], '5'))]);
    shared.informer.start();
    await shared.informer.synced();
    expect(shared.informer.get('a', 'n')).toBe(fat);
    const thin = setup([() => success(listOf([fat], '5'))], {
      select: (object) => ({ ...object, metadata: { ...object.metadata, managedFields: undefined as never } }),
    });
    thin.informer.start();
    await thin.informer.synced();
    expect(thin.informer.get('a', 'n')?.metadata.managedFields).toBeUndefined();
  });

  test('indexes follow every change', async () => {
    const owned = (name: string, version: number, owner: string) =>
      pod(name, version, { ownerReferences: [{ apiVersion: 'v1', kind: 'X', name: 'x', uid: owner }] });
    const { api, clock, informer } = setup([
      () => success(listOf([owned('a', 1, 'u1'), owned('b', 2, 'u1'), pod('c', 3)], '5')),
    ]);
    informer.start();
    const watch = await api.nextWatch();
    informer.index('owner', (object) => object.metadata.ownerReferences?.map((owner) => owner.uid));
    const names = (uid: string) => informer.byIndex('owner', uid).map((object) => object.metadata.name);
    expect(names('u1')).toEqual(['a', 'b']);
    watch.send(
      event('MODIFIED', owned('a', 6, 'u2')),
      event('DELETED', owned('b', 7, 'u1')),
      event('MODIFIED', owned('c', 8, 'u2')),
    );
    await settled(clock);
    expect([names('u1'), names('u2')]).toEqual([[], ['a', 'c']]);
    expect(() => informer.byIndex('other', 'x')).toThrow(expect.objectContaining({ code: 'INDEX_UNKNOWN' }));
  });

  test('close ends the watch, rejects who waits, and leaves no timer', async () => {
    const { api, clock, informer } = setup([() => success(listOf([pod('a', 1)], '5'))]);
    informer.start();
    const watch = await api.nextWatch();
    await settled(clock);
    await informer.close();
    expect(watch.closed).toBe(true);
    expect(clock.pending).toBe(0);
    expect(informer.size).toBe(1);
    const never = createInformer({ client: createClient(api), type: PODS, logger: silentLogger, clock });
    const waiting = never.synced();
    await never.close();
    await expect(waiting).rejects.toMatchObject({ code: 'INFORMER_CLOSED' });
  });

  test('holds ten thousand objects', async () => {
    const many = Array.from({ length: 10_000 }, (_, index) => pod(`p${index}`, index + 1));
    const { api, clock, informer } = setup([() => success(listOf(many, '10000'))]);
    informer.index('even', (object) => (Number(object.metadata.resourceVersion) % 2 === 0 ? 'yes' : 'no'));
    informer.start();
    const watch = await api.nextWatch();
    watch.send(
      ...many.map((object, index) =>
        event('MODIFIED', { ...object, metadata: { ...object.metadata, resourceVersion: String(20_000 + index) } }),
      ),
    );
    await settled(clock);
    expect(informer.size).toBe(10_000);
    expect(informer.get('p9999', 'n')?.metadata.resourceVersion).toBe('29999');
    expect(informer.byIndex('even', 'yes')).toHaveLength(5_000);
  });
});
