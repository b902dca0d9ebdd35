import type { Origin } from '@sekisho/base';
import { cloneNode, ensureMap, isMapNode, isNull, type NodeMap, Scalar, scalarText } from '../node/node.ts';
import { goJson } from '../node/value.ts';
import { type Gvk, gvkOf } from './gvk.ts';
import { effectiveNamespace, type ResId } from './res-id.ts';

const NO_GVK: Gvk = { group: '', version: '', kind: '' };

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
  /** Of what was generated. */
  behavior: GeneratorBehavior | undefined;
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
    return this.#metadataText('name');
  }

  get namespace(): string {
    return this.#metadataText('namespace');
  }

  #metadataText(key: string): string {
    const metadata = this.node.get('metadata');
    return metadata instanceof Map ? (scalarText(metadata.get(key)) ?? '') : '';
  }

  /** Nothing is left of it: a patch deleted it. */
  get isEmpty(): boolean {
    return this.node.size === 0;
  }

  #gvk: Gvk = NO_GVK;
  #apiVersion = '';
  #id: ResId | undefined;

  /** Made anew only when it changed: transformers ask for it all the time. */
  gvk(): Gvk {
    const { apiVersion, kind } = this;
    if (this.#gvk.kind !== kind || this.#apiVersion !== apiVersion) {
      this.#apiVersion = apiVersion;
      this.#gvk = gvkOf(apiVersion, kind);
    }
    return this.#gvk;
  }

  curId(): ResId {
    const gvk = this.gvk();
    const { name, namespace } = this;
    const { group, version, kind } = gvk;
    const known = this.#id;
    if (
      known !== undefined &&
      known.name === name &&
      known.namespace === namespace &&
      known.kind === kind &&
      known.group === group &&
      known.version === version
    ) {
      return known;
    }
    const id = { group, version, kind, name, namespace };
    this.#id = id;
    return id;
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

  /** Kustomize would have noted something about it. */
  get hasNotes(): boolean {
    return (
      this.previousIds.length > 0 ||
      this.prefixes.length > 0 ||
      this.suffixes.length > 0 ||
      this.refBy.length > 0 ||
      this.needsHash ||
      this.behavior !== undefined
    );
  }

  /** As Kustomize shows a resource in messages: JSON, with the annotations that it keeps notes in. */
  describe(): string {
    const node = cloneNode(this.node);
    const metadata = ensureMap(node, 'metadata');
    const annotations = metadata && ensureMap(metadata, 'annotations');
    for (const [name, values] of this.#notes()) {
      if (values.length > 0) annotations?.set(`internal.config.kubernetes.io/${name}`, values.join(','));
    }
    if (annotations?.size === 0) metadata?.delete('annotations');
    return goJson(node);
  }

  #notes(): [string, readonly string[]][] {
    const { previousIds, prefixes, suffixes, behavior, needsHash } = this;
    return [
      ['generatorBehavior', behavior === undefined ? [] : [behavior]],
      ['needsHashSuffix', needsHash ? ['enabled'] : []],
      ['prefixes', prefixes],
      ['suffixes', suffixes],
      ['previousKinds', previousIds.map(({ kind }) => kind)],
      ['previousNames', previousIds.map(({ name }) => name)],
      ['previousNamespaces', previousIds.map((id) => effectiveNamespace(id))],
    ];
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

  /**
   * Kustomize rewrites annotations as text, whatever they were, and drops the field when there are none.
   * @param keepNulls of a patch: they delete
   */
  normalizeAnnotations(keepNulls = false): void {
    const metadata = this.#metadata();
    const annotations = metadata?.get('annotations');
    if (annotations === undefined) return;
    if (isNull(annotations) || (isMapNode(annotations) && annotations.size === 0)) metadata?.delete('annotations');
    else if (isMapNode(annotations)) {
      for (const [key, value] of annotations) {
        if (typeof value === 'string' || (keepNulls && isNull(value))) continue;
        annotations.set(key, value instanceof Scalar ? value.text : '');
      }
    }
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
