import {
  type ComposedDocument,
  composeYaml,
  createLineIndex,
  NestingTooDeep,
  type PlainMaker,
  type Position,
  readPlainYaml,
  splitYamlDocuments,
} from '@sekisho/base';
import { isAlias, isScalar, isSeq, type YAMLMap, type Node as YamlNode, type Scalar as YamlScalar } from 'yaml';
import { BuildFault } from '../fault.ts';
import type { Limits } from '../limits.ts';
import { type Node, type NodeMap, nullScalar, Scalar } from './node.ts';
import { isTrue, resolveOldScalar, resolvePlainScalar } from './resolve-scalar.ts';

export interface NodeDocument {
  /** Undefined: an empty document. */
  readonly node: Node | undefined;
  /** Where the content begins. */
  readonly position: Position;
}

/**
 * Reads YAML (or JSON) into nodes: aliases and merge keys are written out.
 * @throws BuildFault at syntax faults, equal keys, too deep nesting and exploding aliases
 */
export function readNodes(text: string, file: string, limits: Limits): NodeDocument[] {
  const lineOf = createLineIndex(text);
  // Directives and `...` tie documents together, and some characters are for the full parser: such a text is read whole.
  if (NOT_PLAIN.test(text)) return readFully(text, file, limits, lineOf);
  const documents: NodeDocument[] = [];
  const chunks = splitYamlDocuments(text);
  for (const { start, end } of chunks) {
    const chunk = text.slice(start, end);
    if (start === 0 && chunks.length > 1 && NOTHING.test(chunk)) continue;
    const plain = readPlainYaml(chunk, limits.maxDepth, limits.lastKeyWins ? configurationMaker : resourceMaker);
    if (plain === undefined) documents.push(...readFully(chunk, file, limits, (offset) => lineOf(start + offset)));
    else documents.push({ node: plain.value as Node, position: lineOf(start + plain.offset) });
  }
  return documents;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that are looked for
const NOT_PLAIN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufeff\ufffe\uffff]|(?<![^\n])(?:%|\.\.\.)/;
/** Only comments and empty lines: the document begins behind them. */
const NOTHING = /^(?:[ \t]*(?:#.*)?\n)*$/;

function makerOf(scalar: (text: string) => Node): PlainMaker<NodeMap> {
  return {
    missing: nullScalar,
    scalar,
    key(text) {
      const key = scalar(text);
      return typeof key === 'string' ? key : undefined;
    },
    map: () => new Map(),
    has: (map, key) => map.has(key),
    set: (map, key, value) => map.set(key, value as Node),
  };
}

const resourceMaker = makerOf(resolvePlainScalar) as PlainMaker<unknown>;
const configurationMaker = makerOf(resolveOldScalar) as PlainMaker<unknown>;

function readFully(text: string, file: string, limits: Limits, lineOf: (offset: number) => Position): NodeDocument[] {
  const documents: NodeDocument[] = [];
  try {
    for (const document of composeYaml(text, limits.maxDepth)) {
      failAtSyntax(document, file, lineOf);
      const offset = document.root?.range?.[0] ?? 0;
      const node = document.root === null ? undefined : new NodeReader(file, lineOf, limits).read(document.root, 0);
      documents.push({ node: isEmptyRoot(document.root, node) ? undefined : node, position: lineOf(offset) });
    }
  } catch (error) {
    if (!(error instanceof NestingTooDeep)) throw error;
    throw new BuildFault('yaml: exceeded max depth', { file, ...lineOf(error.offset) });
  }
  return documents;
}

function failAtSyntax(document: ComposedDocument, file: string, lineOf: (offset: number) => Position): void {
  const [fault] = document.errors;
  if (fault === undefined) return;
  const place = lineOf(fault.offset);
  throw new BuildFault(`yaml: line ${place.line}: ${fault.message}`, { file, ...place });
}

function isEmptyRoot(root: YamlNode | null, node: Node | undefined): boolean {
  return node === undefined || (isScalar(root) && node instanceof Scalar && node.type === 'null' && root.source === '');
}

class NodeReader {
  readonly #file: string;
  readonly #lineOf: (offset: number) => Position;
  readonly #limits: Limits;
  readonly #anchors = new Map<string, YamlNode>();
  readonly #open = new Set<YamlNode>();
  #made = 0;

  constructor(file: string, lineOf: (offset: number) => Position, limits: Limits) {
    this.#file = file;
    this.#lineOf = lineOf;
    this.#limits = limits;
  }

  read(node: YamlNode | null | undefined, depth: number): Node {
    if (!node) return nullScalar;
    if (++this.#made > this.#limits.maxNodes) this.#fail('yaml: document contains excessive aliasing', node);
    if (depth > this.#limits.maxDepth) this.#fail('yaml: exceeded max depth', node);
    if (isScalar(node)) {
      if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
      return readScalar(node, this.#limits.lastKeyWins);
    }
    if (isAlias(node)) return this.#alias(node, depth);
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    this.#open.add(node);
    const read = isSeq(node)
      ? node.items.map((item) => this.read(item as YamlNode | null, depth + 1))
      : this.#map(node, depth);
    this.#open.delete(node);
    return read;
  }

  #alias(node: YamlNode & { source: string }, depth: number): Node {
    const target = this.#anchors.get(node.source);
    if (target === undefined) this.#fail(`yaml: unknown anchor '${node.source}' referenced`, node);
    if (this.#open.has(target)) this.#fail(`yaml: anchor '${node.source}' value contains itself`, node);
    return this.read(target, depth);
  }

  #map(node: YAMLMap, depth: number): NodeMap {
    const map: NodeMap = new Map();
    const lines = new Map<string, YamlNode>();
    const merges: (YamlNode | null)[] = [];
    for (const pair of node.items) {
      const keyNode = pair.key as YamlNode | null;
      const value = pair.value as YamlNode | null;
      if (isScalar(keyNode) && keyNode.source === '<<' && keyNode.type === 'PLAIN') {
        merges.push(value);
        continue;
      }
      const key = this.#key(keyNode, depth);
      const known = lines.get(key);
      if (known !== undefined && !this.#limits.lastKeyWins) {
        const at = keyNode ?? node;
        const line = this.#place(at).line;
        const first = this.#place(known).line;
        this.#fail(
          `map[string]interface {}(nil): yaml: unmarshal errors:\n  line ${line}: mapping key "${key}" already defined at line ${first}`,
          at,
          true,
        );
      }
      lines.set(key, keyNode ?? node);
      map.set(key, this.read(value, depth + 1));
    }
    for (const merge of merges) this.#merge(map, merge, depth);
    return map;
  }

  #merge(map: NodeMap, source: YamlNode | null, depth: number): void {
    const read = this.read(source, depth + 1);
    for (const part of Array.isArray(read) ? read : [read]) {
      if (!(part instanceof Map)) this.#fail('yaml: map merge requires map or sequence of maps as the value', source);
      for (const [key, value] of part) if (!map.has(key)) map.set(key, value);
    }
  }

  #key(node: YamlNode | null, depth: number): string {
    const read = this.read(node, depth + 1);
    if (typeof read === 'string') return read;
    if (read instanceof Scalar && this.#limits.lastKeyWins) {
      return read.type === 'bool' ? String(isTrue(read.text)) : read.text;
    }
    return this.#fail('json: unsupported type: map[interface {}]interface {}', node, true);
  }

  #place(node: YamlNode | null): Position {
    return this.#lineOf(node?.range?.[0] ?? 0);
  }

  #fail(message: string, node: YamlNode | null, bare = false): never {
    throw new BuildFault(message, { file: this.#file, ...this.#place(node) }, 'KUSTOMIZE_BUILD', bare);
  }
}

const CORE = 'tag:yaml.org,2002:';

function readScalar(node: YamlScalar, old: boolean): string | Scalar {
  const text = typeof node.value === 'string' ? node.value : (node.source ?? '');
  const tag = node.tag?.startsWith(CORE) ? node.tag.slice(CORE.length) : node.tag;
  if (tag === 'str' || tag === '!') return text;
  if (tag === 'binary') return Buffer.from(text, 'base64').toString('utf8');
  if (tag === 'int' || tag === 'float' || tag === 'bool' || tag === 'null') return new Scalar(text, tag);
  if (node.type !== 'PLAIN' && node.type !== undefined) return text;
  return old ? resolveOldScalar(text) : resolvePlainScalar(text);
}
