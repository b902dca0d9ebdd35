/** One line of a side-by-side view; a side is absent where the other has a line more. */
export interface DiffLine {
  readonly kind: 'same' | 'changed' | 'added' | 'removed';
  readonly left?: { readonly number: number; readonly text: string };
  readonly right?: { readonly number: number; readonly text: string };
}

/** Comparing is quadratic in the middle part: above this it is shown as one block that was replaced. */
const MAX_CELLS = 4_000_000;

/** Aligns two texts line by line: equal lines stand beside each other. */
export function diffLines(left: string, right: string): DiffLine[] {
  const a = toLines(left);
  const b = toLines(right);
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;

  const lines: DiffLine[] = [];
  const same = (i: number, j: number) =>
    lines.push({ kind: 'same', left: { number: i + 1, text: a[i] ?? '' }, right: { number: j + 1, text: b[j] ?? '' } });
  for (let i = 0; i < start; i++) same(i, i);
  let i = start;
  let j = start;
  for (const [nextI, nextJ] of [...matches(a.slice(start, a.length - end), b.slice(start, b.length - end)), END]) {
    const [toI, toJ] = nextI < 0 ? [a.length - end, b.length - end] : [start + nextI, start + nextJ];
    replaced(a, b, [i, toI], [j, toJ], lines);
    if (nextI >= 0) same(toI, toJ);
    [i, j] = [toI + 1, toJ + 1];
  }
  for (let k = end; k > 0; k--) same(a.length - k, b.length - k);
  return lines;
}

const END: readonly [number, number] = [-1, -1];

const toLines = (text: string) => (text === '' ? [] : text.replace(/\n$/, '').split('\n'));

/** A part of the left that became a part of the right: as far as both go, line beside line. */
function replaced(
  a: readonly string[],
  b: readonly string[],
  [fromI, toI]: readonly [number, number],
  [fromJ, toJ]: readonly [number, number],
  lines: DiffLine[],
): void {
  for (let k = 0; k < Math.max(toI - fromI, toJ - fromJ); k++) {
    const left = fromI + k < toI ? { number: fromI + k + 1, text: a[fromI + k] ?? '' } : undefined;
    const right = fromJ + k < toJ ? { number: fromJ + k + 1, text: b[fromJ + k] ?? '' } : undefined;
    lines.push({
      kind: left === undefined ? 'added' : right === undefined ? 'removed' : 'changed',
      ...(left === undefined ? {} : { left }),
      ...(right === undefined ? {} : { right }),
    });
  }
}

/** Pairs of positions of a longest common subsequence. */
function matches(a: readonly string[], b: readonly string[]): [number, number][] {
  if (a.length * b.length > MAX_CELLS) return [];
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number) => lengths[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const pairs: [number, number][] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) pairs.push([i++, j++]);
    else if (at(i + 1, j) >= at(i, j + 1)) i++;
    else j++;
  }
  return pairs;
}
