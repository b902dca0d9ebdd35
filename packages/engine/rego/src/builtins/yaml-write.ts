import { namedKeys } from '../value/json.ts';
import { isNumber } from '../value/kind.ts';
import { isIntegerNumber, type NumberValue, numberText, toDouble } from '../value/number.ts';
import { type ObjectValue, objectSize, sortedMembers, valueAt } from '../value/object.ts';
import { RegoSet, type Value } from '../value/value.ts';
import type { BuiltinContext } from './builtin.ts';
import { formatFloat } from './go-float.ts';
import { builtinFault } from './operand.ts';
import { MAX_TEXT } from './text-limit.ts';
import { isAmbiguous } from './yaml-scalar.ts';

const STEP = 2;
/** Longest key that stands on the line of its value. */
const MAX_SIMPLE_KEY = 128;

/** Block YAML as the library of OPA writes it: two spaces a level, sequences inside mappings indented. */
export function writeYaml(context: BuiltinContext, value: Value): string {
  const writer = new Writer(context);
  writer.node(value, 0, 'root');
  return writer.text();
}

/** Where a node stands: collections begin on the same line after `- ` and `? `, on the next one after `key:`. */
type Place = 'root' | 'inline' | 'afterKey';

class Writer {
  readonly #context: BuiltinContext;
  readonly #parts: string[] = [];
  #length = 0;

  constructor(context: BuiltinContext) {
    this.#context = context;
  }

  text(): string {
    return this.#parts.join('');
  }

  /** @param indent of the collection that the node is in */
  node(value: Value, indent: number, place: Place): void {
    const items =
      value instanceof RegoSet ? sortedMembers(value) : Array.isArray(value) ? (value as readonly Value[]) : undefined;
    const inner = place === 'root' ? 0 : indent + STEP;
    if (items !== undefined && items.length > 0) this.#sequence(items, inner, place);
    else if (items !== undefined) this.#scalar('[]', place);
    else if (typeof value !== 'object' || value === null || isNumber(value))
      this.#scalar(scalarText(value, indent), place);
    else if (objectSize(value as ObjectValue) === 0) this.#scalar('{}', place);
    else this.#mapping(value as ObjectValue, inner, place);
  }

  #scalar(text: string, place: Place): void {
    this.#put(`${place === 'afterKey' ? ' ' : ''}${text}${text.endsWith('\n') ? '' : '\n'}`);
  }

  #sequence(items: readonly Value[], indent: number, place: Place): void {
    this.#context.spend(items.length);
    if (place === 'afterKey') this.#put('\n');
    items.forEach((item, index) => {
      this.#put(`${index === 0 && place !== 'afterKey' ? '' : ' '.repeat(indent)}- `);
      this.node(item, indent, 'inline');
    });
  }

  #mapping(object: ObjectValue, indent: number, place: Place): void {
    const keys = namedKeys(object);
    this.#context.spend(keys.length);
    if (place === 'afterKey') this.#put('\n');
    keys.forEach(([name, key], index) => {
      if (index > 0 || place === 'afterKey') this.#put(' '.repeat(indent));
      const isSimple = name.length <= MAX_SIMPLE_KEY && !name.includes('\n');
      const text = stringText(name, indent);
      this.#put(isSimple ? `${text}:` : `? ${text}${text.endsWith('\n') ? '' : '\n'}${' '.repeat(indent)}: `);
      this.node(valueAt(object, key) as Value, indent, isSimple ? 'afterKey' : 'inline');
    });
  }

  #put(text: string): void {
    this.#length += text.length;
    if (this.#length > MAX_TEXT) throw builtinFault('yaml.marshal', `text of more than ${MAX_TEXT} characters`);
    this.#parts.push(text);
  }
}

function scalarText(value: null | boolean | NumberValue | string, indent: number): string {
  if (typeof value === 'string') return stringText(value, indent);
  return isNumber(value) ? numberYaml(value) : `${value}`;
}

/** 64-bit integers as they are, other numbers as doubles in Go's spelling. */
function numberYaml(value: NumberValue): string {
  const text = numberText(value);
  if (isIntegerNumber(value) && !text.includes('e')) {
    const exact = BigInt(text);
    if (exact >= -(2n ** 63n) && exact < 2n ** 64n) return text;
  }
  return formatFloat(toDouble(value), 'g', -1);
}

/** What can't be read back but in double quotes: control characters, tabs, characters beyond the BMP, a space before a line end. */
const NEEDS_ESCAPES =
  /(?![\n\u0085])\p{Cc}|[\ufeff\ufffe\uffff\ud800-\udfff]|[\u{10000}-\u{10ffff}]| [\n\u0085\u2028\u2029]/u;
const STARTS_LIKE_SYNTAX = /^(?:[#,[\]{}&*!|>'"%@`]|[-?:](?:[ \n]|$)|---|\.\.\.)/;
const HAS_SYNTAX = /: |:$| #|[\u0085\u2028\u2029]/;

function stringText(text: string, indent: number): string {
  if (text === '' || isAmbiguous(text)) return doubleQuoted(text);
  if (NEEDS_ESCAPES.test(text)) return doubleQuoted(text);
  if (text.includes('\n')) return text.endsWith(' ') ? doubleQuoted(text) : literal(text, indent + STEP);
  if (STARTS_LIKE_SYNTAX.test(text) || HAS_SYNTAX.test(text) || text.startsWith(' ') || text.endsWith(' '))
    return `'${text.replaceAll("'", "''")}'`;
  return text;
}

/** A block scalar; its last line break is part of it. */
function literal(text: string, indent: number): string {
  const hint = /^[ \n]/.test(text) ? `${STEP}` : '';
  const chomping = text.endsWith('\n') ? (text.endsWith('\n\n') || text === '\n' ? '+' : '') : '-';
  const body = chomping === '-' ? text : text.slice(0, -1);
  const margin = ' '.repeat(indent);
  const lines = body.split('\n').map((line) => (line === '' ? '' : margin + line));
  return `|${hint}${chomping}\n${lines.join('\n')}\n`;
}

const SHORT_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\0', '\\0'],
  ['\x07', '\\a'],
  ['\b', '\\b'],
  ['\t', '\\t'],
  ['\n', '\\n'],
  ['\v', '\\v'],
  ['\f', '\\f'],
  ['\r', '\\r'],
  ['\x1b', '\\e'],
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\u0085', '\\N'],
  ['\u2028', '\\L'],
  ['\u2029', '\\P'],
]);

function doubleQuoted(text: string): string {
  let result = '';
  for (const char of text) result += SHORT_ESCAPES.get(char) ?? (NEEDS_ESCAPES.test(char) ? escaped(char) : char);
  return `"${result}"`;
}

function escaped(char: string): string {
  const point = char.codePointAt(0) ?? 0;
  const hex = point.toString(16).toUpperCase();
  if (point < 0x100) return `\\x${hex.padStart(2, '0')}`;
  return point < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}
