import type { Origin } from '@sekisho/base';
import { cloneNode, ensureMap, isMapNode, type NodeMap, scalarText, textAt } from '../node/node.ts';
import { gvkOf } from './gvk.ts';
import type { ResId } from './res-id.ts';

export type GeneratorBehavior = 'unspecified' | 'create' | 'merge' | 'replace';

/** Where a resource comes from, in the words of Kustomize's origin annotation. */
export interface ResourceOrigin {
  readonly path?: string;
  readonly repo?: string;
  readonly ref?: string;
  readonly configuredIn?: string;
  readonly configuredBy?: ConfiguredBy;
}

export interface ConfiguredBy {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name?: string;
  readonly namespace?: string;
}

/** One object, the names it had on the way, and what is still to be done to it. */
export class Resource {
  node: NodeMap;
  /** File and place of the object itself. */
  readonly source: Origin;
  /** Ids it had before, oldest first. */
  previousIds: ResId[] = [];
  prefixes: string[] = [];
  suffixes: string[] = [];
  behavior: GeneratorBehavior = 'unspecified';
  needsHash = false;
  origin: ResourceOrigin | undefined;
  transformations: ResourceOrigin[] = [];
  /** As a patch: it may change the name or kind of what it is applied to. */
  allowNameChange = false;
  allowKindChange = false;
  /** Ids of the resources that name this one. */
  refBy: ResId[] = [];
  /** Names of the variables that point at it. */
  refVars: string[] = [];

  constructor(node: NodeMap, source: Origin) {
    this.node = node;
    this.source = source;
  }

  get kind(): string {
    return scalarText(this.node.get('kind')) ?? '';
  }

  get apiVersion(): string {
    return scalarText(this.node.get('apiVersion')) ?? '';
  }

  get name(): string {
    return textAt(this.node, 'metadata', 'name');
  }

  get namespace(): string {
    return textAt(this.node, 'metadata', 'namespace');
  }

  /** Nothing is left of it: a patch deleted it. */
  get isEmpty(): boolean {
    return this.node.size === 0;
  }

  curId(): ResId {
    return { ...gvkOf(this.apiVersion, this.kind), name: this.name, namespace: this.namespace };
  }

  orgId(): ResId {
    return this.previousIds[0] ?? this.curId();
  }

  storePreviousId(): void {
    this.previousIds.push(this.curId());
  }

  setName(name: string): void {
    ensureMap(this.node, 'metadata')?.set('name', name);
  }

  setNamespace(namespace: string): void {
    const metadata = namespace === '' ? this.#metadata() : ensureMap(this.node, 'metadata');
    if (namespace === '') metadata?.delete('namespace');
    else metadata?.set('namespace', namespace);
  }

  #metadata(): NodeMap | undefined {
    const metadata = this.node.get('metadata');
    return isMapNode(metadata) ? metadata : undefined;
  }

  /** Text of an annotation. */
  annotation(name: string): string | undefined {
    const annotations = this.#metadata()?.get('annotations');
    return isMapNode(annotations) ? scalarText(annotations.get(name)) : undefined;
  }

  setAnnotation(name: string, value: string): void {
    const metadata = ensureMap(this.node, 'metadata');
    if (metadata !== undefined) ensureMap(metadata, 'annotations')?.set(name, value);
  }

  removeAnnotation(name: string): void {
    const metadata = this.#metadata();
    const annotations = metadata?.get('annotations');
    if (!isMapNode(annotations) || !annotations.delete(name)) return;
    if (annotations.size === 0) metadata?.delete('annotations');
  }

  clone(): Resource {
    const copy = new Resource(cloneNode(this.node), this.source);
    copy.previousIds = [...this.previousIds];
    copy.prefixes = [...this.prefixes];
    copy.suffixes = [...this.suffixes];
    copy.behavior = this.behavior;
    copy.needsHash = this.needsHash;
    copy.origin = this.origin;
    copy.transformations = [...this.transformations];
    copy.allowNameChange = this.allowNameChange;
    copy.allowKindChange = this.allowKindChange;
    copy.refBy = [...this.refBy];
    copy.refVars = [...this.refVars];
    return copy;
  }
}

/** Whether the names of both grew in the same way. */
export function sameAffixes(a: Resource, b: Resource, allowEmpty: boolean): boolean {
  return (
    ((allowEmpty && (a.prefixes.length === 0 || b.prefixes.length === 0)) || sameEnding(a.prefixes, b.prefixes)) &&
    ((allowEmpty && (a.suffixes.length === 0 || b.suffixes.length === 0)) || sameEnding(a.suffixes, b.suffixes))
  );
}

function sameEnding(a: readonly string[], b: readonly string[]): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  if (short.length === 0) return long.length === 0;
  return short.every((part, index) => part === long[index + long.length - short.length]);
}
