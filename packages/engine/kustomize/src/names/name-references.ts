import type { NameReference } from '../config/default-references.ts';
import { BuildFault } from '../fault.ts';
import type { FieldSpec } from '../kustomization/types.ts';
import { isMapNode, isNull, type Node, type NodeMap, scalarText, textAt } from '../node/node.ts';
import { gvkOf, isClusterScoped, isSelected } from '../resource/gvk.ts';
import { effectiveNamespace, formatResId, type ResId, sameNamespace } from '../resource/res-id.ts';
import type { ResMap } from '../resource/res-map.ts';
import { type Resource, sameAffixes } from '../resource/resource.ts';
import { applyFieldSpec } from '../transform/field-spec.ts';

/** Lets every field that names a resource follow the resource's new name. @throws BuildFault when it could mean several */
export function fixNameReferences(resources: ResMap, references: readonly NameReference[]): void {
  const index = new Candidates(resources.resources);
  const fieldsOf = fieldsByKind(references);
  for (const referrer of resources.resources) {
    const id = referrer.orgId();
    let scope: Scope | undefined;
    for (const { reference, field } of fieldsOf(id.kind)) {
      if (!isSelected(id, field)) continue;
      scope ??= new Scope(referrer, index);
      new ReferenceFix(scope, reference, field).run();
    }
  }
}

interface ReferringField {
  readonly reference: NameReference;
  readonly field: FieldSpec;
}

type FieldsOfKind = (kind: string) => readonly ReferringField[];

/** Kustomizations without configurations of their own share one list of references. */
const fieldsOfReferences = new WeakMap<readonly NameReference[], FieldsOfKind>();

function fieldsByKind(references: readonly NameReference[]): FieldsOfKind {
  let fields = fieldsOfReferences.get(references);
  if (fields === undefined) {
    fields = indexFields(references);
    fieldsOfReferences.set(references, fields);
  }
  return fields;
}

/** No more kinds are remembered: a tree may have any number. */
const MAX_KINDS = 500;

/** The fields that one kind can have: there are hundreds in all. */
function indexFields(references: readonly NameReference[]): FieldsOfKind {
  const known = new Map<string, ReferringField[]>();
  const all = references.flatMap((reference) => reference.fieldSpecs.map((field) => ({ reference, field })));
  return (kind) => {
    let fields = known.get(kind);
    if (fields === undefined) {
      fields = all.filter(({ field }) => !field.kind || field.kind === kind);
      if (known.size < MAX_KINDS) known.set(kind, fields);
    }
    return fields;
  };
}

/** Resources by the names that they had. */
class Candidates {
  readonly #byName = new Map<string, Resource[]>();

  constructor(resources: readonly Resource[]) {
    for (const resource of resources) {
      for (const name of new Set(resource.previousIds.map((id) => id.name))) {
        const known = this.#byName.get(name);
        if (known === undefined) this.#byName.set(name, [resource]);
        else known.push(resource);
      }
    }
  }

  named(name: string): readonly Resource[] {
    return this.#byName.get(name) ?? [];
  }
}

/** What one resource may refer to. */
class Scope {
  readonly referrer: Resource;
  readonly id: ResId;
  readonly #index: Candidates;
  readonly #namespaces: ReadonlySet<string>;

  constructor(referrer: Resource, index: Candidates) {
    this.referrer = referrer;
    this.id = referrer.curId();
    this.#index = index;
    this.#namespaces = subjectNamespaces(referrer);
  }

  named(name: string): Resource[] {
    const named = this.#index.named(name);
    if (isClusterScoped(this.id)) return [...named];
    return named.filter((candidate) => {
      const id = candidate.curId();
      return isClusterScoped(id) || sameNamespace(id, this.id) || this.#namespaces.has(id.namespace);
    });
  }
}

/** A role binding may name service accounts of other namespaces. */
function subjectNamespaces(referrer: Resource): ReadonlySet<string> {
  const { kind, node } = referrer;
  const namespaces = new Set<string>();
  if (kind !== 'RoleBinding') return namespaces;
  const subjects = node.get('subjects');
  if (!Array.isArray(subjects)) return namespaces;
  for (const subject of subjects) {
    if (!isMapNode(subject) || !subject.has('namespace') || textAt(subject, 'kind') !== 'ServiceAccount') continue;
    const namespace = textAt(subject, 'namespace');
    if (namespace === '') {
      const id = formatResId(referrer.curId());
      throw new BuildFault(`Invalid Input: namespace is blank for resource "${id}"`, referrer.source);
    }
    namespaces.add(namespace);
  }
  return namespaces;
}

