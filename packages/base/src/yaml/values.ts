import type { Node, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import { isAlias, isMap, isScalar, isSeq } from './library.ts';
import { keyOfPlain, resolvePlain, type ScalarValue, unsafeInteger } from './scalar.ts';

export interface Fault {
  readonly code: string;
  readonly offset: number;
  readonly message: string;
  readonly severity?: 'error' | 'warning';
  readonly hint?: string;
  /** Where the first of two equal keys stands. */
  readonly otherOffset?: number;
}

export interface ValueLimits {
  /** Nodes that all aliases of a document may stand for together. */
  readonly maxAliasExpansion: number;
  readonly maxDepth: number;
  readonly duplicateKeys: 'error' | 'warning';
}

/** Turns the nodes of one document into JSON values. Faults go to `report`; the value is then incomplete. */
export function toValue(root: Node | null, limits: ValueLimits, report: (fault: Fault) => void): unknown {
  return new ValueBuilder(limits, report).build(root, 0).value;
}

const TAG = 'tag:yaml.org,2002:';

interface Built {
  readonly value: unknown;
  /** Number of nodes in the value, those behind aliases included. */
  readonly weight: number;
}

const NOTHING: Built = { value: null, weight: 1 };

class ValueBuilder {
  readonly #limits: ValueLimits;
  readonly #report: (fault: Fault) => void;
  /** Anchors seen so far; 'open' while the node that carries it is being built. */
  readonly #anchors = new Map<string, Built | 'open'>();
  #expanded = 0;
  #bombReported = false;

  constructor(limits: ValueLimits, report: (fault: Fault) => void) {
    this.#limits = limits;
    this.#report = report;
  }

  build(node: Node | null, depth: number): Built {
    if (node === null) return NOTHING;
    if (isAlias(node)) return this.#alias(node.source, offsetOf(node));
    if (depth > this.#limits.maxDepth) {
      this.#report({ code: 'YAML_TOO_DEEP', offset: offsetOf(node), message: 'collections are nested too deeply' });
      return NOTHING;
    }
    const anchor = 'anchor' in node ? node.anchor : undefined;
    if (anchor !== undefined) this.#anchors.set(anchor, 'open');
    const built = this.#content(node, depth);
    if (anchor !== undefined) this.#anchors.set(anchor, built);
    return built;
  }

  #content(node: Node, depth: number): Built {
    if (isScalar(node)) return { value: this.#scalar(node), weight: 1 };
    if (isSeq(node)) return this.#sequence(node, depth);
    if (isMap(node)) return this.#map(node, depth);
    return NOTHING;
  }

  /** The value behind an alias is shared, not copied; what it would cost written out is counted all the same. */
  #alias(anchor: string, offset: number): Built {
    const target = this.#anchors.get(anchor);
    if (target === undefined || target === 'open') {
      const problem = target === 'open' ? 'contains itself' : 'is not defined before its use';
      this.#report({ code: 'YAML_SYNTAX', offset, message: `the anchor "${anchor}" ${problem}` });
      return NOTHING;
    }
    this.#expanded += target.weight;
    if (this.#expanded <= this.#limits.maxAliasExpansion) return target;
    if (!this.#bombReported) {
      this.#bombReported = true;
      this.#report({
        code: 'YAML_ALIAS_BOMB',
        offset,
        message: `aliases stand for more than ${this.#limits.maxAliasExpansion} nodes`,
        hint: 'Write the repeated parts out, or split the file.',
      });
    }
    return NOTHING;
  }

  #sequence(node: YAMLSeq, depth: number): Built {
    const value: unknown[] = [];
    let weight = 1;
    for (const item of node.items) {
      const built = this.build(item as Node | null, depth + 1);
      value.push(built.value);
      weight += built.weight;
    }
    return { value, weight };
  }

  #map(node: YAMLMap, depth: number): Built {
    const value: Record<string, unknown> = {};
    const seen = new Map<string, number>();
    let weight = 1;
    for (const pair of node.items) {
      const keyNode = pair.key as Node | null;
      if (isMergeKey(keyNode)) {
        const offset = offsetOf(keyNode ?? node);
        weight += this.#merge(value, this.build(pair.value as Node | null, depth + 1), offset);
        continue;
      }
      const key = this.#key(keyNode, offsetOf(node));
      const built = this.build(pair.value as Node | null, depth + 1);
      weight += built.weight;
      if (key === undefined) continue;
      const offset = offsetOf(keyNode ?? node);
      const first = seen.get(key);
      if (first === undefined) seen.set(key, offset);
      else {
        this.#report({
          code: 'YAML_DUPLICATE_KEY',
          severity: this.#limits.duplicateKeys,
          offset,
          otherOffset: first,
          message: `the key ${JSON.stringify(key)} is already set`,
          hint: 'Remove one of the two; which one counts differs between programs.',
        });
      }
      setKey(value, key, built.value);
    }
    return { value, weight };
  }

  /**
   * A merge key acts where it stands: it overwrites what came before and is overwritten by what follows, and in a list
   * the first source wins. That is what kubectl does.
   * @returns the weight of all sources
   */
  #merge(into: Record<string, unknown>, source: Built, offset: number): number {
    const sources = Array.isArray(source.value) ? [...source.value].reverse() : [source.value];
    for (const one of sources) {
      if (typeof one !== 'object' || one === null || Array.isArray(one)) {
        this.#report({ code: 'YAML_SYNTAX', offset, message: 'a merge key ("<<") takes a map or a list of maps' });
        continue;
      }
      for (const [key, value] of Object.entries(one)) setKey(into, key, value);
    }
    return source.weight;
  }

  #key(node: Node | null, parentOffset: number): string | undefined {
    if (isAlias(node)) {
      const { value } = this.#alias(node.source, offsetOf(node));
      if (typeof value === 'string') return value;
      if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    } else if (isScalar(node)) {
      const text = node.source ?? String(node.value ?? '');
      const key = isResolved(node) ? keyOfPlain(text) : keyOfValue(this.#scalar(node));
      if (node.anchor !== undefined) this.#anchors.set(node.anchor, { value: this.#scalar(node), weight: 1 });
      if (key !== undefined) return key;
    }
    this.#report({
      code: 'YAML_SYNTAX',
      offset: node === null ? parentOffset : offsetOf(node),
      message: 'a map key must be a string, a number or a boolean',
      hint: 'Quote the key.',
    });
    return undefined;
  }

  #scalar(node: Scalar): ScalarValue {
    const text = node.source ?? String(node.value ?? '');
    const value = isResolved(node) ? resolvePlain(text) : taggedValue(text, node);
    if (typeof value !== 'number') return value;
    if (!Number.isFinite(value)) {
      this.#report({
        code: 'YAML_SYNTAX',
        offset: offsetOf(node),
        message: `${text} is a number that JSON can't hold`,
        hint: 'Quote it to make it a string.',
      });
      return null;
    }
    if (unsafeInteger(text) !== undefined) {
      this.#report({
        code: 'YAML_NUMBER_PRECISION',
        severity: 'warning',
        offset: offsetOf(node),
        message: `${text} is too big to be kept exactly: it becomes ${value}`,
        hint: 'Quote it to make it a string.',
      });
    }
    return value;
  }
}

