import type { Lexer, Node, YAMLError } from 'yaml';
import { yamlLibrary } from './library.ts';

/** One document as a tree of nodes. Offsets count from the start of the text that was composed. */
export interface ComposedDocument {
  readonly root: Node | null;
  /** Faults of syntax, in the order of the text. */
  readonly errors: readonly { readonly offset: number; readonly message: string }[];
}

/** Thrown when nesting is deeper than allowed. */
export class NestingTooDeep extends Error {
  readonly offset: number;
  constructor(offset: number) {
    super('nesting is too deep');
    this.offset = offset;
  }
}

/**
 * Parses `text` into documents without interpreting scalars: every plain scalar stays text.
 *
 * @param maxDepth deepest nesting of collections
 * @throws NestingTooDeep
 */
export function* compose(text: string, maxDepth: number): Generator<ComposedDocument> {
  const { Composer, Parser } = yamlLibrary();
  // Scalars are resolved by our own rules, and looking for equal keys pairwise is quadratic: both are done later.
  const composer = new Composer({ schema: 'failsafe', uniqueKeys: false, logLevel: 'silent' });
  const parser = new Parser();
  // The stack holds a document, then at least one token per level; a scalar comes on top.
  const maxStack = maxDepth + 2;

  function* tokens() {
    for (const lexeme of createLexer().lex(text)) {
      yield* parser.next(lexeme);
      if (parser.stack.length > maxStack) throw new NestingTooDeep(parser.offset);
    }
    yield* parser.end();
  }

  for (const document of composer.compose(tokens())) {
    yield { root: document.contents, errors: describeAll(document.errors, text) };
  }
  // What stands in a text without any document, such as a directive alone.
  const rest = composer.streamInfo().errors;
  if (rest.length > 0) yield { root: null, errors: describeAll(rest, text) };
}

/** The parts of the lexer that are not in its types. */
interface LexerInternals {
  indentNext: number;
  parseQuotedScalar(): Generator<string, unknown>;
}

/** Lets the lines of a quoted text stand at any column, as libyaml and Go's parser do: YAML asks for an indentation. */
function createLexer(): Lexer {
  const lexer = new (yamlLibrary().Lexer)();
  const internals = lexer as unknown as LexerInternals;
  const { parseQuotedScalar } = internals;
  internals.parseQuotedScalar = function* () {
    const { indentNext } = this;
    this.indentNext = 0;
    const next = yield* parseQuotedScalar.call(this);
    this.indentNext = indentNext;
    return next;
  };
  return lexer;
}

interface SyntaxFault {
  readonly offset: number;
  readonly message: string;
}

function describeAll(errors: readonly YAMLError[], text: string): SyntaxFault[] {
  const faults: SyntaxFault[] = [];
  for (const [index, error] of errors.entries()) {
    const next = errors[index + 1];
    // The same place is told twice, and the second time says which line is wrong.
    const told = error.code === 'BLOCK_AS_IMPLICIT_KEY' && next?.code === 'MULTILINE_IMPLICIT_KEY';
    if (!told || next.pos[0] !== error.pos[0]) faults.push(describe(error, text));
  }
  return faults;
}

/** A message in terms of the file, at the place that has to be mended. */
function describe(error: YAMLError, text: string): SyntaxFault {
  const [start, end] = error.pos;
  if (error.code === 'MULTILINE_IMPLICIT_KEY') {
    const lineStart = text.lastIndexOf('\n', end - 1) + 1;
    const indent = /^ */.exec(text.slice(lineStart, end))?.[0].length ?? 0;
    if (lineStart > start) {
      const message = 'a key is not allowed here: by its indentation this line continues the value above it';
      return { offset: lineStart + indent, message };
    }
  }
  const known = MESSAGES[error.code];
  return { offset: start, message: known ?? error.message.charAt(0).toLowerCase() + error.message.slice(1) };
}

const MESSAGES: Readonly<Partial<Record<YAMLError['code'], string>>> = {
  BLOCK_AS_IMPLICIT_KEY: 'a second ": " is not allowed on this line: quote the value if it belongs to it',
  TAB_AS_INDENT: 'a tab is not allowed as indentation: use spaces',
};
