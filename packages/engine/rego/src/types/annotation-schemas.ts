import type { AnnotatedPath } from '../compile/compiled.ts';
import type { RegoFault } from '../fault.ts';
import type { Annotations, Module, Rule } from '../syntax/ast.ts';
import type { Location } from '../syntax/location.ts';
import { compareValues } from '../value/compare.ts';
import type { ObjectType } from './algebra.ts';
import { anyType } from './construct.ts';
import { fromJsonSchema, SchemaFault } from './from-json-schema.ts';
import type { Type } from './type.ts';
import { changeAt, emptyNode, type TypeNode } from './type-tree.ts';

/** Types of the documents that a rule sees. */
export interface DocumentTypes {
  readonly data: TypeNode;
  readonly input: Type | undefined;
}

interface Override {
  /** `input` or `data`, then names. */
  readonly path: readonly string[];
  readonly type: Type;
}

/** Schemas by the names that annotations give them (`schema.input`), and `schema` itself: that of all input. */
export class Schemas {
  readonly #schemas: ReadonlyMap<string, unknown>;
  readonly #types = new Map<unknown, Type>();
  readonly #overrides = new Map<Annotations, readonly Override[]>();
  readonly #packages: readonly { readonly path: readonly string[]; readonly annotations: Annotations }[];
  readonly #documents = new Map<string, Annotations[]>();
  readonly faults: RegoFault[] = [];

  constructor(schemas: ReadonlyMap<string, unknown>, modules: readonly Module[], annotated: readonly AnnotatedPath[]) {
    this.#schemas = schemas;
    this.#packages = modules.flatMap((module) =>
      module.annotations
        .filter((item) => item.schemas && (item.scope === 'package' || item.scope === 'subpackages'))
        .map((annotations) => ({ path: module.package.path, annotations })),
    );
    for (const { rule, module, annotations } of annotated) {
      if (annotations.scope !== 'document' || !annotations.schemas || !rule) continue;
      const path = documentOf(module, rule);
      this.#documents.set(path, [...(this.#documents.get(path) ?? []), annotations]);
    }
  }

  /** Type of the whole input, when a schema was given for it. */
  inputType(): Type | undefined {
    const schema = this.#schemas.get('schema');
    return schema === undefined ? undefined : this.#read(schema, undefined);
  }

  /** The types with those that the annotations of a rule set in their place: the narrower scope wins. */
  typesFor(types: DocumentTypes, module: Module, rule: Rule): DocumentTypes {
    const overrides: Override[] = [];
    for (const annotations of this.#scopesOf(module, rule))
      overrides.push(...this.#overridesOf(annotations, rule.location));
    return overrides.reduce(withOverride, types);
  }

  #scopesOf(module: Module, rule: Rule): readonly Annotations[] {
    const own = module.package.path;
    const around = this.#packages
      .filter(({ path, annotations }) => annotations.scope === 'subpackages' && isPrefix(path, own))
      .sort((a, b) => a.path.length - b.path.length);
    const same = this.#packages.filter(
      ({ path, annotations }) => annotations.scope === 'package' && path.length === own.length && isPrefix(path, own),
    );
    return [
      ...around.map((item) => item.annotations),
      ...same.map((item) => item.annotations),
      ...(this.#documents.get(documentOf(module, rule)) ?? []),
      ...rule.annotations.filter((item) => item.scope === 'rule'),
    ];
  }

  #overridesOf(annotations: Annotations, location: Location): readonly Override[] {
    const known = this.#overrides.get(annotations);
    if (known) return known;
    const overrides: Override[] = [];
    this.#overrides.set(annotations, overrides);
    for (const item of annotations.schemas ?? []) {
      const schema = item.schema === undefined ? item.definition : this.#schemas.get(item.schema);
      const path = dottedPath(item.path);
      if (schema === undefined) {
        this.faults.push({
          code: 'rego_type_error',
          message: `undefined schema: ${item.schema ?? ''}`,
          location: location,
        });
        continue;
      }
      const type = this.#read(schema, location);
      if (path && type) overrides.push({ path, type });
    }
    return overrides;
  }

  #read(schema: unknown, location: Location | undefined): Type | undefined {
    const known = this.#types.get(schema);
    if (known) return known;
    try {
      const type = fromJsonSchema(schema);
      this.#types.set(schema, type);
      return type;
    } catch (error) {
      if (!(error instanceof SchemaFault)) throw error;
      this.faults.push({ code: 'rego_type_error', message: error.message, location });
      return undefined;
    }
  }
}

function documentOf({ package: { path } }: Module, { head: { ref } }: Rule): string {
  const name = ref.kind === 'var' ? [ref.name] : [ref.head, ...ref.args].map(nameOf);
  return JSON.stringify([...path, ...name]);
}

function nameOf(term: { readonly kind: string; readonly name?: string; readonly value?: unknown }): unknown {
  return term.kind === 'var' ? term.name : term.value;
}

function isPrefix(prefix: readonly string[], path: readonly string[]): boolean {
  return prefix.length <= path.length && prefix.every((name, index) => path[index] === name);
}

/** `input.a["b-c"]` by its names. */
function dottedPath(text: string): readonly string[] | undefined {
  const parts = [...text.matchAll(/\.?([A-Za-z_][A-Za-z0-9_]*)|\["((?:[^"\\]|\\.)*)"\]/g)];
  if (parts.map(([whole]) => whole).join('') !== text) return undefined;
  const names = parts.map(([, name, quoted]) => name ?? (JSON.parse(`"${quoted}"`) as string));
  return names[0] === 'input' || names[0] === 'data' ? names : undefined;
}

function withOverride(types: DocumentTypes, { path, type }: Override): DocumentTypes {
  const [root, ...rest] = path;
  if (root === 'input') return { data: types.data, input: withTypeAt(types.input ?? anyType, rest, type) };
  return { data: changeAt(types.data, rest, () => ({ ...emptyNode(), type })), input: types.input };
}

function withTypeAt(whole: Type, path: readonly string[], type: Type): Type {
  const [name, ...rest] = path;
  if (name === undefined) return type;
  const object: ObjectType =
    whole.kind === 'object' ? whole : { kind: 'object', static: [], dynamic: { key: anyType, value: anyType } };
  const before = object.static.find(([key]) => key === name)?.[1];
  const others = object.static.filter(([key]) => key !== name);
  const members = [...others, [name, withTypeAt(before ?? anyType, rest, type)] as const];
  return { ...object, static: members.sort(([a], [b]) => compareValues(a, b)) };
}
