import { ConfigFault } from '../parse-task.ts';
import type { Cursor } from './cursor.ts';
import type { Expression, TemplatePart } from './expression.ts';

/** The parser of what stands inside of sequences. */
export interface TemplateHost {
  readonly cursor: Cursor;
  read(newlines: boolean): Expression;
  forHead(): string;
  nest<T>(read: () => T): T;
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' };

/** Reads `"…"` with its interpolations. `$${` and `%%{` stay as they are, so that the text means the same again. */
export function readQuoted(parser: TemplateHost): TemplatePart[] {
  const { cursor } = parser;
  const start = cursor.at++;
  const parts = readParts(parser, QUOTED_TRIM, (text) => {
    const { char } = cursor;
    if (char === '"') return undefined;
    if (char === '' || char === '\n') throw new ConfigFault(start, 'the string is not closed on its line');
    if (char === '\\') return text + readEscape(parser);
    cursor.at++;
    return text + char;
  });
  cursor.at++;
  return parts;
}

/** Reads `<<NAME` or `<<-NAME` up to the line that is NAME alone; the cursor ends after the mark. */
export function readHeredoc(parser: TemplateHost): TemplatePart[] {
  const { cursor } = parser;
  const start = cursor.at;
  cursor.at += 2;
  const isFlush = cursor.take('-');
  const mark = cursor.identifier();
  if (mark === undefined) throw cursor.unexpected('the name of a heredoc');
  cursor.take('\r');
  cursor.expect('\n', 'after the name of a heredoc');
  const end = findMark(cursor.text, cursor.at, mark);
  if (end === undefined) throw new ConfigFault(start, `the heredoc "${mark}" is not closed`);
  const parts = readParts(parser, HEREDOC_TRIM, (text) => {
    if (cursor.at >= end.line) return undefined;
    const { char } = cursor;
    cursor.at++;
    return char === '\r' && cursor.char === '\n' ? text : text + char;
  });
  if (cursor.at > end.line) throw new ConfigFault(start, `the heredoc "${mark}" ends inside an expression`);
  cursor.at = end.after;
  return isFlush ? withoutIndent(parts) : parts;
}

/** The line that holds nothing but `mark`. */
function findMark(text: string, from: number, mark: string): { line: number; after: number } | undefined {
  for (let line = from; line < text.length; ) {
    const found = text.indexOf('\n', line);
    const end = found < 0 ? text.length : found;
    if (text.slice(line, end).trim() === mark) return { line, after: text.indexOf(mark, line) + mark.length };
    line = end + 1;
  }
  return undefined;
}

/** What `${~` takes off the text before and `~}` off the text after. */
interface Trim {
  readonly before: RegExp;
  readonly after: RegExp;
}

const QUOTED_TRIM: Trim = { before: /\s+$/, after: /^\s+/ };
/** In a heredoc only the line next to the mark is trimmed. */
const HEREDOC_TRIM: Trim = { before: /[ \t]*\n$|[ \t]+$/, after: /^[ \t]*\n?/ };

/**
 * Reads literal text and `${…}`, `%{…}` sequences.
 * @param literal  takes what is next into the text so far; undefined at the template's end
 */
function readParts(parser: TemplateHost, trim: Trim, literal: (text: string) => string | undefined): TemplatePart[] {
  const { cursor } = parser;
  const parts: TemplatePart[] = [];
  const open: string[] = [];
  let text = '';
  let offset = cursor.at;
  let trimNext = false;
  const flush = () => {
    if (trimNext) text = text.replace(trim.after, '');
    trimNext = false;
    if (text !== '') parts.push({ kind: 'text', text, offset });
    text = '';
  };
  for (;;) {
    if (cursor.startsWith('$${') || cursor.startsWith('%%{')) {
      text += cursor.text.slice(cursor.at, cursor.at + 3);
      cursor.at += 3;
    } else if (cursor.startsWith('${') || cursor.startsWith('%{')) {
      const isDirective = cursor.char === '%';
      const start = cursor.at;
      cursor.at += 2;
      if (cursor.take('~')) text = text.replace(trim.before, '');
      flush();
      cursor.skip(true);
      const part = parser.nest(() => (isDirective ? readDirective(parser, open, start) : readInterpolation(parser)));
      parts.push(part);
      cursor.skip(true);
      trimNext = cursor.take('~');
      cursor.expect('}', 'after a template sequence');
      offset = cursor.at;
    } else {
      const more = literal(text);
      if (more === undefined) break;
      text = more;
    }
  }
  flush();
  if (open.length > 0) throw new ConfigFault(cursor.at, `the directive "${open.at(-1)}" is not closed`);
  return parts;
}

function readInterpolation(parser: TemplateHost): TemplatePart {
  return { kind: 'interpolation', expression: parser.read(true) };
}

function readDirective(parser: TemplateHost, open: string[], start: number): TemplatePart {
  const { cursor } = parser;
  if (cursor.isWord('for')) {
    open.push('for');
    return { kind: 'directive', text: `%{${parser.forHead()}}` };
  }
  const word = cursor.identifier();
  if (word === 'if') {
    open.push('if');
    cursor.skip(true);
    const condition = parser.read(true);
    return { kind: 'directive', text: `%{if ${cursor.text.slice(condition.start, condition.end)}}` };
  }
  const wanted = word === 'else' || word === 'endif' ? 'if' : word === 'endfor' ? 'for' : undefined;
  if (wanted === undefined || open.at(-1) !== wanted) {
    throw new ConfigFault(start, `the directive "${word ?? ''}" has nothing that it belongs to`);
  }
  if (word !== 'else') open.pop();
  return { kind: 'directive', text: `%{${word}}` };
}

function readEscape(parser: TemplateHost): string {
  const { cursor } = parser;
  const start = cursor.at;
  const char = cursor.text[start + 1] ?? '';
  const digits = char === 'u' ? 4 : char === 'U' ? 8 : 0;
  if (digits > 0) {
    const hex = cursor.text.slice(start + 2, start + 2 + digits);
    const code = /^[0-9a-fA-F]+$/.test(hex) && hex.length === digits ? Number.parseInt(hex, 16) : -1;
    if (code < 0 || code > 0x10ffff) throw new ConfigFault(start, `"\\${char}" wants ${digits} hexadecimal digits`);
    cursor.at += 2 + digits;
    return String.fromCodePoint(code);
  }
  const plain = ESCAPES[char];
  if (plain === undefined) throw new ConfigFault(start, `"\\${char}" is no escape`);
  cursor.at += 2;
  return plain;
}

/** Takes the indentation that all lines share off each of them. */
function withoutIndent(parts: readonly TemplatePart[]): TemplatePart[] {
  let indent = Number.POSITIVE_INFINITY;
  const eachLine = (visit: (line: string, isWhole: boolean) => string) => {
    let atLineStart = true;
    return parts.map((part) => {
      const startsLine = atLineStart;
      atLineStart = part.kind === 'text' && part.text.endsWith('\n');
      if (part.kind !== 'text') {
        if (startsLine) visit('', false);
        return part;
      }
      const lines = part.text.split('\n');
      const last = lines.length - 1;
      const seen = lines.map((line, index) => {
        const isLine = (index > 0 || startsLine) && !(index === last && line === '' && index > 0);
        return isLine ? visit(line, index < last) : line;
      });
      return { ...part, text: seen.join('\n') };
    });
  };
  eachLine((line, isWhole) => {
    if (line.trim() !== '' || !isWhole) indent = Math.min(indent, line.length - line.trimStart().length);
    return line;
  });
  return eachLine((line) => (line.length < indent ? line : line.slice(indent)));
}
