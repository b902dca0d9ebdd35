import { ConfigFault } from '../parse-task.ts';

const IDENTIFIER = /[\p{L}_][\p{L}\p{N}\p{M}_-]*/uy;

/** A place in an HCL text, with what all levels of the grammar skip and take. */
export class Cursor {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  get char(): string {
    return this.text[this.at] ?? '';
  }

  startsWith(part: string): boolean {
    return this.text.startsWith(part, this.at);
  }

  /** Skips blanks and comments; line ends too when `newlines`. A `#` comment ends before its line end. */
  skip(newlines: boolean): void {
    const { text } = this;
    for (;;) {
      const char = text[this.at];
      if (char === ' ' || char === '\t' || char === '\r' || (char === '\n' && newlines)) this.at++;
      else if (char === '#' || (char === '/' && text[this.at + 1] === '/')) {
        const end = text.indexOf('\n', this.at);
        this.at = end < 0 ? text.length : end;
      } else if (char === '/' && text[this.at + 1] === '*') {
        const end = text.indexOf('*/', this.at + 2);
        if (end < 0) throw new ConfigFault(this.at, 'the comment is not closed');
        this.at = end + 2;
      } else return;
    }
  }

  /** Takes `part` if it is next. */
  take(part: string): boolean {
    if (!this.startsWith(part)) return false;
    this.at += part.length;
    return true;
  }

  expect(part: string, where: string): void {
    if (!this.take(part)) throw this.unexpected(`"${part}" ${where}`);
  }

  identifier(): string | undefined {
    IDENTIFIER.lastIndex = this.at;
    const found = IDENTIFIER.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  /** Whether the identifier `word` is next. */
  isWord(word: string): boolean {
    const before = this.at;
    const found = this.identifier();
    this.at = before;
    return found === word;
  }

  match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  unexpected(wanted: string): ConfigFault {
    const { char } = this;
    const seen = char === '' ? 'the end of the file' : char === '\n' ? 'the end of the line' : JSON.stringify(char);
    return new ConfigFault(this.at, `expected ${wanted}, found ${seen}`);
  }
}