/** Whether a scalar's type follows from its text. */
function isResolved(node: Scalar): boolean {
  return (node.type === undefined || node.type === 'PLAIN') && node.tag === undefined;
}

/** Quoted and block scalars are strings; an explicit tag of YAML's own changes that, any other tag says string. */
function taggedValue(text: string, node: Scalar): ScalarValue {
  const tag = node.tag?.startsWith(TAG) ? node.tag.slice(TAG.length) : undefined;
  switch (tag) {
    case 'int':
    case 'float':
    case 'bool':
    case 'null':
      return resolvePlain(text);
    case 'binary':
      return decodeBase64(text);
    default:
      return text;
  }
}

function decodeBase64(text: string): string {
  try {
    const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
    return new TextDecoder().decode(bytes);
  } catch {
    return text;
  }
}

function keyOfValue(value: ScalarValue): string | undefined {
  return value === null ? undefined : String(value);
}

/** Only a plain `<<` merges; a quoted one is a key like any other. */
export function isMergeKey(node: Node | null): boolean {
  return isScalar(node) && node.source === '<<' && (isResolved(node) || node.tag === `${TAG}merge`);
}

/** The text of a key, as {@link toValue} writes it; undefined for what is none. */
export function keyText(node: Node | null): string | undefined {
  if (!isScalar(node)) return undefined;
  const text = node.source ?? String(node.value ?? '');
  return isResolved(node) ? keyOfPlain(text) : keyOfValue(taggedValue(text, node));
}

export function offsetOf(node: Node): number {
  return node.range?.[0] ?? 0;
}

/** Sets an own property, whatever its name: `__proto__` in a file must not reach a prototype. */
export function setKey(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    target[key] = value;
  }
}