class ReferenceFix {
  readonly #scope: Scope;
  readonly #target: NameReference;
  readonly #field: FieldSpec;

  constructor(scope: Scope, target: NameReference, field: FieldSpec) {
    this.#scope = scope;
    this.#target = target;
    this.#field = field;
  }

  run(): void {
    const { referrer } = this.#scope;
    try {
      applyFieldSpec(referrer, this.#field, (value) => this.#set(value), undefined, referrer.orgId());
    } catch (error) {
      if (!(error instanceof BuildFault)) throw error;
      throw error.within(
        `updating name reference in '${this.#field.path}' field of '${formatResId(referrer.curId())}'`,
        referrer.source,
      );
    }
  }

  #set(value: Node): Node | undefined {
    if (isNull(value)) return undefined;
    if (isMapNode(value)) return this.#setMap(value);
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) value[index] = this.#set(item) ?? item;
      return undefined;
    }
    const name = scalarText(value);
    if (name === undefined) return undefined;
    const referral = this.#select(name, this.#scope.named(name), sameNames);
    if (referral === undefined) return undefined;
    this.#record(referral);
    return referral.name === name ? undefined : referral.name;
  }

  /** The field is a map with `name` and perhaps `namespace`. */
  #setMap(map: NodeMap): undefined {
    if (!map.has('name')) throw new BuildFault("path config error; no 'name' field in node");
    const name = scalarText(map.get('name')) ?? '';
    let candidates = this.#scope.named(name);
    if (map.has('namespace')) candidates = inNamespace(candidates, textAt(map, 'namespace'));
    const referral = this.#select(name, candidates, sameNamesAndNamespaces);
    if (referral === undefined) return;
    this.#record(referral);
    if (referral.name === name && referral.namespace === '') return;
    map.set('name', referral.name);
    if (referral.namespace !== '') map.set('namespace', referral.namespace);
  }

  #select(
    name: string,
    from: readonly Resource[],
    identical: (all: readonly Resource[]) => boolean,
  ): Resource | undefined {
    const { referrer, id } = this.#scope;
    const role = this.#field.path.endsWith('roleRef/name') ? roleOf(referrer) : undefined;
    let found = from.filter(
      (candidate) =>
        candidate.previousIds.some((previous) => previous.name === name) &&
        candidate.previousIds.some((previous) => isSelected(previous, this.#target)) &&
        (role === undefined || candidate.previousIds.some((previous) => isSelected(previous, role))) &&
        reachable(id, candidate),
    );
    if (found.length <= 1) return found[0];
    const strict = found.filter((candidate) => sameAffixes(referrer, candidate, false));
    if (strict.length === 1) return strict[0];
    const loose = found.filter((candidate) => sameAffixes(referrer, candidate, true));
    if (loose.length <= 1) return loose[0];
    found = strict.length > 0 ? strict : loose;
    if (identical(found)) return found[0];
    const ids = found.map((candidate) => formatResId(candidate.curId())).join(', ');
    throw new BuildFault(`found multiple possible referrals: ${ids}`);
  }

  #record(referral: Resource): void {
    referral.refBy.push(this.#scope.id);
  }
}

function reachable(referrer: ResId, candidate: Resource): boolean {
  const id = candidate.curId();
  if (isClusterScoped(referrer) || isClusterScoped(id) || id.kind === 'ServiceAccount') return true;
  return sameNamespace(referrer, id);
}

function roleOf(referrer: Resource): { group: string; kind: string } | undefined {
  const role = referrer.node.get('roleRef');
  if (!isMapNode(role) || !role.has('apiGroup') || !role.has('kind')) return undefined;
  const { group, kind } = gvkOf(`${textAt(role, 'apiGroup')}/`, textAt(role, 'kind'));
  return { group, kind };
}

/** By the namespace that they had first, else by the one they have now. */
function inNamespace(candidates: Resource[], namespace: string): Resource[] {
  const first = candidates.filter((candidate) => effectiveNamespace(candidate.orgId()) === namespace);
  return first.length > 0
    ? first
    : candidates.filter((candidate) => effectiveNamespace(candidate.curId()) === namespace);
}

function sameNames(all: readonly Resource[]): boolean {
  return all.every((resource) => resource.name === all[0]?.name);
}

function sameNamesAndNamespaces(all: readonly Resource[]): boolean {
  return sameNames(all) && all.every((resource) => resource.namespace === all[0]?.namespace);
}
