import { SekishoError } from '@sekisho/base';
import { isJsonObject, ownValue } from '../json.ts';

/** One condition on labels. `in` with one value is what `=` means, `notin` with one what `!=` means. */
export interface Requirement {
  readonly key: string;
  readonly operator: 'in' | 'notin' | 'exists' | '!exists' | 'gt' | 'lt';
  /** Sorted, without repetition; empty for exists and !exists, one integer for gt and lt. */
  readonly values: readonly string[];
}

/** `metav1.LabelSelector`. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

const maxSelectorLength = 64 * 1024;

/**
 * Reads the text form: `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b)`, `a`, `!a`, `a>1`, `a<1`, joined by commas.
 * Empty text selects everything.
 * @throws SekishoError SELECTOR_INVALID
 * @see apimachinery, labels.Parse
 */
export function parseLabelSelector(text: string): Requirement[] {
  if (text.length > maxSelectorLength) throw invalid('it is longer than 64 KiB');
  return new Parser(text).parse();
}

/** Whether labels meet all requirements. Missing labels meet `notin` and `!=`, as in Kubernetes. */
export function matchesLabels(
  requirements: readonly Requirement[],
  labels: Readonly<Record<string, string>> | undefined,
): boolean {
  return requirements.every((requirement) => meets(requirement, labels));
}

function meets(requirement: Requirement, labels: Readonly<Record<string, string>> | undefined): boolean {
  const { key, operator, values } = requirement;
  const value = labels === undefined || labels === null ? undefined : ownValue(labels, key);
  if (typeof value !== 'string') return operator === 'notin' || operator === '!exists';
  switch (operator) {
    case 'in':
      return values.includes(value);
    case 'notin':
      return !values.includes(value);
    case 'exists':
      return true;
    case '!exists':
      return false;
    case 'gt':
      return isInteger(value) && BigInt(value) > BigInt(values[0] ?? '0');
    case 'lt':
      return isInteger(value) && BigInt(value) < BigInt(values[0] ?? '0');
  }
}

const operators: Readonly<Record<string, Requirement['operator']>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!exists',
};

/**
 * The requirements of a `metav1.LabelSelector`; an empty selector selects everything.
 * @throws SekishoError SELECTOR_INVALID
 */
export function labelSelectorOf(selector: LabelSelector): Requirement[] {
  if (!isJsonObject(selector)) throw invalid('a label selector is an object');
  const { matchLabels, matchExpressions } = selector as LabelSelector;
  const out: Requirement[] = [];
  for (const [key, value] of Object.entries(matchLabels ?? {})) out.push(requirement(key, 'in', [value]));
  for (const expression of matchExpressions ?? []) {
    if (!isJsonObject(expression)) throw invalid('an expression is not an object');
    const operator = ownValue(operators, String(expression.operator)) as Requirement['operator'] | undefined;
    if (operator === undefined)
      throw invalid(`${JSON.stringify(expression.operator)} is not a valid label selector operator`);
    out.push(requirement(String(expression.key), operator, expression.values ?? []));
  }
  return out.sort((a, b) => (a.key === b.key ? 0 : a.key < b.key ? -1 : 1));
}

/** The text form that {@link parseLabelSelector} reads. */
export function formatLabelSelector(requirements: readonly Requirement[]): string {
  return requirements.map(formatRequirement).join(',');
}

function formatRequirement({ key, operator, values }: Requirement): string {
  switch (operator) {
    case 'exists':
      return key;
    case '!exists':
      return `!${key}`;
    case 'gt':
      return `${key}>${values[0] ?? ''}`;
    case 'lt':
      return `${key}<${values[0] ?? ''}`;
    case 'in':
      return values.length === 1 ? `${key}=${values[0] ?? ''}` : `${key} in (${values.join(',')})`;
    case 'notin':
      return values.length === 1 ? `${key}!=${values[0] ?? ''}` : `${key} notin (${values.join(',')})`;
  }
}

const namePattern = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const prefixPattern = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)*$/;

function requirement(key: string, operator: Requirement['operator'], values: readonly unknown[]): Requirement {
  const slash = key.indexOf('/');
  const prefix = slash < 0 ? undefined : key.slice(0, slash);
  if (
    !namePattern.test(key.slice(slash + 1)) ||
    (prefix !== undefined && (prefix.length > 253 || !prefixPattern.test(prefix)))
  ) {
    throw invalid(`${JSON.stringify(key)} is not a label key`);
  }
  const texts = values.map((value) => {
    if (typeof value !== 'string' || (value !== '' && !namePattern.test(value))) {
      throw invalid(`${JSON.stringify(value)} is not a label value`);
    }
    return value;
  });
  const expectsNone = operator === 'exists' || operator === '!exists';
  if (expectsNone && texts.length > 0) throw invalid(`${key}: values must be empty for exists and does not exist`);
  if (!expectsNone && texts.length === 0)
    throw invalid(`${key}: for 'in', 'notin' operators, values set can't be empty`);
  if ((operator === 'gt' || operator === 'lt') && !(texts.length === 1 && isInteger(texts[0] ?? ''))) {
    throw invalid(`${key}: for 'Gt', 'Lt' operators, the value must be an integer`);
  }
  return { key, operator, values: [...new Set(texts)].sort() };
}

