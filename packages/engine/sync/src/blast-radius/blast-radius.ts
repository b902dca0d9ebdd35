import type { ObjectKey } from '../object-key.ts';
import type { PruneLimits } from './prune-limits.ts';

/** What a sync would delete. */
export interface BlastRadius {
  /** Objects that the application has now. */
  readonly total: number;
  readonly pruned: readonly ObjectKey[];
  /** Number of pruned objects by kind. */
  readonly byKind: Readonly<Record<string, number>>;
  /** Of `total`, 0 to 100. */
  readonly percent: number;
  /** Present when a limit is exceeded: the sync waits for a confirmation. */
  readonly exceeds?: {
    /** As the user writes it: `50%`, `5`, `PersistentVolumeClaim=0`. */
    readonly limit: string;
    /** What would be deleted and which limit that is above. */
    readonly message: string;
  };
}

/** How many objects a message names. */
const NAMED = 20;

/**
 * Measures what would be deleted against limits.
 *
 * @param input   pruned: what would be deleted; total: what the application has, with those
 * @param limits  all must hold; none: nothing is exceeded
 */
export function blastRadius(
  input: { readonly pruned: readonly ObjectKey[]; readonly total: number },
  limits: readonly PruneLimits[],
): BlastRadius {
  const { pruned, total } = input;
  const byKind: Record<string, number> = {};
  for (const { kind } of pruned) byKind[kind] = (byKind[kind] ?? 0) + 1;
  const percent = total === 0 ? 0 : Math.min(100, (pruned.length / total) * 100);
  const radius = { total, pruned, byKind, percent };
  for (const limit of limits) {
    const exceeded = exceededBy(radius, limit);
    if (exceeded === undefined) continue;
    const share = `${pruned.length} of ${total} objects (${Math.round(percent)} %)`;
    const message = `would delete ${share}, above the limit ${exceeded}: ${namesOf(pruned)}`;
    return { ...radius, exceeds: { limit: exceeded, message } };
  }
  return radius;
}

function exceededBy({ total, pruned, percent }: Omit<BlastRadius, 'exceeds'>, limits: PruneLimits): string | undefined {
  if (pruned.length === 0) return undefined;
  for (const [kind, most] of limits.kinds) {
    if (pruned.filter((key) => isOfKind(key, kind)).length > most) return `${kind}=${most}`;
  }
  if (pruned.length > limits.count) return `${limits.count}`;
  return percent > limits.percent && total >= limits.percentFrom ? `${limits.percent}%` : undefined;
}

function isOfKind(key: ObjectKey, kind: string): boolean {
  return kind.includes('.') ? `${key.kind}.${key.group}` === kind : key.kind === kind;
}

function namesOf(keys: readonly ObjectKey[]): string {
  const names = keys.slice(0, NAMED).map(({ kind, namespace, name }) => {
    return `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`;
  });
  const more = keys.length - names.length;
  return names.join(', ') + (more > 0 ? ` and ${more} more` : '');
}
