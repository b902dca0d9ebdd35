import { isSekishoError } from '@sekisho/base';
import { anyType, booleanType, fn, objectWith, stringType } from '../types/construct.ts';
import { namedKeys, parseJson } from '../value/json.ts';
import { BigNumber } from '../value/number.ts';
import { forEachEntry, type ObjectValue, sortedMembers, valueAt } from '../value/object.ts';
import { RegoSet, type Value } from '../value/value.ts';
import type { Builtin, BuiltinContext } from './builtin.ts';
import { builtinFault, objectOperand, stringOperand, typeFault } from './operand.ts';
import { MAX_TEXT } from './text-limit.ts';

/** How Go's encoder writes what HTML and JavaScript would trip over. */
const RISKY = /[<>&\u2028\u2029]/g;

function stringJson(text: string): string {
  return JSON.stringify(text).replace(RISKY, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

interface Layout {
  /** Before each line but the first. */
  readonly prefix: string;
  readonly indent: string;
}

/** Writes JSON in parts; pays for them and stops at the longest text. */
class Writer {
  readonly #context: BuiltinContext;
  readonly #layout: Layout | undefined;
  readonly #parts: string[] = [];
  #length = 0;

  constructor(context: BuiltinContext, layout: Layout | undefined) {
    this.#context = context;
    this.#layout = layout;
  }

  text(): string {
    return this.#parts.join('');
  }

  value(value: Value, depth = 0): void {
    if (typeof value === 'string') this.#put(stringJson(value));
    else if (typeof value !== 'object' || value === null) this.#put(`${value}`);
    else if (value instanceof BigNumber) this.#put(value.text);
    else if (Array.isArray(value)) this.#items(value as readonly Value[], depth);
    else if (value instanceof RegoSet) this.#items(sortedMembers(value), depth);
    else this.#members(value as ObjectValue, depth);
  }

  #items(items: readonly Value[], depth: number): void {
    this.#context.spend(items.length);
    this.#put('[');
    items.forEach((item, index) => {
      this.#separate(index, depth + 1);
      this.value(item, depth + 1);
    });
    if (items.length > 0) this.#line(depth);
    this.#put(']');
  }

  #members(object: ObjectValue, depth: number): void {
    const keys = namedKeys(object);
    this.#context.spend(keys.length);
    this.#put('{');
    keys.forEach(([name, key], index) => {
      this.#separate(index, depth + 1);
      this.#put(`${stringJson(name)}:${this.#layout === undefined ? '' : ' '}`);
      this.value(valueAt(object, key) as Value, depth + 1);
    });
    if (keys.length > 0) this.#line(depth);
    this.#put('}');
  }

  #separate(index: number, depth: number): void {
    if (index > 0) this.#put(',');
    this.#line(depth);
  }

  #line(depth: number): void {
    if (this.#layout !== undefined) this.#put(`\n${this.#layout.prefix}${this.#layout.indent.repeat(depth)}`);
  }

  #put(text: string): void {
    this.#length += text.length;
    if (this.#length > MAX_TEXT) throw builtinFault('json.marshal', `text of more than ${MAX_TEXT} characters`);
    this.#parts.push(text);
  }
}

/** A value in JSON as Go's encoder writes it: keys sorted, sets as sorted arrays, `<` as an escape. */
function marshal(context: BuiltinContext, value: Value, layout?: Layout): string {
  const writer = new Writer(context, layout);
  writer.value(value);
  return writer.text();
}

function marshalWithOptions(context: BuiltinContext, value: Value, options: ObjectValue): string {
  const name = 'json.marshal_with_options';
  forEachEntry(options, (key) => {
    if (key !== 'pretty' && key !== 'indent' && key !== 'prefix')
      throw typeFault(name, `operand 2 object contained unknown key ${marshal(context, key)}`);
  });
  const pretty = valueAt(options, 'pretty');
  if (pretty !== undefined && typeof pretty !== 'boolean')
    throw typeFault(name, 'operand 2 key "pretty" failed cast to bool');
  const indent = textOption(name, options, 'indent');
  const prefix = textOption(name, options, 'prefix');
  if (!(pretty ?? (indent !== undefined || prefix !== undefined))) return marshal(context, value);
  const layout = { prefix: prefix ?? '', indent: indent ?? '\t' };
  return layout.prefix + marshal(context, value, layout);
}

function textOption(name: string, options: ObjectValue, key: string): string | undefined {
  const value = valueAt(options, key);
  if (value === undefined || typeof value === 'string') return value;
  try {
    return stringOperand('', 0, value);
  } catch (error) {
    const text = (error as { message: string }).message.replace(/^: /, '');
    throw typeFault(name, `operand 2 key "${key}" failed cast to string: ${text}`);
  }
}

function unmarshal(context: BuiltinContext, text: string): Value {
  context.spend(text.length >> 4);
  try {
    return parseJson(text);
  } catch (error) {
    if (isSekishoError(error)) throw builtinFault('json.unmarshal', error.message);
    throw error;
  }
}

function isValid(context: BuiltinContext, text: string): boolean {
  context.spend(text.length >> 4);
  try {
    parseJson(text);
    return true;
  } catch (error) {
    if (isSekishoError(error)) return false;
    throw error;
  }
}

const options = objectWith(
  { indent: stringType, prefix: stringType, pretty: booleanType },
  { key: stringType, value: anyType },
);

export const JSON_TEXT_BUILTINS: readonly Builtin[] = [
  {
    name: 'json.marshal',
    type: fn([anyType], stringType),
    description: 'A value in JSON.',
    evaluate: (context, value) => marshal(context, value as Value),
  },
  {
    name: 'json.marshal_with_options',
    type: fn([anyType, options], stringType),
    description: 'A value in JSON, on several lines where `pretty`, `indent` or `prefix` say so.',
    evaluate: (context, value, settings) =>
      marshalWithOptions(context, value as Value, objectOperand('json.marshal_with_options', 2, settings as Value)),
  },
  {
    name: 'json.unmarshal',
    type: fn([stringType], anyType),
    description: 'Value of a JSON text.',
    evaluate: (context, text) => unmarshal(context, stringOperand('json.unmarshal', 1, text as Value)),
  },
  {
    name: 'json.is_valid',
    type: fn([stringType], booleanType),
    description: 'Whether a text is JSON.',
    evaluate: (context, text) => typeof text === 'string' && isValid(context, text),
  },
];
