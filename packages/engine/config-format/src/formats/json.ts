import { type JSONVisitor, type ParseErrorCode, type ParseOptions, printParseErrorCode, visit } from 'jsonc-parser';
import { type ConfigDocument, type Members, setMember } from '../document.ts';
import { ConfigFault, type ParseTask } from '../parse-task.ts';
import { JsonPositions } from './json-positions.ts';

const STRICT: ParseOptions = { disallowComments: true, allowTrailingComma: false };
const RELAXED: ParseOptions = { disallowComments: false, allowTrailingComma: true };

/** Numbers that a machine number may not give back: many digits, an exponent, -0. In a string they merely cost time. */
const INEXACT = /(?:^|[[,:\s])(?:-?(?:\d[\d.]{15}|[\d.]+[eE])|-0(?!\.))/;

/** JSON (RFC 8259). Of equal keys the last one counts, as in Go. */
export function parseJson(task: ParseTask): readonly ConfigDocument[] {
  const value = parsedByMachine(task);
  return [documentOf(task, value === undefined ? readValue(task, STRICT) : value)];
}

/** JSON with comments and commas after the last item. */
export function parseJsonc(task: ParseTask): readonly ConfigDocument[] {
  return [documentOf(task, readValue(task, RELAXED))];
}

/** Most texts are plain: V8 reads those fast. Undefined for the others and for broken ones. */
function parsedByMachine({ text, options, maxDepth }: ParseTask): unknown {
  if (options.makeNumber !== undefined && INEXACT.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isDeeper(value, maxDepth) ? undefined : value;
  } catch {
    return undefined;
  }
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  if (Array.isArray(value)) return value.some((item) => isDeeper(item, levels - 1));
  for (const key in value) if (isDeeper((value as Members)[key], levels - 1)) return true;
  return false;
}

/** Finds positions when they are asked for: most documents have no finding. */
function documentOf(task: ParseTask, value: unknown): ConfigDocument {
  let positions: JsonPositions | undefined;
  return {
    value,
    positionOf(path) {
      positions ??= new JsonPositions(task.text);
      const offset = positions.find(path);
      return offset === undefined ? undefined : task.positionAt(offset);
    },
  };
}

/** Reads with exact numbers, and tells all faults. */
function readValue(task: ParseTask, options: ParseOptions): unknown {
  let root: unknown;
  let key = '';
  const open: { readonly container: Members | unknown[]; readonly key: string }[] = [];
  const add = (value: unknown) => {
    const top = open.at(-1)?.container;
    if (top === undefined) root = value;
    else if (Array.isArray(top)) top.push(value);
    else setMember(top, key, value);
  };
  const begin = (container: Members | unknown[], offset: number) => {
    task.checkDepth(open.length + 1, offset);
    open.push({ container, key });
  };
  const end = () => {
    const ended = open.pop();
    if (ended === undefined) return;
    key = ended.key;
    add(ended.container);
  };
  let faultyLine = -1;
  const visitor: JSONVisitor = {
    onObjectBegin: (offset) => begin({}, offset),
    onArrayBegin: (offset) => begin([], offset),
    onObjectProperty: (name) => {
      key = name;
    },
    onLiteralValue: (value, offset, length) =>
      add(typeof value === 'number' ? task.number(task.text.slice(offset, offset + length)) : value),
    onObjectEnd: end,
    onArrayEnd: end,
    onError(code, offset, length, line) {
      // What follows on the same line is mostly the same fault seen again.
      if (line === faultyLine) return;
      faultyLine = line;
      task.report(new ConfigFault(offset, messageOf(code, task.text.slice(offset, offset + length))));
    },
  };
  visit(task.text, visitor, options);
  return root;
}

const MESSAGES: Readonly<Record<string, string>> = {
  InvalidNumberFormat: 'this is no number of JSON',
  PropertyNameExpected: 'expected a key',
  ValueExpected: 'expected a value',
  ColonExpected: 'expected ":"',
  CommaExpected: 'expected ","',
  CloseBraceExpected: 'expected "," or "}"',
  CloseBracketExpected: 'expected "," or "]"',
  EndOfFileExpected: 'expected the end of the file',
  InvalidCommentToken: 'JSON has no comments',
  UnexpectedEndOfComment: 'the comment is not closed',
  UnexpectedEndOfString: 'the string is not closed',
  UnexpectedEndOfNumber: 'the number has no end',
  InvalidUnicode: '"\\u" wants four hexadecimal digits',
  InvalidEscapeCharacter: 'the string has an escape that JSON has not',
  InvalidCharacter: 'the string holds a control character',
};

const MAX_SHOWN = 20;

function messageOf(code: ParseErrorCode, found: string): string {
  const name = printParseErrorCode(code);
  const message = MESSAGES[name] ?? 'expected a value';
  if (!message.startsWith('expected')) return message;
  const seen = found === '' ? 'the end of the file' : JSON.stringify(found.slice(0, MAX_SHOWN));
  return `${message}, found ${seen}`;
}
