import { ExpansionError } from './fault.ts';

/** A text with expressions: what stands between them, and they. */
export type Template = readonly Part[];

export type Part = string | Expression;

/** `${name}`, `${name:-default}`, `${#name}` … */
export interface Expression {
  readonly variable: string;
  /** What stands between the name and its arguments: `:-`, `//`, `^^`; '' for a plain `${name}`. */
  readonly operator: string;
  readonly args: readonly Part[];
  /** Of the `$`. */
  readonly offset: number;
}

/** Expressions inside arguments of expressions inside …: more is a text made to exhaust us. */
const MAX_DEPTH = 50;
const NAME_CHARACTER = /[\p{L}\p{Nd}_]/u;

/**
 * Reads the dialect of Flux's envsubst (a descendant of drone/envsubst): `$$` stands for one `$`; `$name` without braces
 * is text; expressions are `${name}`, `${#name}`, `${name^}`, `${name^^}`, `${name,}`, `${name,,}`,
 * `${name:offset}`, `${name:offset:length}`, `${name#pattern}`, `##`, `%`, `%%`, `${name/old/new}`, `//`, `/#`, `/%`,
 * `${name=word}`, `${name:=word}`, `:-`, `:?`, `:+`. An argument may be an expression itself.
 *
 * @throws ExpansionError SUBSTITUTE_SYNTAX
 */
export function parseTemplate(text: string): Template {
  return new TemplateParser(text).run();
}

class TemplateParser {
  readonly #text: string;
  #at = 0;
  #depth = 0;
  /** Of the expression that is being read. */
  #start = 0;

  constructor(text: string) {
    this.#text = text;
  }

  run(): Template {
    const text = this.#text;
    const parts: Part[] = [];
    let literal = '';
    while (this.#at < text.length) {
      const dollar = text.indexOf('$', this.#at);
      if (dollar < 0) break;
      const next = text[dollar + 1];
      literal += text.slice(this.#at, dollar);
      this.#at = dollar + 2;
      if (next === '{') {
        if (literal !== '') parts.push(literal);
        literal = '';
        parts.push(this.#expression(dollar));
      } else if (next === '$') literal += '$';
      else {
        literal += '$';
        this.#at = dollar + 1;
      }
    }
    literal += text.slice(this.#at);
    if (literal !== '') parts.push(literal);
    return parts;
  }

  /** After its `${`. */
  #expression(offset: number): Expression {
    const outer = this.#start;
    this.#start = offset;
    this.#depth++;
    if (this.#depth > MAX_DEPTH) this.#fail(`expressions are nested more than ${MAX_DEPTH} deep`);
    const expression = { ...this.#body(), offset };
    this.#depth--;
    this.#start = outer;
    return expression;
  }

  #body(): Omit<Expression, 'offset'> {
    if (this.#peek() === '#') {
      this.#at++;
      return this.#closed({ variable: this.#name(), operator: '#', args: [] });
    }
    const variable = this.#name();
    switch (this.#peek()) {
      case ':':
        return /[=\-?+]/.test(this.#text[this.#at + 1] ?? '') ? this.#default(variable, 2) : this.#substring(variable);
      case '=':
        return this.#default(variable, 1);
      case ',':
      case '^':
        return this.#closed({ variable, operator: this.#take(/[,^]{1,2}/y), args: [] });
      case '/':
        return this.#replacement(variable);
      case '#':
        return this.#removal(variable, this.#take(/#{1,2}/y));
      case '%':
        return this.#removal(variable, this.#take(/%{1,2}/y));
      default:
        return this.#closed({ variable, operator: '', args: [] });
    }
  }

  #default(variable: string, length: number): Omit<Expression, 'offset'> {
    const operator = this.#text.slice(this.#at, this.#at + length);
    this.#at += length;
    const args: Part[] = [];
    while (this.#peek() !== '}') args.push(this.#argument('}', false));
    return this.#closed({ variable, operator, args });
  }

  #substring(variable: string): Omit<Expression, 'offset'> {
    this.#at++;
    const args = [this.#argument(':}', false)];
    if (this.#peek() === ':') {
      this.#take(/:+/y);
      args.push(this.#argument('}', false));
    }
    return this.#closed({ variable, operator: ':', args });
  }

  #removal(variable: string, operator: string): Omit<Expression, 'offset'> {
    return this.#closed({ variable, operator, args: [this.#argument('}', false)] });
  }

  #replacement(variable: string): Omit<Expression, 'offset'> {
    const operator = this.#take(/\/[/#%]?/y);
    // The pattern goes on to the next slash, whatever stands there: a brace does not end it.
    const args = [this.#peek() === '/' ? '' : this.#argument('/', true)];
    if (this.#peek() !== '/') this.#fail('there is no second / after the pattern');
    this.#take(/\/+/y);
    if (this.#peek() !== '}') args.push(this.#argument('}', true));
    return this.#closed({ variable, operator, args });
  }

  /** Text up to one of `ends` or an expression, or an expression. */
  #argument(ends: string, escapes: boolean): Part {
    const text = this.#text;
    let literal = '';
    const begin = this.#at;
    while (this.#at < text.length) {
      const character = text[this.#at] ?? '';
      const next = text[this.#at + 1];
      if (character === '$' && next === '{') {
        if (this.#at > begin) return literal;
        this.#at += 2;
        return this.#expression(begin);
      }
      const isEscape =
        escapes && ((character === '$' && next === '$') || (character === '\\' && /[/\\]/.test(next ?? '')));
      if (isEscape) {
        literal += next;
        this.#at += 2;
        continue;
      }
      if (ends.includes(character)) break;
      literal += character;
      this.#at++;
    }
    if (this.#at === begin) this.#fail('an argument is missing');
    return literal;
  }

  #name(): string {
    let name = '';
    for (;;) {
      const character = String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0);
      if (!NAME_CHARACTER.test(character)) break;
      name += character;
      this.#at += character.length;
    }
    if (name === '') this.#fail('there is no name of a variable after ${');
    return name;
  }

  #closed<T extends Omit<Expression, 'offset'>>(expression: T): T {
    if (this.#peek() !== '}') {
      this.#fail(`\${${expression.variable} is not closed by } where it should be`, expression.variable);
    }
    this.#at++;
    return expression;
  }

  #peek(): string | undefined {
    return this.#text[this.#at];
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const taken = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += taken.length;
    return taken;
  }

  #fail(message: string, variable?: string): never {
    throw new ExpansionError({
      code: 'SUBSTITUTE_SYNTAX',
      message,
      offset: this.#start,
      ...(variable === undefined ? {} : { variable }),
    });
  }
}
