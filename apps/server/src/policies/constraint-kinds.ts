import { type Diagnostic, type Logger, messageOf } from '@sekisho/base';
import type { KubeClient } from '@sekisho/client';
import { deepEqual, type KubeObject } from '@sekisho/kube';
import type { PolicyDocument } from '@sekisho/policy';
import { asRecord } from '../applications/as-record.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../applications/kinds.ts';
import { constraintDefinition } from './definitions/constraint.ts';
import { keyOf } from './document-key.ts';
import { faultyKeys } from './good-documents.ts';

const MANAGED_BY = 'app.kubernetes.io/managed-by';

/** Gives each ConstraintTemplate that compiles the kind of its constraints. */
export interface ConstraintKinds {
  /** Makes and corrects definitions. Those of templates with faults stay as they are. Never rejects. */
  ensure(documents: readonly PolicyDocument[], diagnostics: readonly Diagnostic[]): Promise<void>;
  /** Why the kind of a template could not be made, by the template's key. */
  faultOf(key: string): string | undefined;
}

export function createConstraintKinds({
  client,
  logger,
}: {
  readonly client: KubeClient;
  readonly logger: Logger;
}): ConstraintKinds {
  /** The state of the template that its kind was made of. */
  const made = new Map<string, KubeObject>();
  const faults = new Map<string, string>();

  async function ensureOne(key: string, template: KubeObject): Promise<void> {
    const definition = constraintDefinition(template);
    if (definition === undefined) return;
    const existing = await client.getIfExists(CUSTOM_RESOURCE_DEFINITIONS, definition.metadata.name ?? '');
    // Gatekeeper makes the same kinds where it runs: two who correct each other would never end.
    const isOthers = existing !== undefined && existing.metadata.labels?.[MANAGED_BY] !== 'sekisho';
    if (!isOthers && (existing === undefined || !isAsWanted(existing, definition))) {
      await client.apply(CUSTOM_RESOURCE_DEFINITIONS, definition, { force: true });
    }
    made.set(key, template);
    faults.delete(key);
  }

  return {
    async ensure(documents, diagnostics) {
      const faulty = faultyKeys(diagnostics);
      const keys = new Set<string>();
      const work: Promise<void>[] = [];
      for (const { object } of documents) {
        if (object.kind !== 'ConstraintTemplate') continue;
        const key = keyOf(object);
        keys.add(key);
        if (faulty.has(key) || made.get(key) === object || object.metadata.deletionTimestamp !== undefined) continue;
        work.push(
          ensureOne(key, object).catch((error) => {
            faults.set(key, messageOf(error));
            logger.warn({ template: key, error: messageOf(error) }, 'the kind of a constraint template was refused');
          }),
        );
      }
      for (const key of [...made.keys(), ...faults.keys()]) {
        if (keys.has(key)) continue;
        made.delete(key);
        faults.delete(key);
      }
      await Promise.all(work);
    },
    faultOf: (key) => faults.get(key),
  };
}

/** What the server adds to it counts for nothing. */
function isAsWanted(existing: KubeObject, wanted: KubeObject): boolean {
  const [now, then] = [asRecord(existing['spec']), asRecord(wanted['spec'])];
  const owner = (object: KubeObject) => object.metadata.ownerReferences?.[0]?.uid;
  return (
    deepEqual(now['versions'], then['versions']) &&
    deepEqual({ ...asRecord(now['names']), ...asRecord(then['names']) }, now['names']) &&
    owner(existing) === owner(wanted)
  );
}
