import { at, isTexts } from '../gatekeeper/document.ts';
import { isOpen, type KindPattern } from './concern-table.ts';
import type { PolicyUnit } from './unit.ts';

/** Kinds that a `match` of Gatekeeper's lets through: what it says besides is not looked at. */
export function kindsOfMatch(match: unknown): Pick<PolicyUnit, 'kinds'> {
  const kinds = patternsOf(match);
  return kinds.length === 0 ? {} : { kinds };
}

/** `Pod`, `apps/Deployment`, `*`. */
export function kindsForPeople(patterns: readonly KindPattern[] | undefined): readonly string[] {
  const names = (patterns ?? []).flatMap(({ groups, kinds }) =>
    (isOpen(kinds) ? ['*'] : kinds).flatMap((kind) =>
      (isOpen(groups) ? ['*'] : groups).map((group) => nameOfKind(group, kind)),
    ),
  );
  return names.length === 0 ? ['*'] : [...new Set(names)];
}

function nameOfKind(group: string, kind: string): string {
  if (kind !== '*') return group === '' || group === '*' ? kind : `${group}/${kind}`;
  return group === '*' ? '*' : group === '' ? 'v1/*' : `${group}/*`;
}

function patternsOf(match: unknown): readonly KindPattern[] {
  const entries = at(match, 'kinds');
  return (Array.isArray(entries) ? entries : []).map((entry: unknown) => {
    const groups = at(entry, 'apiGroups');
    const kinds = at(entry, 'kinds');
    return { groups: isTexts(groups) ? groups : [], kinds: isTexts(kinds) ? kinds : [] };
  });
}
