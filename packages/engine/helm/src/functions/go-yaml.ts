import { formatFloat, Integer, isMap, type Value } from '@sekisho/gotemplate';
import { JsonFault, jsonNumber, jsonScalar } from './go-json.ts';
import { checkDepth, checkLength } from './limits.ts';
import { compareYamlKeys } from './yaml-keys.ts';
import { styleOf, writeScalar } from './yaml-scalar.ts';

export interface YamlStyle {
  /** Lists inside of mappings stand further in than their keys (`toYamlPretty`). Default false. */
  readonly indentsLists?: boolean;
  /** Texts are broken behind this column. Default: 80, and never with `indentsLists`. */
  readonly width?: number;
}

const STEP = 2;
/** Longest key that stands on the line of its value. */
const MAX_SIMPLE_KEY = 128;

/** YAML as Go's sigs.k8s.io/yaml writes it, with the line break at its end. @throws JsonFault what JSON has no form for */
export function writeYaml(
  value: Value,
  { indentsLists = false, width = indentsLists ? Infinity : 80 }: YamlStyle = {},
): string {
  const writer = new Writer(indentsLists, width);
  writer.node(value, 0, 0, 'root', 0);
  return writer.text();
}

/** Where a node stands: collections begin on the same line after `- ` and `? `, on the next one after `key:`. */
type Place = 'root' | 'inline' | 'afterKey';

class Writer {
  readonly #indentsLists: boolean;
  readonly #width: number;
  readonly #parts: string[] = [];
  #length = 0;

  constructor(indentsLists: boolean, width: number) {
    this.#indentsLists = indentsLists;
    this.#width = width;
  }

  text(): string {
    return this.#parts.join('');
  }

  /**
   * @param indent of the collection that the node is in
   * @param column characters that stand before it on its line
   */
  node(given: Value, indent: number, column: number, place: Place, depth: number): void {
    checkDepth(depth);
    const value = jsonScalar(given);
    if (Array.isArray(value) && value.length > 0) {
      const isFlat = place === 'afterKey' && !this.#indentsLists;
      this.#list(value, place === 'root' ? 0 : isFlat ? indent : indent + STEP, place, depth);
    } else if (isMap(value) && Object.keys(value).length > 0) {
      this.#mapping(value, place === 'root' ? 0 : indent + STEP, place, depth);
    } else {
      const start = place === 'afterKey' ? 1 : 0;
      const text = this.#scalar(value, { column: column + start, indent: place === 'root' ? STEP : indent + STEP });
      this.#put(`${' '.repeat(start)}${text}\n`);
    }
  }

  #scalar(value: Value, at: { column: number; indent: number }): string {
    if (typeof value === 'string') {
      const text = this.#indentsLists ? value : throughJson(value);
      return writeScalar(text, styleOf(text), { ...at, width: this.#width });
    }
    if (typeof value === 'number') return this.#indentsLists ? floatText(value) : yamlNumber(value);
    if (Array.isArray(value)) return '[]';
    return value instanceof Integer || !isMap(value) ? String(value) : '{}';
  }

  #list(items: readonly Value[], indent: number, place: Place, depth: number): void {
    if (place === 'afterKey') this.#put('\n');
    items.forEach((item, index) => {
      this.#put(`${index === 0 && place !== 'afterKey' ? '' : ' '.repeat(indent)}- `);
      this.node(item, indent, indent + 2, 'inline', depth + 1);
    });
  }

  #mapping(map: Readonly<Record<string, Value>>, indent: number, place: Place, depth: number): void {
    if (place === 'afterKey') this.#put('\n');
    Object.keys(map)
      .sort((a, b) => compareYamlKeys(a, b, this.#indentsLists))
      .forEach((name, index) => {
        const key = this.#indentsLists ? name : throughJson(name);
        const margin = ' '.repeat(indent);
        if (index > 0 || place === 'afterKey') this.#put(margin);
        const isSimple = key.length <= MAX_SIMPLE_KEY && !/[\n\r\u0085\u2028\u2029]/.test(key);
        const style = styleOf(key, isSimple);
        const width = isSimple ? Infinity : this.#width;
        const text = writeScalar(key, style, { column: indent + 2, indent: indent + STEP, width });
        this.#put(isSimple ? `${text}:` : `? ${text}\n${margin}: `);
        this.node(map[name], indent, indent + text.length + 1, isSimple ? 'afterKey' : 'inline', depth + 1);
      });
  }

  #put(text: string): void {
    this.#length += text.length;
    checkLength(this.#length);
    this.#parts.push(text);
  }
}

/** Characters that YAML refuses. */
const REFUSED = /[\u007f-\u0084\u0086-\u009f\ufffe\uffff]/;

/** Helm reads JSON as YAML: what JSON lets stand there and YAML does not is a fault, and a NEL is a line break to be folded. */
function throughJson(text: string): string {
  if (PLAIN.test(text)) return text;
  if (REFUSED.test(text)) throw new JsonFault('yaml: control characters are not allowed');
  return text.replace(/[ \t]*(\u0085+)[ \t]*/g, (_, breaks: string) =>
    breaks.length === 1 ? ' ' : '\n'.repeat(breaks.length - 1),
  );
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII without DEL
const PLAIN = /^[\u0000-\u007e]*$/;

/** 64-bit integers as they are, other numbers in Go's shortest spelling. */
function yamlNumber(value: number): string {
  const text = jsonNumber(value);
  if (/^-?\d+$/.test(text)) {
    const exact = BigInt(text);
    if (exact >= -(2n ** 63n) && exact < 2n ** 64n) return text;
  }
  return formatFloat(value, 'g');
}

/** As `toYamlPretty` has it: floats don't pass through JSON, so that `123456789` becomes `1.23456789e+08`. */
function floatText(value: number): string {
  if (Number.isNaN(value)) return '.nan';
  return Number.isFinite(value) ? formatFloat(value, 'g') : value > 0 ? '.inf' : '-.inf';
}
