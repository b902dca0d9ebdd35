import { BuildFault, within } from '../fault.ts';
import type { FieldSpec, VarConfig } from '../kustomization/types.ts';
import { cloneNode, isMapNode, type Node, Scalar, scalarText } from '../node/node.ts';
import { formatGvk, gvkOf, isSelected } from '../resource/gvk.ts';
import { formatResId, type ResId } from '../resource/res-id.ts';
import type { ResMap } from '../resource/res-map.ts';
import type { Resource } from '../resource/resource.ts';
import { applyFieldSpec } from '../transform/field-spec.ts';

/** A name for the value of a field of one resource. */
export interface Variable {
  readonly name: string;
  readonly id: ResId;
  readonly hasNamespace: boolean;
  readonly fieldPath: string;
  /** As the kustomization has it, for messages. */
  readonly written: string;
}

/** @throws BuildFault */
export function readVariable({ name = '', objref = {}, fieldref = {} }: VarConfig, file: string): Variable {
  if (name === '') throw new BuildFault('var must have a name', { file });
  const gvk = objref.apiVersion
    ? gvkOf(objref.apiVersion, objref.kind ?? '')
    : { group: objref.group ?? '', version: objref.version ?? '', kind: objref.kind ?? '' };
  return {
    name,
    id: { ...gvk, name: objref.name ?? '', namespace: objref.namespace ?? '' },
    hasNamespace: Boolean(objref.namespace),
    fieldPath: fieldref.fieldPath || 'metadata.name',
    written: `{${name} ${formatGvk(objref)} {${fieldref.fieldPath ?? ''}}}`,
  };
}

/** Adds variables to those of inner kustomizations and marks the resources that they point at. @throws BuildFault */
export function mergeVariables(known: Variable[], added: readonly Variable[], resources: ResMap): void {
  for (const variable of added) {
    const target = targetsOf(variable, resources);
    if (target.length > 1) {
      const ids = target.map((resource) => `  ${formatResId(resource.curId())}`).join('\n');
      throw new BuildFault(
        `found ${target.length} resId matches for var ${variable.name}\n(unable to disambiguate)${ids}`,
      );
    }
    target[0]?.refVars.push(variable.name);
    within(`merging vars [${added.map(({ written }) => written).join(' ')}]`, () =>
      absorbVariable(known, variable, true),
    );
  }
}

/** @param strict a second definition is a fault even when it says the same */
export function absorbVariable(known: Variable[], variable: Variable, strict: boolean): void {
  const other = known.find(({ name }) => name === variable.name);
  if (other === undefined) known.push(variable);
  else if (strict || JSON.stringify(other) !== JSON.stringify(variable)) {
    throw new BuildFault(`var '${variable.name}' already encountered`);
  }
}

function targetsOf({ id, hasNamespace }: Variable, resources: ResMap): Resource[] {
  const matches = (other: ResId) =>
    isSelected(other, id) && other.name === id.name && (!hasNamespace || other.namespace === id.namespace);
  return resources.resources.filter((resource) => [resource.curId(), ...resource.previousIds].some(matches));
}

/** Replaces `$(NAME)` in the fields of the specs. @throws BuildFault */
export function resolveVariables(variables: readonly Variable[], specs: readonly FieldSpec[], resources: ResMap): void {
  if (variables.length === 0) return;
  const values = new Map<string, Node>();
  for (const variable of [...variables].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const found = targetsOf(variable, resources).filter(({ refVars }) => refVars.includes(variable.name));
    const [target] = found;
    if (target === undefined) {
      throw new BuildFault(
        `var '${formatVariable(variable)}' cannot be mapped to a field in the set of known resources`,
      );
    }
    values.set(variable.name, readField(target, variable));
  }
  for (const resource of resources.resources) {
    for (const spec of specs) applyFieldSpec(resource, spec, (value) => expandNode(value, values));
  }
}

function formatVariable({ name, id, fieldPath }: Variable): string {
  return `{${name} ${formatGvk(id)} {${fieldPath}}}`;
}

function readField(target: Resource, variable: Variable): Node {
  let node: Node | undefined = target.node;
  for (const step of splitFieldPath(variable.fieldPath)) {
    if (Array.isArray(node)) node = node[Number(step)];
    else node = isMapNode(node) ? node.get(step) : undefined;
  }
  if (node === undefined) {
    throw new BuildFault(
      `field specified in var '${formatVariable(variable)}' not found in corresponding resource`,
      target.source,
    );
  }
  return node;
}

/** `a.b[0].c`, `a[key.with.dots]`. */
function splitFieldPath(path: string): string[] {
  return [...path.matchAll(/\[([^\]]*)\]|((?:\\.|[^.[\]])+)/g)].map(
    (match) => match[1] ?? (match[2] ?? '').replaceAll('\\.', '.'),
  );
}

/** Texts, lists of texts and maps of texts. */
function expandNode(node: Node, values: ReadonlyMap<string, Node>): Node | undefined {
  if (typeof node === 'string') return expand(node, values);
  if (Array.isArray(node)) {
    for (const [index, item] of node.entries()) {
      if (typeof item === 'string') node[index] = expand(item, values);
    }
  } else if (isMapNode(node)) {
    for (const [key, value] of node) if (typeof value === 'string') node.set(key, expand(value, values));
  }
  return undefined;
}

/** Variables may stand in a text any number of times. */
const LONGEST_TEXT = 10 * 1024 * 1024;

/** `$$(X)` stands for `$(X)`; unknown names stay. A text that is one variable takes the type of its value. */
function expand(text: string, values: ReadonlyMap<string, Node>): Node {
  if (!text.includes('$')) return text;
  const whole = /^\$\(([^()]*)\)$/.exec(text);
  const value = whole === null ? undefined : values.get(whole[1] ?? '');
  if (value !== undefined) return retype(value);
  let length = 0;
  return text.replace(/\$(\$|\(([^()]*)\))/g, (match, rest: string, name: string | undefined) => {
    if (rest === '$') return '$';
    const found = values.get(name ?? '');
    const expanded = found === undefined ? match : (scalarText(found) ?? match);
    length += expanded.length;
    if (length > LONGEST_TEXT)
      throw new BuildFault(
        `$(${name}) makes a text of more than ${LONGEST_TEXT} characters`,
        undefined,
        'KUSTOMIZE_LIMIT',
      );
    return expanded;
  });
}

function retype(value: Node): Node {
  if (value instanceof Scalar || typeof value === 'string') return value;
  return cloneNode(value);
}
