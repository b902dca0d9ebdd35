import { BuildFault } from '../fault.ts';
import { cloneNode, isMapNode, type NodeMap } from '../node/node.ts';
import type { NodeBudget } from '../node/node-budget.ts';
import type { KindSchemas } from '../patch/merge-schema.ts';
import { formatResId, idKey, type ResId, sameId } from './res-id.ts';
import type { Resource } from './resource.ts';

/** What all resources of one build share. */
export interface BuildState {
  /** A kustomization may bring other ones. */
  schemas: KindSchemas;
  readonly budget: NodeBudget;
}

/** The resources of one build in their order. No two have the same id. */
export class ResMap {
  resources: Resource[] = [];
  readonly state: BuildState;
  readonly #limit: number;

  constructor(limit: number, state: BuildState) {
    this.#limit = limit;
    this.state = state;
  }

  append(resource: Resource): void {
    const id = resource.curId();
    if (this.resources.some((known) => sameId(known.curId(), id))) throw alreadyThere(id, resource);
    this.push(resource);
  }

  push(resource: Resource): void {
    if (this.resources.length >= this.#limit) {
      throw new BuildFault(`more than ${this.#limit} resources`, resource.source, 'KUSTOMIZE_LIMIT');
    }
    this.resources.push(resource);
  }

  appendAll(resources: readonly Resource[]): void {
    const known = new Set(this.resources.map((resource) => idKey(resource.curId())));
    for (const resource of resources) {
      const id = resource.curId();
      const key = idKey(id);
      if (known.has(key)) throw alreadyThere(id, resource);
      known.add(key);
      this.push(resource);
    }
  }

  /** Adds what a generator made: by its behavior it is new, or goes into one that exists. */
  absorb(resource: Resource): void {
    const id = resource.curId();
    const matches = this.matchingAny(id);
    const [known] = matches;
    if (matches.length > 1) {
      throw new BuildFault(
        `found multiple objects ${matches.map((match) => formatResId(match.curId())).join(', ')} that could accept merge of ${formatResId(id)}`,
        resource.source,
      );
    }
    if (known === undefined) {
      if (resource.behavior === 'merge' || resource.behavior === 'replace') {
        throw new BuildFault(`id ${goResId(id)} does not exist; cannot merge or replace`, resource.source);
      }
      this.append(resource);
      return;
    }
    if (resource.behavior !== 'merge' && resource.behavior !== 'replace') {
      throw new BuildFault(`id ${goResId(id)} exists; behavior must be merge or replace`, resource.source);
    }
    this.resources[this.resources.indexOf(known)] = adopt(resource, known);
  }

  /** By the current id or any that a resource had before. */
  matchingAny(id: ResId): Resource[] {
    return this.resources.filter(
      (resource) => sameId(resource.curId(), id) || resource.previousIds.some((previous) => sameId(previous, id)),
    );
  }

  /** The one resource that a patch without a target means. */
  demandOne(id: ResId): Resource {
    const matches = this.matchingAny(id);
    const [match] = matches;
    if (match !== undefined && matches.length === 1) return match;
    const what = matches.length === 0 ? 'no matches' : 'multiple matches';
    throw new BuildFault(`${what} for Id ${formatResId(id)}`);
  }
}

function alreadyThere(id: ResId, { source }: Resource): BuildFault {
  return new BuildFault(`may not add resource with an already registered id: ${formatResId(id)}`, source);
}

/** Names, namespaces and the like of `known` stay, as do its other labels and annotations. */
function adopt(resource: Resource, known: Resource): Resource {
  const merged = resource;
  mergeMetadata(merged.node, known.node, 'labels');
  mergeMetadata(merged.node, known.node, 'annotations');
  if (known.name !== '') merged.setName(known.name);
  if (known.namespace !== '') merged.setNamespace(known.namespace);
  merged.previousIds = [...known.previousIds];
  merged.prefixes = [...known.prefixes];
  merged.suffixes = [...known.suffixes];
  merged.refBy = [...known.refBy];
  merged.refVars = [...known.refVars];
  merged.transformations = known.transformations.length > 0 ? [...known.transformations] : merged.transformations;
  merged.needsHash &&= known.needsHash;
  if (merged.behavior === 'merge') {
    merged.origin = known.origin;
    mergeData(merged.node, known.node, 'data');
    mergeData(merged.node, known.node, 'binaryData');
  }
  return merged;
}

function mergeMetadata(into: NodeMap, from: NodeMap, field: string): void {
  const metadata = into.get('metadata');
  const known = from.get('metadata');
  if (!isMapNode(metadata) || !isMapNode(known)) return;
  mergeData(metadata, known, field);
}

/** Entries of `from` that `into` doesn't have. */
function mergeData(into: NodeMap, from: NodeMap, field: string): void {
  const old = from.get(field);
  if (!isMapNode(old) || old.size === 0) return;
  const own = into.get(field);
  const merged = cloneNode(old);
  if (isMapNode(own)) for (const [key, value] of own) merged.set(key, value);
  into.set(field, merged);
}

/** An id as Go's %#v shows it. */
function goResId(id: ResId): string {
  const quote = JSON.stringify;
  return `resid.ResId{Gvk:resid.Gvk{Group:${quote(id.group)}, Version:${quote(id.version)}, Kind:${quote(id.kind)}, isClusterScoped:false}, Name:${quote(id.name)}, Namespace:${quote(id.namespace)}}`;
}
