/** The lines of one chart in an index.yaml, its name first. */
export interface ChartBlock {
  readonly text: string;
  /** From 1. */
  readonly firstLine: number;
}

export type ChartBlocks = ReadonlyMap<string, ChartBlock>;

const TOP_KEY = /^([A-Za-z]\w*):(?:\s|$)/;
/** A chart's name as Helm writes it, and nothing behind it but an empty list. */
const CHART_KEY = /^ {2}([A-Za-z0-9][\w.-]*):\s*(?:\[\]\s*)?$/;

/**
 * Splits an index.yaml into its charts without parsing what they say, when it is laid out as Helm does: `entries:` at the margin, names
 * at column 3, their lists at or behind it. In such a block mapping, a line that begins at column 3 is a name or an item: whatever is
 * part of a value stands further in.
 *
 * @returns undefined for any other layout
 */
export function splitEntries(text: string): ChartBlocks | undefined {
  const blocks = new Map<string, ChartBlock>();
  let hasVersion = false;
  let isInEntries = false;
  let current: { name: string; start: number; firstLine: number } | undefined;
  const close = (end: number): void => {
    if (current === undefined) return;
    blocks.set(current.name, { text: text.slice(current.start, end), firstLine: current.firstLine });
    current = undefined;
  };
  let line = 0;
  for (let start = 0; start < text.length; ) {
    line++;
    const newline = text.indexOf('\n', start);
    const next = newline < 0 ? text.length : newline + 1;
    const margin = marginOf(text, start);
    if (margin === 0) {
      const top = TOP_KEY.exec(text.slice(start, next));
      if (top === null) {
        if (line > 1 || text.slice(start, next).trim() !== '---') return undefined;
      } else {
        close(start);
        if (top[1] === 'apiVersion') hasVersion = true;
        isInEntries = top[1] === 'entries';
        if (isInEntries && (blocks.size > 0 || text.slice(start, next).trim() !== 'entries:')) return undefined;
      }
    } else if (margin === 1) return undefined;
    else if (margin === 2 && isInEntries && text[start + 2] !== '-') {
      const [, name] = CHART_KEY.exec(text.slice(start, next)) ?? [];
      if (name === undefined) return undefined;
      close(start);
      current = { name, start, firstLine: line };
    } else if (isInEntries && current === undefined && margin !== undefined) return undefined;
    start = next;
  }
  close(text.length);
  return hasVersion && blocks.size > 0 ? blocks : undefined;
}

/** Spaces that a line begins with, up to three of them; undefined for an empty line. */
function marginOf(text: string, start: number): number | undefined {
  let at = start;
  while (at < start + 3 && text[at] === ' ') at++;
  const first = text[at];
  return first === '\n' || first === '\r' || first === undefined ? undefined : at - start;
}
