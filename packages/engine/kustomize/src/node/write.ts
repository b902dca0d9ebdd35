import { compareKeys } from './key-order.ts';
import { type Node, type NodeMap, Scalar } from './node.ts';
import { outputNumber, timestampText } from './resolve-scalar.ts';
import { writeString } from './write-scalar.ts';

/** YAML takes a key before its colon only up to this length. */
const LONGEST_KEY = 128;

/** One object as Kustomize prints it: keys in order, two spaces, lists not indented under their key, long lines folded. */
export function writeNode(node: Node): string;
/** @returns undefined when it would have more than `max` characters */
export function writeNode(node: Node, max: number): string | undefined;
export function writeNode(node: Node, max = Number.POSITIVE_INFINITY): string | undefined {
  const out = new Lines(max);
  try {
    if (isFilled(node)) writeCollection(out, node, 0, '');
    else out.push(writeScalar(node, 0, 2));
  } catch (error) {
    if (error === TOO_LONG) return undefined;
    throw error;
  }
  return `${out.lines.join('\n')}\n`;
}

const TOO_LONG = Symbol('too long');

class Lines {
  readonly lines: string[] = [];
  #left: number;

  constructor(max: number) {
    this.#left = max;
  }

  push(line: string): void {
    this.#left -= line.length + 1;
    if (this.#left < 0) throw TOO_LONG;
    this.lines.push(line);
  }
}

function isFilled(node: Node): node is Node[] | NodeMap {
  return Array.isArray(node) ? node.length > 0 : node instanceof Map && node.size > 0;
}

function writeCollection(out: Lines, node: Node[] | NodeMap, indent: number, first: string): void {
  const pad = ' '.repeat(indent);
  let prefix = first === '' ? pad : first;
  if (Array.isArray(node)) {
    for (const item of node) {
      if (isFilled(item)) writeCollection(out, item, indent + 2, `${prefix}- `);
      else out.push(`${prefix}- ${writeScalar(item, prefix.length + 2, indent + 2)}`);
      prefix = pad;
    }
    return;
  }
  for (const [key, value] of sorted(node)) {
    const long = key.includes('\n') || Buffer.byteLength(key) > LONGEST_KEY;
    if (long) out.push(`${prefix}? ${writeString(key, prefix.length + 2, indent + 2, false)}`);
    const lead = long ? `${pad}:` : `${prefix}${writeString(key, prefix.length, indent, true)}:`;
    prefix = pad;
    if (!isFilled(value)) {
      out.push(`${lead} ${writeScalar(value, lead.length + 1, indent + 2)}`);
    } else if (long) {
      writeCollection(out, value, indent + 2, `${lead} `);
    } else {
      out.push(lead);
      writeCollection(out, value, Array.isArray(value) ? indent : indent + 2, '');
    }
  }
}

/** A map in the order of the output: it is brought into it, so that a second look finds it there. */
export function sorted(map: NodeMap): NodeMap {
  if (map.size < 2 || isSorted(map)) return map;
  const entries = [...map].sort(([a], [b]) => compareKeys(a, b));
  map.clear();
  for (const [key, value] of entries) map.set(key, value);
  return map;
}

function isSorted(map: NodeMap): boolean {
  let last: string | undefined;
  for (const key of map.keys()) {
    if (last !== undefined && compareKeys(last, key) > 0) return false;
    last = key;
  }
  return true;
}

function writeScalar(node: Node, column: number, indent: number): string {
  if (typeof node === 'string') return writeString(node, column, indent, false);
  if (!(node instanceof Scalar)) return Array.isArray(node) ? '[]' : '{}';
  switch (node.type) {
    case 'null':
      return 'null';
    case 'bool':
      return node.text.toLowerCase();
    case 'timestamp':
      return writeString(timestampText(node.text), column, indent, false);
    default:
      return outputNumber(node);
  }
}
