import type { Excerpt as ExcerptData } from '../../api/gates.ts';
import { toFieldLines } from '../../format/field-lines.ts';

interface Props {
  readonly excerpt: ExcerptData;
  readonly line: number | undefined;
  readonly label: string;
  /** Lines of a file have numbers; those of an object, which is written by machines, mean nothing. */
  readonly isNumbered?: boolean;
}

/** Lines of text; one of them is marked, by colour and by a sign in the margin. */
export function Excerpt({ excerpt, line, label, isNumbered = true }: Props) {
  const { from, lines } = excerpt;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className={isNumbered ? 'sk-excerpt' : 'sk-excerpt sk-excerpt-plain'} tabIndex={0} aria-label={label}>
      {lines.map((text, index) => {
        const number = from + index;
        const isMarked = number === line;
        return (
          <div key={number} className={isMarked ? 'sk-excerpt-line sk-excerpt-marked' : 'sk-excerpt-line'}>
            <span className="sk-excerpt-number">{isNumbered ? number : ''}</span>
            {isMarked ? <mark>{text === '' ? ' ' : text}</mark> : <span>{text}</span>}
          </div>
        );
      })}
    </section>
  );
}

/** Lines around the marked one. */
const AROUND = 4;

/** The lines of an object's manifest around a field; undefined when nothing of the field is there. */
export function excerptOf(
  object: unknown,
  fields: readonly string[],
): { excerpt: ExcerptData; line: number } | undefined {
  for (const field of fields) {
    const { lines, line } = toFieldLines(object, field);
    if (line === undefined) continue;
    const from = Math.max(1, line - AROUND);
    return { excerpt: { from, lines: lines.slice(from - 1, line + AROUND) }, line };
  }
  return undefined;
}
