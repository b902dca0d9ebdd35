import { createHash } from 'node:crypto';
import { type Logger, messageOf } from '@sekisho/base';
import { canonicalJson, deepEqual, type KubeObject } from '@sekisho/kube';
import type { Store } from '@sekisho/store';
import { formatObjectKey, LAST_APPLIED_ANNOTATION, objectId } from '@sekisho/sync';
import type { Application } from '../applications/application.ts';
import { asRecord } from '../applications/as-record.ts';

/** What was applied last of each object: an object that differs although its manifest is the same has drifted. */
export interface Baseline {
  /** A sync has applied these manifests (as git declares them, with tracking). */
  applied(key: string, objects: Iterable<KubeObject>): void;
  /** Whether this manifest is the one that was applied last. */
  isUnchanged(application: Application, desired: KubeObject, live: KubeObject | undefined): Promise<boolean>;
  forget(key: string): void;
}

/** How many releases are looked through for one that succeeded. */
const RELEASES = 20;

/**
 * Remembers what this process applied. Of what was applied before, the last-applied annotation tells, and the last
 * successful release.
 */
export function createBaseline(options: { store: Store; logger: Logger }): Baseline {
  const { store, logger } = options;
  const own = new Map<string, Map<string, KubeObject>>();
  const released = new Map<string, ReadonlyMap<string, string>>();

  async function digestsOf({ key, name, namespace, object }: Application): Promise<ReadonlyMap<string, string>> {
    const known = released.get(key);
    if (known !== undefined) return known;
    const { history } = asRecord(object['status']);
    // Never synced: there is no need to ask.
    if (!Array.isArray(history) || history.length === 0) return new Map();
    try {
      const releases = await store.releases.list({ namespace, app: name, limit: RELEASES });
      const last = releases.find(({ outcome }) => outcome === 'Succeeded');
      const digests = new Map((last?.objects ?? []).map((entry) => [formatObjectKey(entry), entry.digest]));
      released.set(key, digests);
      return digests;
    } catch (error) {
      logger.warn({ app: key, error: messageOf(error) }, 'the last release of an application is not known');
      return new Map();
    }
  }

  return {
    applied(key, objects) {
      let known = own.get(key);
      if (known === undefined) {
        known = new Map();
        own.set(key, known);
      }
      for (const object of objects) known.set(objectId(object), object);
    },
    async isUnchanged(application, desired, live) {
      const id = objectId(desired);
      const applied = own.get(application.key)?.get(id);
      if (applied !== undefined) return deepEqual(applied, desired);
      const text = live?.metadata.annotations?.[LAST_APPLIED_ANNOTATION];
      if (typeof text === 'string' && text.trimEnd() === canonicalJson(desired)) return true;
      const digest = (await digestsOf(application)).get(id);
      return digest !== undefined && digest === digestOf(desired);
    },
    forget(key) {
      own.delete(key);
      released.delete(key);
    },
  };
}

function digestOf(object: KubeObject): string {
  return `sha256:${createHash('sha256').update(canonicalJson(object)).digest('hex')}`;
}
