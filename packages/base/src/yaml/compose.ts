import { Composer, Lexer, type Node, Parser, type YAMLError } from 'yaml';

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
  // Scalars are resolved by our own rules, and looking for equal keys pairwise is quadratic: both are done later.
  const composer = new Composer({ schema: 'failsafe', uniqueKeys: false, logLevel: 'silent' });
  const parser = new Parser();
  // The stack holds a document, then at least one token per level; a scalar comes on top.
  const maxStack = maxDepth + 2;

  function* tokens() {
    for (const lexeme of new Lexer().lex(text)) {
      yield* parser.next(lexeme);
      if (parser.stack.length > maxStack) throw new NestingTooDeep(parser.offset);
    }
    yield* parser.end();
  }

  for (const document of composer.compose(tokens())) {
    yield { root: document.contents, errors: document.errors.map(describe) };
  }
  // What stands in a text without any document, such as a directive alone.
  const rest = composer.streamInfo().errors;
  if (rest.length > 0) yield { root: null, errors: rest.map(describe) };
}

function describe(error: YAMLError): { offset: number; message: string } {
  return { offset: error.pos[0], message: lowerFirst(error.message) };
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
