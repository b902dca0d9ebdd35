import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseYamlDocuments } from '@sekisho/base';
import type { PlainObject, Value } from '@sekisho/rego';

/** One policy of Gatekeeper's library: its Rego and the sample objects with the outcome that is expected of each. */
export interface LibraryPolicy {
  readonly folder: string;
  readonly kind: string;
  readonly modules: readonly { readonly file: string; readonly text: string; readonly version: 'v0' | 'v1' }[];
  /** `data.<package>.violation`. */
  readonly query: string;
  readonly cases: readonly LibraryCase[];
}

export interface LibraryCase {
  /** Stable: `folder/test/number-case`. */
  readonly id: string;
  readonly input: PlainObject;
  /** `data.inventory`. */
  readonly inventory: PlainObject;
  readonly assertions: readonly Assertion[];
}

export interface Assertion {
  /** Yes, no, or how many. Default yes. */
  readonly violations?: boolean | number | 'yes' | 'no';
  /** Only violations with such a message count. */
  readonly message?: string;
}

interface Index {
  readonly templates: readonly {
    readonly folder: string;
    readonly kind: string;
    readonly tests: readonly {
      readonly name: string;
      readonly template: string;
      readonly constraint: string;
      readonly cases: readonly {
        readonly name: string;
        readonly object: string;
        readonly inventory?: readonly string[];
        readonly assertions: readonly Assertion[];
      }[];
    }[];
  }[];
}

/** Reads `conformance/gatekeeper-library`: only the Rego side of the templates that have two. */
export function readGatekeeperLibrary(casesDir: string): LibraryPolicy[] {
  const index = JSON.parse(readFileSync(join(casesDir, 'index.json'), 'utf8')) as Index;
  return index.templates.map(({ folder, kind, tests }) => {
    const read = (path: string) => readDocuments(join(casesDir, folder, path));
    const template = read(tests[0]?.template ?? 'template.yaml')[0];
    const rego = regoOf(template);
    return {
      folder,
      kind,
      modules: [rego.source, ...rego.libs].map((text, i) => ({
        file: `${folder}/${i}.rego`,
        text,
        version: rego.version,
      })),
      query: `data.${/^package\s+([\w.]+)/m.exec(rego.source)?.[1]}.violation`,
      cases: tests.flatMap((test) => {
        const constraint = read(test.constraint)[0];
        return test.cases.map((one, i) => ({
          // Names are not unique.
          id: `${folder}/${test.name}/${i}-${one.name}`,
          input: { review: reviewOf(read(one.object)[0]), parameters: parametersOf(template, constraint) },
          inventory: inventoryOf((one.inventory ?? []).flatMap(read)),
          assertions: one.assertions,
        }));
      }),
    };
  });
}

function readDocuments(path: string): PlainObject[] {
  const { documents } = parseYamlDocuments(readFileSync(path, 'utf8'), { file: path });
  return documents.map((document) => document.value as PlainObject);
}

function regoOf(template: Value | undefined): { source: string; libs: string[]; version: 'v0' | 'v1' } {
  const target = at(template, 'spec', 'targets', 0);
  const code = (at(target, 'code') as readonly Value[] | undefined)?.find((one) => at(one, 'engine') === 'Rego');
  const source = code === undefined ? target : at(code, 'source');
  return {
    source: at(source, 'rego') as string,
    libs: (at(source, 'libs') as string[] | undefined) ?? [],
    version: at(source, 'version') === 'v1' ? 'v1' : 'v0',
  };
}

/** What Gatekeeper hands to the template: the AdmissionRequest; for a plain object one that creates it. */
function reviewOf(document: PlainObject | undefined): Value {
  if (document?.['kind'] === 'AdmissionReview') {
    const request = document['request'] as PlainObject;
    // Of a deletion there is only the old object: rules read `object`.
    return request['operation'] === 'DELETE' && !request['object']
      ? { ...request, object: request['oldObject'] as Value }
      : request;
  }
  const [group, version] = groupVersion(document);
  const name = (at(document, 'metadata', 'name') as string | undefined) ?? '';
  const namespace = at(document, 'metadata', 'namespace');
  return {
    kind: { group, version, kind: document?.['kind'] ?? '' },
    name,
    ...(namespace === undefined ? {} : { namespace }),
    operation: 'CREATE',
    object: document ?? {},
  };
}

function groupVersion(object: Value | undefined): [group: string, version: string] {
  const [first = '', second] = String(at(object, 'apiVersion') ?? '').split('/');
  return second === undefined ? ['', first] : [first, second];
}

/** The constraint's parameters with the defaults of the template's schema. */
function parametersOf(template: Value | undefined, constraint: Value | undefined): Value {
  const schema = at(template, 'spec', 'crd', 'spec', 'validation', 'openAPIV3Schema');
  return withDefaults(schema, at(constraint, 'spec', 'parameters') ?? {});
}

function withDefaults(schema: Value | undefined, value: Value): Value {
  const items = at(schema, 'items');
  if (Array.isArray(value)) return value.map((item: Value) => withDefaults(items, item));
  const properties = at(schema, 'properties') as PlainObject | undefined;
  if (properties === undefined || typeof value !== 'object' || value === null) return value;
  const result: Record<string, Value> = { ...(value as PlainObject) };
  for (const [name, property] of Object.entries(properties)) {
    const present = result[name] ?? at(property, 'default');
    if (present !== undefined) result[name] = withDefaults(property, present);
  }
  return result;
}

/** `cluster[groupVersion][kind][name]` and `namespace[ns][groupVersion][kind][name]`. */
function inventoryOf(objects: readonly PlainObject[]): PlainObject {
  const inventory: Record<string, unknown> = {};
  for (const object of objects) {
    const namespace = at(object, 'metadata', 'namespace') as string | undefined;
    const path = [
      ...(namespace === undefined ? ['cluster'] : ['namespace', namespace]),
      object['apiVersion'] as string,
      object['kind'] as string,
    ];
    let node = inventory;
    for (const part of path) {
      node[part] ??= {};
      node = node[part] as Record<string, unknown>;
    }
    node[at(object, 'metadata', 'name') as string] = object;
  }
  return inventory as PlainObject;
}

function at(value: Value | undefined, ...path: (string | number)[]): Value | undefined {
  let found: unknown = value;
  for (const part of path) found = (found as Record<string | number, unknown> | null | undefined)?.[part];
  return found as Value | undefined;
}
