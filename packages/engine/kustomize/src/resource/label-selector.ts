import { BuildFault } from '../fault.ts';

/** Whether a label has the value (undefined: the label is not there). */
export type Requirement = (value: string | undefined) => boolean;

const OPERATORS = new Set(['=', '==', '!=', '>', '<', 'in', 'notin']);
const SIGNS = new Set(['(', ')', ',', '!', '=', '==', '!=', '>', '<']);
const TOKEN = /\s*(==|!=|[(),!=<>]|[^\s(),!=<>]+)/gy;

/** `a=b,c!=d,e,!f,g in (h,i),j>3`: keys with what they require. @throws BuildFault in Kubernetes' words */
export function parseLabelSelector(text: string): [string, Requirement][] {
  return text.trim() === '' ? [] : new SelectorParser(text).parse();
}

class SelectorParser {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(text: string) {
    this.#tokens = [...text.matchAll(TOKEN)].map(([, token = '']) => token);
  }

  parse(): [string, Requirement][] {
    const requirements: [string, Requirement][] = [];
    while (this.#at < this.#tokens.length) {
      if (!this.#isWord() && this.#peek() !== '!') this.#fail("!, identifier, or 'end of string'");
      requirements.push(this.#requirement());
      if (this.#at === this.#tokens.length) break;
      if (this.#peek() !== ',') this.#fail("',' or 'end of string'");
      this.#at++;
      if (!this.#isWord() && this.#peek() !== '!') this.#fail("identifier after ','");
    }
    return requirements;
  }

  #requirement(): [string, Requirement] {
    if (this.#peek() === '!') {
      this.#at++;
      return [this.#word('identifier'), (value) => value === undefined];
    }
    const key = this.#word('identifier');
    const operator = this.#peek();
    if (operator === undefined || operator === ',') return [key, (value) => value !== undefined];
    if (!OPERATORS.has(operator)) this.#fail("'=', '!=', '==', 'in', notin'", true);
    this.#at++;
    return [key, this.#condition(operator)];
  }

  #condition(operator: string): Requirement {
    if (operator === 'in' || operator === 'notin') {
      const values = this.#values();
      return operator === 'in'
        ? (value) => value !== undefined && values.has(value)
        : (value) => value === undefined || !values.has(value);
    }
    const isEmpty = this.#peek() === undefined || this.#peek() === ',';
    const wanted = isEmpty ? '' : this.#word('identifier');
    switch (operator) {
      case '!=':
        return (value) => value !== wanted;
      case '>':
        return (value) => /^-?\d+$/.test(value ?? '') && BigInt(value ?? '') > integerOf(wanted);
      case '<':
        return (value) => /^-?\d+$/.test(value ?? '') && BigInt(value ?? '') < integerOf(wanted);
      default:
        return (value) => value === wanted;
    }
  }

  #values(): Set<string> {
    const values = new Set<string>();
    if (this.#peek() !== '(') this.#fail("'('", true);
    this.#at++;
    while (this.#peek() !== ')') {
      if (this.#peek() === ',') {
        this.#at++;
        if (this.#peek() === ',' || this.#peek() === ')') values.add('');
      } else values.add(this.#word("',', ')' or identifier"));
    }
    this.#at++;
    return values;
  }

  #peek(): string | undefined {
    return this.#tokens[this.#at];
  }

  #isWord(): boolean {
    const token = this.#peek();
    return token !== undefined && !SIGNS.has(token);
  }

  #word(wanted: string): string {
    if (!this.#isWord()) this.#fail(wanted, true);
    return this.#tokens[this.#at++] ?? '';
  }

  #fail(wanted: string, inRequirement = false): never {
    const prefix = inRequirement ? 'unable to parse requirement: ' : '';
    throw new BuildFault(`${prefix}found '${this.#peek() ?? ''}', expected: ${wanted}`);
  }
}

function integerOf(text: string): bigint {
  if (/^-?\d+$/.test(text)) return BigInt(text);
  throw new BuildFault(`unable to parse requirement: for 'Gt', 'Lt' operators, the value must be an integer`);
}
