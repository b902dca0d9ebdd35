/** One line of a comparison. */
interface DiffLine {
  readonly kind: ' ' | '-' | '+';
  readonly text: string;
}

const CONTEXT = 3;

/** What turns one text into another, as `diff -u` writes it; empty when they are equal. */
export function unifiedDiff(file: string, before: string, after: string): string {
  if (before === after) return '';
  const lines = compare(linesOf(before), linesOf(after));
  const text: string[] = [`--- ${file}`, `+++ ${file}`];
  for (const [from, to] of hunks(lines)) text.push(...hunkText(lines, from, to));
  return `${text.join('\n')}\n`;
}

function linesOf(text: string): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  else lines.push('\\ No newline at end of file');
  return lines;
}

/** By the longest common subsequence of what is left between equal beginnings and ends. */
function compare(before: readonly string[], after: readonly string[]): DiffLine[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  while (
    end < before.length - start &&
    end < after.length - start &&
    before[before.length - 1 - end] === after[after.length - 1 - end]
  )
    end++;
  const same = (text: string): DiffLine => ({ kind: ' ', text });
  return [
    ...before.slice(0, start).map(same),
    ...compareMiddle(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...before.slice(before.length - end).map(same),
  ];
}

/** Cells beyond which a comparison line by line would cost too much. */
const MAX_CELLS = 16_000_000;

function compareMiddle(before: readonly string[], after: readonly string[]): DiffLine[] {
  const removed = before.map((text): DiffLine => ({ kind: '-', text }));
  const added = after.map((text): DiffLine => ({ kind: '+', text }));
  const width = after.length + 1;
  if ((before.length + 1) * width > MAX_CELLS) return [...removed, ...added];
  const longest = new Uint32Array((before.length + 1) * width);
  for (let i = before.length - 1; i >= 0; i--)
    for (let j = after.length - 1; j >= 0; j--)
      longest[i * width + j] =
        before[i] === after[j]
          ? (longest[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(longest[(i + 1) * width + j] ?? 0, longest[i * width + j + 1] ?? 0);
  const lines: DiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length && j < after.length) {
    if (before[i] === after[j]) {
      lines.push({ kind: ' ', text: before[i] ?? '' });
      i++;
      j++;
    } else if ((longest[(i + 1) * width + j] ?? 0) >= (longest[i * width + j + 1] ?? 0))
      lines.push(...removed.slice(i, ++i));
    else lines.push(...added.slice(j, ++j));
  }
  return [...lines, ...removed.slice(i), ...added.slice(j)];
}

/** Changed lines with what stands around them; those that touch are one. */
function hunks(lines: readonly DiffLine[]): [from: number, to: number][] {
  const found: [number, number][] = [];
  for (const [index, { kind }] of lines.entries()) {
    if (kind === ' ') continue;
    const last = found.at(-1);
    if (last !== undefined && index - CONTEXT <= last[1]) last[1] = Math.min(lines.length, index + CONTEXT + 1);
    else found.push([Math.max(0, index - CONTEXT), Math.min(lines.length, index + CONTEXT + 1)]);
  }
  return found;
}

function hunkText(lines: readonly DiffLine[], from: number, to: number): string[] {
  const part = lines.slice(from, to);
  const range = (kind: '-' | '+'): string => {
    const start = lines.slice(0, from).filter((line) => line.kind === ' ' || line.kind === kind).length;
    const count = part.filter((line) => line.kind === ' ' || line.kind === kind).length;
    return `${kind}${count === 0 ? start : start + 1}${count === 1 ? '' : `,${count}`}`;
  };
  return [`@@ ${range('-')} ${range('+')} @@`, ...part.map(({ kind, text }) => `${kind}${text}`)];
}
