const MAX_INDEXES = 100_000;

/** `0-2,5` as a set. Unreadable parts are skipped: the field is our own. */
export function parseIndexes(text: string | undefined): Set<number> {
  const indexes = new Set<number>();
  for (const part of (text ?? '').split(',')) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part);
    if (match === null) continue;
    const from = Number(match[1]);
    const to = Math.min(Number(match[2] ?? match[1]), from + MAX_INDEXES);
    for (let index = from; index <= to; index++) indexes.add(index);
  }
  return indexes;
}

/** As the Job's status writes them: sorted, runs of three and more as a range (`0-2,5`), two as `0,1`. */
export function formatIndexes(indexes: Iterable<number>): string {
  const sorted = [...indexes].sort((a, b) => a - b);
  const parts: string[] = [];
  for (let at = 0; at < sorted.length; ) {
    const from = sorted[at] ?? 0;
    let end = at;
    while (end + 1 < sorted.length && sorted[end + 1] === (sorted[end] ?? 0) + 1) end++;
    const to = sorted[end] ?? from;
    if (end === at) parts.push(String(from));
    else if (end === at + 1) parts.push(String(from), String(to));
    else parts.push(`${from}-${to}`);
    at = end + 1;
  }
  return parts.join(',');
}
