/** Code points as sorted, disjoint ranges: `[lo, hi, lo, hi, …]`, both ends inside. */
export type CharSet = readonly number[];

const MAX_POINT = 0x10ffff;

export const ANY: CharSet = [0, MAX_POINT];
export const NOT_NEWLINE: CharSet = [0, 9, 11, MAX_POINT];
export const DIGIT: CharSet = [48, 57];
export const WORD: CharSet = [48, 57, 65, 90, 95, 95, 97, 122];
/** RE2's: without U+000B and all beyond ASCII. */
export const SPACE: CharSet = [9, 10, 12, 13, 32, 32];

export function unionOf(...sets: readonly CharSet[]): CharSet {
  const ranges: [number, number][] = [];
  for (const set of sets) for (let i = 0; i < set.length; i += 2) ranges.push([set[i] as number, set[i + 1] as number]);
  ranges.sort((a, b) => a[0] - b[0]);
  const merged: number[] = [];
  for (const [lo, hi] of ranges) {
    const last = merged.length - 1;
    if (last >= 0 && lo <= (merged[last] as number) + 1) merged[last] = Math.max(merged[last] as number, hi);
    else merged.push(lo, hi);
  }
  return merged;
}

export function complementOf(set: CharSet): CharSet {
  const result: number[] = [];
  let next = 0;
  for (let i = 0; i < set.length; i += 2) {
    if ((set[i] as number) > next) result.push(next, (set[i] as number) - 1);
    next = (set[i + 1] as number) + 1;
  }
  if (next <= MAX_POINT) result.push(next, MAX_POINT);
  return result;
}

export function areDisjoint(a: CharSet, b: CharSet): boolean {
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    if ((a[i + 1] as number) < (b[j] as number)) i += 2;
    else if ((b[j + 1] as number) < (a[i] as number)) j += 2;
    else return false;
  }
  return true;
}

/** With the other case of ASCII letters, and all beyond ASCII if it has a letter whose case lies there. */
export function foldCase(set: CharSet): CharSet {
  const both: CharSet[] = [set];
  for (let i = 0; i < set.length; i += 2) {
    const lo = set[i] as number;
    const hi = set[i + 1] as number;
    if (hi >= 128) both.push([0, MAX_POINT]);
    for (const [from, to, by] of [[65, 90, 32] as const, [97, 122, -32] as const]) {
      const start = Math.max(lo, from);
      const end = Math.min(hi, to);
      if (start <= end) both.push([start + by, end + by], [128, MAX_POINT]);
    }
  }
  return unionOf(...both);
}
