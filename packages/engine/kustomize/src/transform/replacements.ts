import { BuildFault, within } from '../fault.ts';
import type { FieldOptions, ReplacementConfig, Selector } from '../kustomization/types.ts';
import { isScalarNode, type Node, Scalar, scalarText } from '../node/node.ts';
import type { NodeBudget } from '../node/node-budget.ts';
import { resolvePlainScalar } from '../node/resolve-scalar.ts';
import { formatGvk, isSelected } from '../resource/gvk.ts';
import type { ResId } from '../resource/res-id.ts';
import type { ResMap } from '../resource/res-map.ts';
import type { Resource } from '../resource/resource.ts';
import { matchesLabels } from '../resource/select.ts';
import { type FieldPlace, findFields, splitFieldPath } from './field-path.ts';
import type { Transformer } from './transformer.ts';

const DEFAULT_PATH = 'metadata.name';

/** Copies values from fields of one resource into fields of others. */
export function replacementTransformer(replacements: readonly ReplacementConfig[]): Transformer {
  return {
    kind: 'ReplacementTransformer',
    transform(resources) {
      for (const replacement of replacements) applyReplacement(replacement, resources);
    },
  };
}

function applyReplacement(replacement: ReplacementConfig, resources: ResMap): void {
  const { source, sourceValue, targets } = replacement;
  if (targets === undefined || targets.length === 0 || (source === undefined && sourceValue === undefined)) {
    throw new BuildFault('replacements must specify a source and at least one target');
  }
  if (source !== undefined && sourceValue !== undefined) {
    throw new BuildFault('replacements must not specify both source and sourceValue');
  }
  const value = sourceValue ?? readSource(source ?? {}, resources);
  for (const target of targets) {
    if (target.select === undefined) throw new BuildFault('target must specify resources to select');
    const paths =
      target.fieldPaths === undefined || target.fieldPaths.length === 0 ? [DEFAULT_PATH] : target.fieldPaths;
    const selects = idMatcher(target.select);
    const rejects = (target.reject ?? []).filter((selector) => Object.keys(selector).length > 0).map(idMatcher);
    for (const resource of resources.resources) {
      if (!selects(resource) || rejects.some((reject) => reject(resource))) continue;
      for (const path of paths) replaceField(resource, path, value, target.options ?? {}, resources.state.budget);
    }
  }
}

/** Any of the ids that it has or had, and its labels. */
function idMatcher(selector: Selector): (resource: Resource) => boolean {
  const byLabels = matchesLabels(selector);
  return (resource) => byLabels(resource) && idsOf(resource).some((id) => isMeant(id, selector));
}

function idsOf(resource: Resource): ResId[] {
  return [resource.curId(), ...resource.previousIds];
}

type Source = NonNullable<ReplacementConfig['source']>;

function readSource(source: Source, resources: ResMap): Node {
  const found = resources.resources.filter((resource) => idsOf(resource).some((id) => isMeant(id, source)));
  const [resource] = found;
  const label = formatSource(source);
  if (resource === undefined) throw new BuildFault(`nothing selected by ${label}`);
  if (found.length > 1) {
    throw new BuildFault(`multiple matches for selector ${label}`);
  }
  const path = source.fieldPath || DEFAULT_PATH;
  const [place] = findFields(resource.node, splitFieldPath(path));
  if (place === undefined) {
    throw new BuildFault(
      `fieldPath \`${path}\` is missing for replacement source ${formatId(source)}`,
      resource.source,
    );
  }
  return refine(place.get(), source.options);
}

/** `Deployment.v1.apps/web.[noNs]:spec.replicas:-(1), create=false`: path and options when they are given. */
function formatSource({ fieldPath = '', options = {}, ...id }: Source): string {
  const parts = [formatId(id)];
  if (fieldPath !== '') parts.push(fieldPath);
  const { delimiter = '', index = 0, encoding = '', create = false } = options;
  if (delimiter !== '' || index !== 0 || encoding !== '' || create)
    parts.push(`${delimiter}(${index}), create=${create}`);
  return parts.join(':');
}

function formatId(id: Selector): string {
  return `${formatGvk(id)}/${id.name || '[noName]'}.${id.namespace || '[noNs]'}`;
}

function isMeant(id: ResId, source: Selector): boolean {
  return (
    isSelected(id, source) &&
    (!source.name || id.name === source.name) &&
    (!source.namespace || (id.namespace || 'default') === source.namespace)
  );
}

/** One part of the source, when it is asked for. */
function refine(value: Node, options: FieldOptions | undefined): Node {
  const delimiter = options?.delimiter ?? '';
  if (delimiter === '') return value;
  const text = scalarText(value);
  if (text === undefined) throw new BuildFault('delimiter option can only be used with scalar nodes');
  const parts = text.split(delimiter);
  const index = options?.index ?? 0;
  const part = index < 0 ? undefined : parts[index];
  if (part === undefined) throw new BuildFault(`options.index ${index} is out of bounds for value ${text}`);
  return part;
}

function replaceField(resource: Resource, path: string, value: Node, options: FieldOptions, budget: NodeBudget): void {
  const create = options.create === true ? () => emptyAs(value) : undefined;
  const places = within(`unable to find field "${path}" in replacement target`, () =>
    findFields(resource.node, splitFieldPath(path), create),
  );
  if (places.length === 0) {
    throw new BuildFault(`unable to find field "${path}" in replacement target`, resource.source);
  }
  const before = { id: resource.curId() };
  for (const place of places) replaceValue(place, budget.copy(value), options);
  const now = resource.curId();
  if (now.name !== before.id.name || now.kind !== before.id.kind || now.namespace !== before.id.namespace) {
    resource.previousIds.push(before.id);
  }
}

/** What a missing field is made as: a scalar without a type, or a collection. */
function emptyAs(value: Node): Node {
  if (isScalarNode(value)) return new Scalar('', 'null');
  return Array.isArray(value) ? [] : new Map();
}

function replaceValue(place: FieldPlace, value: Node, options: FieldOptions): void {
  const old = place.get();
  const delimiter = options.delimiter ?? '';
  if (delimiter !== '') {
    place.set(splice(old, value, delimiter, options.index ?? 0));
  } else if (!isScalarNode(old)) {
    place.set(value);
  } else {
    // The text changes, the type of the field stays; what was made just now has none. Collections have no text.
    const text = scalarText(value) ?? '';
    place.set(old instanceof Scalar ? resolvePlainScalar(text) : text);
  }
}

function splice(old: Node, value: Node, delimiter: string, index: number): Node {
  const text = scalarText(old);
  const part = scalarText(value) ?? '';
  if (text === undefined) {
    throw new BuildFault('delimiter option can only be used with scalar nodes');
  }
  const parts = text.split(delimiter);
  if (index < 0) parts.unshift(part);
  else if (index >= parts.length) parts.push(part);
  else parts[index] = part;
  return parts.join(delimiter);
}
