import type { Comment } from './ast.ts';
import type { Location } from './location.ts';

/** Lines of a formatted module. Comments wait in the order of the source until the text around them is written. */
export class LineWriter {
  readonly #lines: string[] = [];
  readonly #comments: readonly Comment[];
  /** Where each line of the source begins; empty when there is no source text. */
  readonly #lineStarts: readonly number[];
  readonly #source: string | undefined;
  #nextComment = 0;
  #current = '';
  #indent = 0;
  /** Row of the source that the last written line ends at; a gap after it is kept as one blank line. */
  #lastRow = 0;

  constructor(comments: readonly Comment[], source: string | undefined) {
    this.#comments = comments;
    this.#source = source;
    const starts = [0];
    if (source !== undefined)
      for (let at = source.indexOf('\n'); at >= 0; at = source.indexOf('\n', at + 1)) starts.push(at + 1);
    this.#lineStarts = starts;
  }

  protected get lineCount(): number {
    return this.#lines.length;
  }

  protected text(): string {
    return `${this.#lines.join('\n')}\n`;
  }

  /** What the source says there; undefined without a source. */
  protected sourceOf(location: Location): string | undefined {
    return this.#source?.slice(location.offset, location.end);
  }

  /** Row of the last character; without a source text the row of the first. */
  protected endRow(location: Location): number {
    if (this.#source === undefined) return location.row;
    let low = 0;
    let high = this.#lineStarts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#lineStarts[middle] ?? 0) < location.end) low = middle;
      else high = middle;
    }
    return low + 1;
  }

  protected write(text: string): void {
    if (this.#current === '') this.#current = '\t'.repeat(this.#indent);
    this.#current += text;
  }

  /** Ends the line; comments that stand in the source up to `row` follow on it. */
  protected endLine(row: number): void {
    const trailing = this.#takeComments((comment) => comment.location.row <= row);
    const [first, ...others] = trailing;
    if (first !== undefined) this.#current += ` #${first.text.trimEnd()}`;
    this.#pushLine();
    for (const comment of others) this.#commentLine(comment);
    this.#lastRow = Math.max(row, this.#lastRow);
  }

  /** Ends the line with `comment` or none. */
  protected breakLine(comment?: Comment): void {
    if (comment !== undefined) this.#current += ` #${comment.text.trimEnd()}`;
    this.#pushLine();
  }

  /** Takes the comments up to `row` by the row that each stands in. */
  protected takeTrailing(row: number): ReadonlyMap<number, Comment> {
    const comments = this.#takeComments((comment) => comment.location.row <= row);
    return new Map(comments.map((comment) => [comment.location.row, comment]));
  }

  /** Writes the comments that stand before `row` on lines of their own. */
  protected commentsBefore(row: number, keepGaps: boolean): number {
    return this.#ownComments((comment) => comment.location.row < row, keepGaps);
  }

  /** Writes the comments that stand before the place `offset` on lines of their own. */
  protected commentsUpTo(offset: number, keepGaps: boolean): number {
    return this.#ownComments((comment) => comment.location.offset < offset, keepGaps);
  }

  #ownComments(belongs: (comment: Comment) => boolean, keepGaps: boolean): number {
    const comments = this.#takeComments(belongs);
    for (const comment of comments) {
      if (keepGaps) this.keepGap(comment.location.row);
      this.#commentLine(comment);
      this.#lastRow = comment.location.row;
    }
    return comments.length;
  }

  /** A blank line when the source has one before `row`. */
  protected keepGap(row: number): void {
    if (row - this.#lastRow > 1) this.blankLine();
  }

  protected blankLine(): void {
    if (this.#lines.length > 0 && this.#lines.at(-1) !== '') this.#lines.push('');
  }

  protected blankLineAt(index: number): void {
    if (index > 0 && this.#lines[index - 1] !== '') this.#lines.splice(index, 0, '');
  }

  /** Whether lines from `index` on are more than one line of text. */
  protected isMultiline(index: number): boolean {
    return this.#lines.length - index > 1 || (this.#lines[index] ?? '').includes('\n');
  }

  /** Nothing that stands in the source before `row` counts as a gap. */
  protected startBlock(row: number): void {
    this.#lastRow = row;
  }

  protected hasCommentBefore(offset: number): boolean {
    const comment = this.#comments[this.#nextComment];
    return comment !== undefined && comment.location.offset < offset;
  }

  protected nextCommentRow(): number | undefined {
    return this.#comments[this.#nextComment]?.location.row;
  }

  protected indented(write: () => void): void {
    this.#indent++;
    write();
    this.#indent--;
  }

  #pushLine(): void {
    this.#lines.push(this.#current.trimEnd() === '' ? '' : this.#current);
    this.#current = '';
  }

  #commentLine(comment: Comment): void {
    this.#lines.push(`${'\t'.repeat(this.#indent)}#${comment.text.trimEnd()}`);
  }

  #takeComments(belongs: (comment: Comment) => boolean): readonly Comment[] {
    const start = this.#nextComment;
    for (;;) {
      const comment = this.#comments[this.#nextComment];
      if (comment === undefined || !belongs(comment)) break;
      this.#nextComment++;
    }
    return this.#comments.slice(start, this.#nextComment);
  }
}
