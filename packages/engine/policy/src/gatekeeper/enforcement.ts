import { at, type FaultList, isTexts } from './document.ts';

/** What is done about a violation. */
export type EnforcementAction = 'deny' | 'warn' | 'dryrun';

/** Who asks. */
export type EnforcementPoint =
  | 'validation.gatekeeper.sh'
  | 'audit.gatekeeper.sh'
  | 'gator.gatekeeper.sh'
  | 'sync.sekisho.dev'
  | 'vap.k8s.io';

/** What a constraint says should be done: the same everywhere, or by point. */
export interface Enforcement {
  /** As written: an action or `scoped`. */
  readonly action: string;
  readonly scoped: readonly { readonly action: string; readonly points: readonly string[] }[];
}

const ACTIONS: readonly string[] = ['deny', 'warn', 'dryrun'] satisfies EnforcementAction[];

/** Reads `enforcementAction` (default deny) and, when that is `scoped`, `scopedEnforcementActions`. */
export function readEnforcement(spec: unknown, faults: FaultList): Enforcement {
  const action = at(spec, 'enforcementAction') ?? 'deny';
  if (typeof action !== 'string' || (action !== 'scoped' && !ACTIONS.includes(action))) {
    faults.add(['spec', 'enforcementAction'], `must be deny, warn, dryrun or scoped, not ${JSON.stringify(action)}`);
    return { action: 'deny', scoped: [] };
  }
  if (action !== 'scoped') return { action, scoped: [] };
  const path = ['spec', 'scopedEnforcementActions'];
  const entries = at(spec, 'scopedEnforcementActions');
  if (!Array.isArray(entries) || entries.length === 0) {
    faults.add(path, 'is required when enforcementAction is scoped');
    return { action, scoped: [] };
  }
  const scoped = entries.flatMap((entry: unknown, i) => {
    const own = at(entry, 'action');
    if (typeof own !== 'string' || !ACTIONS.includes(own)) {
      faults.add([...path, i, 'action'], `must be deny, warn or dryrun, not ${JSON.stringify(own ?? null)}`);
      return [];
    }
    const points = at(entry, 'enforcementPoints');
    const names = Array.isArray(points) ? points.map((point: unknown) => at(point, 'name')) : [];
    if (!isTexts(names)) {
      faults.add([...path, i, 'enforcementPoints'], 'each entry must have a name');
      return [];
    }
    return [{ action: own, points: names }];
  });
  return { action, scoped };
}

/** What is to be done at a point; empty: the constraint is not asked there. */
export function actionsAt({ action, scoped }: Enforcement, point: EnforcementPoint): readonly EnforcementAction[] {
  if (action !== 'scoped') return [action as EnforcementAction];
  const found = scoped.filter(({ points }) => points.includes(point) || points.includes('*'));
  return [...new Set(found.map((entry) => entry.action as EnforcementAction))];
}
