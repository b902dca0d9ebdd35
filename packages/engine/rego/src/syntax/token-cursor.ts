import type { RegoFault } from '../fault.ts';
import type { Token, TokenKind } from './lexer.ts';
import type { Location } from './location.ts';

/** A syntax error on its way to whoever can go on behind it. Never leaves this folder; no Error, for its stack would cost more than a rule. */
export class SyntaxFailure {
  readonly message: string;
  readonly location: Location;
  /** Nothing may be tried again after it: the text is beyond a limit. */
  readonly final: boolean;

  constructor(message: string, location: Location, final = false) {
    this.message = message;
    this.location = location;
    this.final = final;
  }

  toFault(): RegoFault {
    return { code: 'rego_parse_error', message: this.message, location: this.location };
  }
}

/** Brackets, bodies and operands inside each other; deeper terms would overflow the stack of whoever walks them. */
export const MAX_DEPTH = 500;

/** Names that can never be variables. */
const RESERVED: ReadonlySet<string> = new Set([
  'package',
  'import',
  'as',
  'default',
  'else',
  'not',
  'some',
  'with',
  'null',
  'true',
  'false',
]);

/** Names that are keywords in v1, and in v0 where they are imported. */
export const FUTURE_KEYWORDS = ['contains', 'every', 'if', 'in'] as const;
export type FutureKeyword = (typeof FUTURE_KEYWORDS)[number];

const FUTURE_HINTS: Readonly<Record<FutureKeyword, string>> = {
  contains: '`p contains x` rules',
  every: '`every x in xs { ... }` expressions',
  if: '`p if { ... }` rules',
  in: '`x in xs` expressions',
};

const TOKEN_NAMES: Readonly<Partial<Record<TokenKind, string>>> = {
  ident: 'identifier',
  templateBegin: 'template-string',
  templateText: 'template-string',
  templateEnd: 'template-string-end',
  ':=': 'assign',
  '=': 'eq',
  '==': 'equal',
  '!=': 'neq',
  '<': 'lt',
  '<=': 'lte',
  '>': 'gt',
  '>=': 'gte',
  '+': 'plus',
  '-': 'minus',
  '*': 'mul',
  '/': 'div',
  '%': 'rem',
  '&': 'and',
  '|': 'or',
};

/** A place to come back to. */
export interface Mark {
  readonly index: number;
  readonly wildcards: number;
  readonly depth: number;
}

/** A place in a list of tokens, which names are keywords there, and how errors are worded. */
export class TokenCursor {
  protected readonly keywords: Set<FutureKeyword>;
  protected wildcards = 0;
  readonly #tokens: readonly Token[];
  #index = 0;
  #depth = 0;

  constructor(tokens: readonly Token[], keywords: Iterable<FutureKeyword>) {
    this.#tokens = tokens;
    this.keywords = new Set(keywords);
  }

  protected get current(): Token {
    return this.#tokens[this.#index] as Token;
  }

  /** The token before the current one; the current one at the very start. */
  protected get previous(): Token {
    return this.#tokens[Math.max(0, this.#index - 1)] as Token;
  }

  protected peek(): Token {
    return this.#tokens[Math.min(this.#index + 1, this.#tokens.length - 1)] as Token;
  }

  protected next(): Token {
    const token = this.current;
    if (token.kind !== 'eof') this.#index++;
    return token;
  }

  protected mark(): Mark {
    return { index: this.#index, wildcards: this.wildcards, depth: this.#depth };
  }

  protected reset(mark: Mark): void {
    this.#index = mark.index;
    this.wildcards = mark.wildcards;
    this.#depth = mark.depth;
  }

  protected is(kind: TokenKind): boolean {
    return this.current.kind === kind;
  }

  /** The current token is this kind, with nothing between it and the token before. */
  protected adjacent(kind: TokenKind): boolean {
    return this.current.kind === kind && !this.current.spaceBefore;
  }

  protected isKeyword(word: string): boolean {
    return this.current.text === word && this.isReserved();
  }

  /** The current token is a keyword. Directly before a point every word is a name: `if.x`, `input.if`. */
  protected isReserved(): boolean {
    const { kind, text } = this.current;
    if (kind !== 'ident' || !(RESERVED.has(text) || (this.keywords as ReadonlySet<string>).has(text))) return false;
    const follower = this.peek();
    return follower.kind !== '.' || follower.spaceBefore;
  }

  protected expect(kind: TokenKind, reason: string): Token {
    if (!this.is(kind)) this.unexpected(reason);
    return this.next();
  }

  protected expectKeyword(word: string, reason: string): Token {
    if (!this.isKeyword(word)) this.unexpected(reason);
    return this.next();
  }

  protected enter(): void {
    if (++this.#depth > MAX_DEPTH)
      throw new SyntaxFailure('max parsing recursion depth exceeded', this.current.location, true);
  }

  protected leave(): void {
    this.#depth--;
  }

  protected spanFrom(start: Location): Location {
    const end = Math.max(start.end, this.previous.location.end);
    return { file: start.file, row: start.row, col: start.col, offset: start.offset, end };
  }

  protected fail(message: string, location = this.current.location): never {
    throw new SyntaxFailure(message, location);
  }

  /** As OPA words it: `unexpected } token: expected var`. */
  protected unexpected(reason?: string): never {
    const token = this.current;
    if (token.kind === 'error') this.fail(token.text);
    const what = this.isReserved() ? `${token.text} keyword` : `${TOKEN_NAMES[token.kind] ?? token.kind} token`;
    this.fail(`unexpected ${what}${reason === undefined ? '' : `: ${reason}`}${this.futureHint()}`);
  }

  /** Where a word would be a keyword if it were imported. */
  protected futureHint(): string {
    for (const token of [this.previous, this.current]) {
      const word = FUTURE_KEYWORDS.find((keyword) => token.kind === 'ident' && token.text === keyword);
      if (word !== undefined && !this.keywords.has(word))
        return ` (hint: \`import future.keywords.${word}\` for ${FUTURE_HINTS[word]})`;
    }
    return '';
  }
}
