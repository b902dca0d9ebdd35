import { Buffer } from 'node:buffer';
import { composeYaml, NestingTooDeep } from '@sekisho/base';
import { type Alias, isAlias, isMap, isScalar, isSeq, type Node, Scalar, type YAMLMap } from 'yaml';
import { formatValue } from '../value/format.ts';
import { BigNumber, numberText } from '../value/number.ts';
import { setOwn } from '../value/object.ts';
import type { Value } from '../value/value.ts';
import { resolvePlain } from './yaml-scalar.ts';

/** Nodes that the aliases of a text may stand for. */
const MAX_EXPANSION = 100_000;
const MAX_DEPTH = 500;

/** Why a text is no YAML. */
export class YamlFault {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

/** The first document of a text, null when there is none; later ones must be YAML, too. @throws YamlFault */
export function readYaml(text: string): Value {
  let first: { readonly root: Node | null } | undefined;
  try {
    for (const document of composeYaml(text, MAX_DEPTH)) {
      const error = document.errors[0];
      if (error !== undefined) throw new YamlFault(`yaml: line ${lineAt(text, error.offset)}: ${error.message}`);
      first ??= document;
    }
  } catch (error) {
    if (error instanceof NestingTooDeep) throw new YamlFault(`yaml: nested deeper than ${MAX_DEPTH} levels`);
    throw error;
  }
  return first === undefined ? null : new Reader().node(first.root, 0);
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

class Reader {
  #expanded = 0;
  /** The last node of each name so far. */
  readonly #anchors = new Map<string, Node>();
  /** Anchors of what is being read: an alias to them would be endless. */
  readonly #open = new Set<Node>();

  node(node: Node | null, depth: number): Value {
    if (depth > MAX_DEPTH) throw new YamlFault('yaml: nested too deep');
    if (node === null) return null;
    if (isAlias(node)) return this.#alias(node, depth);
    const { anchor } = node as Scalar;
    if (anchor !== undefined) this.#anchors.set(anchor, node);
    if (isScalar(node)) return scalarValue(node);
    this.#open.add(node);
    this.#count();
    let value: Value = null;
    if (isSeq(node)) value = node.items.map((item) => this.node(item as Node | null, depth + 1));
    else if (isMap(node)) value = this.#map(node, depth);
    this.#open.delete(node);
    return value;
  }

  #alias(alias: Alias, depth: number): Value {
    const target = this.#anchors.get(alias.source);
    if (target === undefined) throw new YamlFault(`yaml: unknown anchor '${alias.source}' referenced`);
    if (this.#open.has(target)) throw new YamlFault(`yaml: anchor '${alias.source}' value contains itself`);
    this.#count();
    return this.node(target, depth + 1);
  }

  #count(): void {
    this.#expanded += 1;
    if (this.#expanded > MAX_EXPANSION) throw new YamlFault('yaml: document contains excessive aliasing');
  }

  #map(map: YAMLMap, depth: number): Value {
    const result: Record<string, Value> = {};
    const own = new Set<string>();
    for (const { key, value } of map.items) {
      if (isMergeKey(key)) {
        this.#merge(result, own, this.node(value as Node | null, depth + 1));
        continue;
      }
      const name = this.#keyName(key as Node | null, value as Node | null, depth);
      own.add(name);
      setOwn(result, name, this.node(value as Node | null, depth + 1));
    }
    return result;
  }

  /** Keys of the map itself go before merged ones, earlier maps of a list before later ones. */
  #merge(into: Record<string, Value>, own: ReadonlySet<string>, value: Value): void {
    const sources = Array.isArray(value) ? (value as readonly Value[]).toReversed() : [value];
    for (const source of sources) {
      if (typeof source !== 'object' || source === null || Array.isArray(source) || source instanceof BigNumber)
        throw new YamlFault('yaml: map merge requires map or sequence of maps as the value');
      const members = source as Record<string, Value>;
      for (const name of Object.keys(members)) if (!own.has(name)) setOwn(into, name, members[name] as Value);
    }
  }

  #keyName(key: Node | null, value: Node | null, depth: number): string {
    const name = this.node(key, depth + 1);
    if (typeof name === 'string') return name;
    if (typeof name === 'boolean') return `${name}`;
    if (typeof name === 'number' || name instanceof BigNumber) return numberText(name);
    if (name !== null) throw new YamlFault(`yaml: invalid map key: ${formatValue(name)}`);
    const shown = formatValue(this.node(value, depth + 1));
    throw new YamlFault(`unsupported map key of type: %!s(<nil>), key: <nil>, value: ${shown}`);
  }
}

function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.type === Scalar.PLAIN && key.value === '<<';
}

const TEXT_TAG = 'tag:yaml.org,2002:str';
const BINARY_TAG = 'tag:yaml.org,2002:binary';

function scalarValue(scalar: Scalar): Value {
  const text = typeof scalar.value === 'string' ? scalar.value : (scalar.source ?? '');
  if (scalar.tag === BINARY_TAG) return new TextDecoder().decode(Buffer.from(text, 'base64'));
  const isPlain = scalar.type === Scalar.PLAIN || scalar.type === undefined;
  if (scalar.tag === TEXT_TAG || (!isPlain && scalar.tag === undefined)) return text;
  const value = resolvePlain(text);
  if (typeof value === 'number' && Number.isNaN(value))
    throw new YamlFault(`json: unsupported value: ${notJson(text)}`);
  return value;
}

function notJson(text: string): string {
  if (/nan/i.test(text)) return 'NaN';
  return text.startsWith('-') ? '-Inf' : '+Inf';
}
