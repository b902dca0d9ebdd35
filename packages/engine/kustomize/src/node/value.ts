import { type Node, type NodeMap, Scalar } from './node.ts';
import { goJsonNumber, numberOf, timestampText } from './resolve-scalar.ts';
import { sorted } from './write.ts';

/** A node as a JSON value; integers beyond what a JSON number holds exactly are bigints. */
export function toValue(node: Node): unknown {
  if (typeof node === 'string') return node;
  if (Array.isArray(node)) return node.map(toValue);
  if (node instanceof Map) {
    const value: Record<string, unknown> = {};
    for (const [key, entry] of sorted(node)) {
      if (key === '__proto__') Object.defineProperty(value, key, { value: toValue(entry), enumerable: true });
      else value[key] = toValue(entry);
    }
    return value;
  }
  switch (node.type) {
    case 'null':
      return null;
    case 'bool':
      return node.text.toLowerCase() === 'true';
    case 'timestamp':
      return timestampText(node.text);
    default: {
      const number = numberOf(node);
      return typeof number === 'bigint' && Number.isSafeInteger(Number(number)) ? Number(number) : number;
    }
  }
}

/** A JSON value as a node. */
export function fromValue(value: unknown): Node {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return new Scalar(String(value), 'bool');
  if (typeof value === 'bigint') return new Scalar(String(value), 'int');
  if (typeof value === 'number') return new Scalar(goJsonNumber(value), Number.isInteger(value) ? 'int' : 'float');
  if (Array.isArray(value)) return value.map(fromValue);
  if (typeof value === 'object' && value !== null) {
    const map: NodeMap = new Map();
    for (const [key, entry] of Object.entries(value)) map.set(key, fromValue(entry));
    return map;
  }
  return new Scalar('null', 'null');
}

/** JSON as Go's encoder writes it: keys in byte order, `<`, `>` and `&` escaped. */
export function goJson(node: Node): string {
  if (typeof node === 'string') return goJsonString(node);
  if (Array.isArray(node)) return `[${node.map(goJson).join(',')}]`;
  if (node instanceof Map) {
    const keys = [...node.keys()].sort();
    return `{${keys.map((key) => `${goJsonString(key)}:${goJson(node.get(key) ?? '')}`).join(',')}}`;
  }
  if (node.type === 'timestamp') return goJsonString(timestampText(node.text));
  if (node.type === 'null') return 'null';
  return node.type === 'bool' ? node.text.toLowerCase() : goJsonNumber(numberOf(node));
}

const ESCAPED = /[<>&\u2028\u2029]/g;

function goJsonString(text: string): string {
  return JSON.stringify(text).replace(ESCAPED, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
