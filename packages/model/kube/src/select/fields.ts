import { SekishoError } from '@sekisho/base';
import { isJsonObject, ownValue } from '../json.ts';

/** One condition on a field, such as `status.phase != Running`. */
export interface FieldRequirement {
  /** Dotted path. */
  readonly field: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

const maxSelectorLength = 64 * 1024;

/**
 * Reads a field selector: `path=value`, `path==value`, `path!=value`, joined by commas; `\,`, `\=` and `\\` stand for
 * themselves in values. Empty text selects everything. Which fields a kind supports is for the caller to check.
 * @throws SekishoError SELECTOR_INVALID
 * @see apimachinery, fields.ParseSelector
 */
export function parseFieldSelector(text: string): FieldRequirement[] {
  if (text.length > maxSelectorLength) throw invalid('it is longer than 64 KiB');
  return splitTerms(text)
    .filter((term) => term !== '')
    .map(parseTerm)
    .filter(({ field, value }) => field !== '' || value !== '');
}

function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === ',') {
      terms.push(text.slice(start, at));
      start = at + 1;
    }
  }
  terms.push(text.slice(start));
  return terms;
}

function parseTerm(term: string): FieldRequirement {
  const match = /!=|==?/.exec(term);
  if (match === null)
    throw invalid(`invalid selector: '${term.slice(0, 200)}'; can't understand '${term.slice(0, 200)}'`);
  const [operator] = match;
  return {
    field: term.slice(0, match.index),
    operator: operator === '!=' ? '!=' : '=',
    value: unescapeValue(term.slice(match.index + operator.length)),
  };
}

function unescapeValue(value: string): string {
  let out = '';
  for (let at = 0; at < value.length; at++) {
    const char = value[at] ?? '';
    if (char === '\\') {
      const next = value[++at];
      if (next === undefined || !'\\,='.includes(next))
        throw invalid(`invalid escape sequence in ${JSON.stringify(value.slice(0, 200))}`);
      out += next;
    } else if (char === ',' || char === '=') {
      throw invalid(`unescaped ${char} in ${JSON.stringify(value.slice(0, 200))}`);
    } else {
      out += char;
    }
  }
  return out;
}

/** The text form that {@link parseFieldSelector} reads. */
export function formatFieldSelector(requirements: readonly FieldRequirement[]): string {
  return requirements
    .map(({ field, operator, value }) => `${field}${operator}${value.replace(/[\\,=]/g, '\\$&')}`)
    .join(',');
}

/**
 * Whether an object meets all requirements. A field that is not there counts as empty text; numbers and booleans count as
 * their text.
 */
export function matchesFields(requirements: readonly FieldRequirement[], object: unknown): boolean {
  return requirements.every(
    ({ field, operator, value }) => (fieldText(object, field) === value) === (operator === '='),
  );
}

function fieldText(object: unknown, field: string): string {
  let current = object;
  for (const name of field.split('.')) {
    if (!isJsonObject(current)) return '';
    current = ownValue(current, name);
  }
  if (typeof current === 'string') return current;
  return typeof current === 'number' || typeof current === 'boolean' ? String(current) : '';
}

function invalid(problem: string): SekishoError {
  return new SekishoError('SELECTOR_INVALID', `The field selector cannot be read: ${problem}`, {
    hint: 'A field selector looks like metadata.name=web,status.phase!=Running.',
  });
}