function isInteger(text: string): boolean {
  return /^[-+]?\d{1,19}$/.test(text) && !text.startsWith('+');
}

interface Token {
  readonly kind: 'word' | '(' | ')' | ',' | '=' | '==' | '!=' | '!' | '<' | '>' | 'end';
  readonly text: string;
}

const symbolPattern = /==|!=|[=!(),<>]/y;
const wordPattern = /[^\s=!(),<>]+/y;

class Parser {
  readonly #tokens: Token[];
  #next = 0;

  constructor(text: string) {
    this.#tokens = tokenize(text);
  }

  parse(): Requirement[] {
    const out: Requirement[] = [];
    if (this.#peek().kind === 'end') return out;
    for (;;) {
      out.push(this.#requirement());
      const token = this.#take();
      if (token.kind === 'end') break;
      if (token.kind !== ',') throw invalid(`found ${printed(token)}, expected: ',' or 'end of string'`);
      const after = this.#peek();
      if (after.kind !== 'word' && after.kind !== '!')
        throw invalid(`found ${printed(after)}, expected: identifier after ','`);
    }
    return out.sort((a, b) => (a.key === b.key ? 0 : a.key < b.key ? -1 : 1));
  }

  #requirement(): Requirement {
    const negated = this.#peek().kind === '!';
    if (negated) this.#take();
    const key = this.#take();
    if (key.kind !== 'word') throw invalid(`found ${printed(key)}, expected: identifier`);
    const next = this.#peek();
    if (negated) {
      if (next.kind !== 'end' && next.kind !== ',')
        throw invalid(`found ${printed(next)}, expected: ',' or 'end of string'`);
      return requirement(key.text, '!exists', []);
    }
    if (next.kind === 'end' || next.kind === ',') return requirement(key.text, 'exists', []);
    this.#take();
    switch (next.kind) {
      case '=':
      case '==':
        return requirement(key.text, 'in', [this.#exactValue()]);
      case '!=':
        return requirement(key.text, 'notin', [this.#exactValue()]);
      case '>':
        return requirement(key.text, 'gt', [this.#exactValue()]);
      case '<':
        return requirement(key.text, 'lt', [this.#exactValue()]);
      case 'word':
        if (next.text === 'in' || next.text === 'notin') return requirement(key.text, next.text, this.#values());
    }
    throw invalid(`found ${printed(next)}, expected: in, notin, =, ==, !=, gt, lt`);
  }

  #exactValue(): string {
    const next = this.#peek();
    if (next.kind === 'end' || next.kind === ',') return '';
    if (next.kind !== 'word') throw invalid(`found ${printed(next)}, expected: identifier`);
    return this.#take().text;
  }

  #values(): string[] {
    const open = this.#take();
    if (open.kind !== '(') throw invalid(`found ${printed(open)}, expected: '('`);
    const values: string[] = [];
    for (;;) {
      // An empty place between commas is the empty value.
      values.push(this.#peek().kind === 'word' ? this.#take().text : '');
      const token = this.#take();
      if (token.kind === ')') return values;
      if (token.kind !== ',') throw invalid(`found ${printed(token)}, expected: ',' or ')'`);
    }
  }

  #peek(): Token {
    return this.#tokens[this.#next] ?? { kind: 'end', text: '' };
  }

  #take(): Token {
    const token = this.#peek();
    this.#next++;
    return token;
  }
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    if (/\s/.test(text[at] ?? '')) {
      at++;
      continue;
    }
    symbolPattern.lastIndex = at;
    const symbol = symbolPattern.exec(text)?.[0];
    if (symbol !== undefined) {
      tokens.push({ kind: symbol as Token['kind'], text: symbol });
      at += symbol.length;
      continue;
    }
    wordPattern.lastIndex = at;
    const word = wordPattern.exec(text)?.[0] ?? '';
    tokens.push({ kind: 'word', text: word });
    at += word.length;
  }
  return tokens;
}

function printed(token: Token): string {
  return token.kind === 'end' ? 'the end' : JSON.stringify(token.text);
}

function invalid(problem: string): SekishoError {
  return new SekishoError('SELECTOR_INVALID', `unable to parse requirement: ${problem}`, {
    hint: 'A label selector looks like app=web,tier in (front,back),!canary.',
  });
}
