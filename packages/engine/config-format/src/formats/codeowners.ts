import type { ConfigDocument, Members } from '../document.ts';
import { ConfigFault, type ParseTask } from '../parse-task.ts';
import { linesOf } from './lines.ts';

const PATTERN = /(?:[\w()*+\-./?@]|\\[ \t]?)+/y;
const OWNER = /[\w%+\-./@]+/y;
const BLANK = /[ \t\r]*/y;

/** Kinds of owners, by how they are written; values lose their `@` unless they are addresses. */
const KINDS: readonly (readonly [string, RegExp])[] = [
  ['email', /^([A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,6})$/],
  ['team', /^@([A-Za-z0-9-]+\/[\w-]+)$/],
  ['username', /^@([\w-]+)$/],
];

/** GitHub's CODEOWNERS: {rules: [{pattern, owners: [{type, value}], comment, lineNumber}]}; `rules` is null when there are none. */
export function parseCodeowners(task: ParseTask): readonly ConfigDocument[] {
  const rules: Members[] = [];
  for (const [index, { text, start }] of linesOf(task.text).entries()) {
    const reader = new LineReader(text);
    if (reader.isEnd) continue;
    try {
      task.push(rules, readRule(task, reader, start, index + 1), start + reader.first);
    } catch (error) {
      if (!(error instanceof ConfigFault)) throw error;
      task.report(new ConfigFault(start + error.offset, error.message));
    }
  }
  return [task.document({ rules: rules.length === 0 ? null : rules })];
}

function readRule(task: ParseTask, reader: LineReader, start: number, lineNumber: number): Members {
  const pattern = reader.take(PATTERN);
  const owners: Members[] = [];
  while (!reader.isEnd) {
    const offset = reader.at;
    const owner = reader.take(OWNER);
    const [type, form] = KINDS.find(([, shape]) => shape.test(owner)) ?? [];
    if (form === undefined) throw new ConfigFault(offset, `${owner} is no @user, @organisation/team or address`);
    task.push(owners, { type, value: form.exec(owner)?.[1] ?? '' }, start + offset);
  }
  return { pattern, owners, comment: reader.comment, lineNumber };
}

/** A line word by word. Words end at blanks and at `#`. */
class LineReader {
  readonly first: number;
  at = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
    this.#skip();
    this.first = this.at;
  }

  get isEnd(): boolean {
    const char = this.#text[this.at];
    return char === undefined || char === '#';
  }

  get comment(): string {
    return this.#text.slice(this.at + 1).trim();
  }

  take(word: RegExp): string {
    word.lastIndex = this.at;
    const found = word.exec(this.#text)?.[0] ?? '';
    this.at += found.length;
    const next = this.#text[this.at];
    if (next !== undefined && !/[ \t\r#]/.test(next))
      throw new ConfigFault(this.at, `unexpected character ${JSON.stringify(next)}`);
    this.#skip();
    return found;
  }

  #skip(): void {
    BLANK.lastIndex = this.at;
    this.at += BLANK.exec(this.#text)?.[0].length ?? 0;
  }
}
