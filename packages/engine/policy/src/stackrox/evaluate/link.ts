import type { Match } from '../criteria/criterion.ts';

/**
 * Keeps the matches of several groups that are about the same things: where two groups read the same list, they must match
 * at the same entry of it (the same container, the same CVE). A match above a list goes with every entry below.
 *
 * @param groups the matches of each group
 * @returns the matches that are left of each group; undefined when a group has none left
 */
export function linkMatches(groups: readonly (readonly Match[])[]): readonly (readonly Match[])[] | undefined {
  return linkFrom(groups, 0);
}

/** All matches agree in their first `depth` steps. */
function linkFrom(groups: readonly (readonly Match[])[], depth: number): readonly (readonly Match[])[] | undefined {
  if (groups.some((matches) => matches.length === 0)) return undefined;
  const kept = groups.map((matches) => matches.filter(({ steps }) => steps.length === depth));
  // A group with a match right here is not bound by what lies below.
  const bound = groups.flatMap((matches, group) => {
    const [match] = matches;
    const list = kept[group]?.length === 0 ? match?.steps[depth]?.list : undefined;
    return list === undefined ? [] : [{ group, list, matches }];
  });
  for (const list of new Set(bound.map((each) => each.list))) {
    const members = bound.filter((each) => each.list === list);
    const indices = new Set(members[0]?.matches.map(({ steps }) => steps[depth]?.index));
    let found = false;
    for (const index of indices) {
      const below = linkFrom(
        members.map(({ matches }) => matches.filter(({ steps }) => steps[depth]?.index === index)),
        depth + 1,
      );
      if (below === undefined) continue;
      found = true;
      for (const [i, { group }] of members.entries()) kept[group]?.push(...(below[i] ?? []));
    }
    if (!found) return undefined;
  }
  return kept;
}
