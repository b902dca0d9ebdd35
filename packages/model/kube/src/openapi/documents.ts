import { typeNameOf } from '../builtin/type-data.ts';
import type { ResourceInfo } from '../object.ts';
import type { Schema } from '../schema/schema.ts';
import { Definitions } from './builtin-definitions.ts';
import { toJsonSchema } from './custom-schema.ts';
import { definitionNameOfKind } from './definition-names.ts';
import type { Dialect, JsonSchema } from './json-schema.ts';
import { addResourcePaths } from './operations.ts';

/** A served resource. The schema may be left out for the kinds that Kubernetes itself serves. */
export interface PublishedResource {
  readonly info: ResourceInfo;
  readonly schema?: Schema;
}

/** One document of /openapi/v3. */
export interface PublishedGroupVersion {
  readonly group: string;
  readonly version: string;
  readonly resources: readonly PublishedResource[];
}

/** The version that documents and /version name. */
export const kubernetesVersion = 'v1.35.0';

/**
 * The index at /openapi/v3: where the document of each group and version lies.
 * @param groups `hash` changes when the document does; clients then keep what they have. Without one they ask each time
 */
export function openApiV3Index(groups: readonly { group: string; version: string; hash?: string }[]): {
  paths: Record<string, { serverRelativeURL: string }>;
} {
  const paths: Record<string, { serverRelativeURL: string }> = {};
  for (const { group, version, hash } of groups) {
    const path = group === '' ? `api/${version}` : `apis/${group}/${version}`;
    paths[path] = { serverRelativeURL: `/openapi/v3/${path}${hash === undefined ? '' : `?hash=${hash}`}` };
  }
  return { paths };
}

/**
 * The OpenAPI 3.0 document of one group and version: what `kubectl explain` shows and what `kubectl apply` asks about
 * server-side validation. Definitions are named as upstream.
 * @returns a fresh value; building one takes milliseconds, so keep it as long as the resources stay
 */
export function openApiV3Document(published: PublishedGroupVersion): JsonSchema {
  return lastOf(openApiV3Steps(published));
}

/** The same in steps, one per resource, for callers that have more to do meanwhile: the largest document takes 50 ms at first. */
export function* openApiV3Steps(published: PublishedGroupVersion): Generator<void, JsonSchema, void> {
  const definitions = new Definitions('v3');
  const paths: Record<string, JsonSchema> = {};
  for (const resource of published.resources) {
    addResource(resource, definitions, paths);
    yield;
  }
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: kubernetesVersion },
    paths,
    components: {
      schemas: sorted(definitions.schemas),
      securitySchemes: {
        BearerToken: {
          type: 'apiKey',
          description: 'Bearer token authentication',
          name: 'authorization',
          in: 'header',
        },
      },
    },
  };
}

/** The Swagger 2.0 document of everything, for /openapi/v2. */
export function openApiV2Document(groups: readonly PublishedGroupVersion[]): JsonSchema {
  return lastOf(openApiV2Steps(groups));
}

/** The same in steps, one per resource. */
export function* openApiV2Steps(groups: readonly PublishedGroupVersion[]): Generator<void, JsonSchema, void> {
  const definitions = new Definitions('v2');
  const paths: Record<string, JsonSchema> = {};
  for (const { resources } of groups) {
    for (const resource of resources) {
      addResource(resource, definitions, paths);
      yield;
    }
  }
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version: kubernetesVersion },
    paths,
    definitions: sorted(definitions.schemas),
    securityDefinitions: {
      BearerToken: {
        description: 'Bearer Token authentication',
        type: 'apiKey',
        name: 'authorization',
        in: 'header',
      },
    },
    security: [{ BearerToken: [] }],
  };
}

function lastOf<T>(steps: Generator<void, T, void>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

function addResource(resource: PublishedResource, definitions: Definitions, paths: Record<string, JsonSchema>): void {
  const object = defineKind(resource, definitions);
  const list = defineList(resource, object, definitions);
  addResourcePaths({ info: resource.info, object, list }, definitions, paths);
}

function defineKind({ info, schema }: PublishedResource, definitions: Definitions): JsonSchema {
  const gvk = { group: info.group, version: info.version, kind: info.kind };
  const typeName = typeNameOf(info.group, info.version, info.kind);
  if (typeName !== undefined) return definitions.type(typeName, [gvk]);
  const published: JsonSchema = schema === undefined ? { type: 'object' } : toJsonSchema(schema, definitions);
  const properties = { ...(published['properties'] as Record<string, JsonSchema> | undefined) };
  if (Object.keys(properties).length > 0 || schema === undefined) {
    properties['apiVersion'] = apiVersionProperty;
    properties['kind'] = kindProperty;
    properties['metadata'] = {
      ...wrapped(definitions, 'metav1.ObjectMeta'),
      description: "Standard object's metadata.",
    };
    published['properties'] = properties;
  }
  published['x-kubernetes-group-version-kind'] = [{ group: info.group, kind: info.kind, version: info.version }];
  return definitions.add(definitionNameOfKind(gvk), published);
}

function defineList({ info }: PublishedResource, object: JsonSchema, definitions: Definitions): JsonSchema {
  const kind = `${info.kind}List`;
  const name = `${definitionNameOfKind({ group: info.group, version: info.version, kind: info.kind })}List`;
  return definitions.add(name, {
    description: `${kind} is a list of ${info.kind}`,
    type: 'object',
    required: ['items'],
    properties: {
      apiVersion: apiVersionProperty,
      items: { description: `List of ${info.resource}.`, type: 'array', items: object },
      kind: kindProperty,
      metadata: { ...wrapped(definitions, 'metav1.ListMeta'), description: 'Standard list metadata.' },
    },
    'x-kubernetes-group-version-kind': [{ group: info.group, kind, version: info.version }],
  });
}

const apiVersionProperty: JsonSchema = {
  description: 'The version of the schema that this representation of an object follows, group first.',
  type: 'string',
};
const kindProperty: JsonSchema = {
  description: 'The kind of resource that this object is, in CamelCase. It can not be changed.',
  type: 'string',
};

function wrapped(definitions: Definitions, typeName: string): JsonSchema {
  const ref = definitions.type(typeName);
  return (definitions.dialect satisfies Dialect) === 'v2' ? ref : { allOf: [ref] };
}

function sorted(schemas: Readonly<Record<string, JsonSchema>>): Record<string, JsonSchema> {
  return Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1)));
}
