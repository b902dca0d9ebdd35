import type { GroupVersionKind, KubeObject } from '@sekisho/kube';
import { at, isRecord, isTexts } from './document.ts';

/** Of each requirement one kind must be synced: they are the same objects in other groups or versions. */
export type SyncRequirements = readonly (readonly GroupVersionKind[])[];

/** What a template compares with, by its annotation; or why that can't be read. */
export function readSyncRequirements(template: KubeObject): SyncRequirements | { readonly error: string } {
  const text = at(template, 'metadata', 'annotations', 'metadata.gatekeeper.sh/requires-sync-data');
  if (text === undefined || text === null) return [];
  if (typeof text !== 'string') return { error: 'the annotation is no text' };
  // People write it as a block of a document in quotes, too.
  const written = text.trim().replace(/^"+|"+$/g, '');
  if (written.trim() === '') return [];
  let value: unknown;
  try {
    value = JSON.parse(written);
  } catch (error) {
    return { error: `the annotation is no JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  if (!Array.isArray(value)) return { error: 'the annotation is no list' };
  const requirements: (readonly GroupVersionKind[])[] = [];
  for (const [i, alternatives] of (value as readonly unknown[]).entries()) {
    const kinds: GroupVersionKind[] = [];
    for (const clause of Array.isArray(alternatives) ? (alternatives as readonly unknown[]) : [alternatives]) {
      const found = kindsOf(clause);
      if (found === undefined) return { error: `entry ${i} needs groups, versions and kinds` };
      kinds.push(...found);
    }
    requirements.push(kinds);
  }
  return requirements;
}

function kindsOf(clause: unknown): readonly GroupVersionKind[] | undefined {
  if (!isRecord(clause)) return undefined;
  const { groups, versions, kinds } = clause;
  if (!isTexts(groups) || !isTexts(versions) || !isTexts(kinds)) return undefined;
  return groups.flatMap((group) => versions.flatMap((version) => kinds.map((kind) => ({ group, version, kind }))));
}
