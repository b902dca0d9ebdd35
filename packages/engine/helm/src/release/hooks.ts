export type HookEvent =
  | 'pre-install'
  | 'post-install'
  | 'pre-delete'
  | 'post-delete'
  | 'pre-upgrade'
  | 'post-upgrade'
  | 'pre-rollback'
  | 'post-rollback'
  | 'test';

export type HookDeletePolicy = 'before-hook-creation' | 'hook-succeeded' | 'hook-failed';

/** When an object runs, if it is a hook. */
export interface Hook {
  readonly events: readonly HookEvent[];
  /** Lower ones run first. Default 0. */
  readonly weight: number;
  /** Default: before-hook-creation. */
  readonly deletePolicies: readonly HookDeletePolicy[];
}

const EVENTS: ReadonlyMap<string, HookEvent> = new Map([
  ['pre-install', 'pre-install'],
  ['post-install', 'post-install'],
  ['pre-delete', 'pre-delete'],
  ['post-delete', 'post-delete'],
  ['pre-upgrade', 'pre-upgrade'],
  ['post-upgrade', 'post-upgrade'],
  ['pre-rollback', 'pre-rollback'],
  ['post-rollback', 'post-rollback'],
  ['test', 'test'],
  // Helm 2's name.
  ['test-success', 'test'],
]);
const DELETE_POLICIES: readonly HookDeletePolicy[] = ['before-hook-creation', 'hook-succeeded', 'hook-failed'];

/** @param events what `helm.sh/hook` holds. Undefined when it names an event that Helm does not know: the object is left out */
export function hookOf(events: string, annotations: Readonly<Record<string, unknown>>): Hook | undefined {
  const known: HookEvent[] = [];
  for (const name of wordsOf(events)) {
    const event = EVENTS.get(name);
    if (event === undefined) return undefined;
    known.push(event);
  }
  const weight = String(annotations['helm.sh/hook-weight'] ?? '');
  const policies = wordsOf(String(annotations['helm.sh/hook-delete-policy'] ?? ''));
  const deletePolicies = DELETE_POLICIES.filter((policy) => policies.includes(policy));
  return {
    events: known,
    weight: /^[+-]?\d+$/.test(weight) ? Number(weight) : 0,
    deletePolicies: deletePolicies.length === 0 ? ['before-hook-creation'] : deletePolicies,
  };
}

function wordsOf(list: string): string[] {
  return list.split(',').map((word) => word.trim().toLowerCase());
}
