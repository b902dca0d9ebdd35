import { isMapNode, mapAt, type Node, type NodeMap, textAt } from '../node/node.ts';
import type { Gvk } from '../resource/gvk.ts';
import type { FieldSchema, KindSchemas } from './merge-schema.ts';

const PREFIX = '#/definitions/';
/** References that lead to one another. */
const MAX_HOPS = 20;

/** The types of an OpenAPI document that `openapi.path` names: no others count then, not even Kubernetes' own. */
export class OpenApiSchemas implements KindSchemas {
  readonly #definitions: NodeMap;
  readonly #byKind = new Map<string, NodeMap>();

  constructor(document: NodeMap) {
    this.#definitions = mapAt(document, 'definitions') ?? new Map();
    for (const definition of this.#definitions.values()) {
      if (!isMapNode(definition)) continue;
      for (const gvk of kindsOf(definition)) {
        this.#byKind.set(
          keyOf({ group: textAt(gvk, 'group'), version: textAt(gvk, 'version'), kind: textAt(gvk, 'kind') }),
          definition,
        );
      }
    }
  }

  of(gvk: Gvk): FieldSchema | undefined {
    const definition = this.#byKind.get(keyOf(gvk));
    return definition === undefined ? undefined : lazySchema(definition, this.#definitions);
  }
}

function keyOf({ group, version, kind }: Gvk): string {
  return `${group}/${version}/${kind}`;
}

function kindsOf(definition: NodeMap): NodeMap[] {
  const kinds = definition.get('x-kubernetes-group-version-kind');
  return Array.isArray(kinds) ? kinds.filter(isMapNode) : [];
}

/** Documents are large and types may hold themselves: made as far as a patch looks. */
function lazySchema(node: Node | undefined, definitions: NodeMap): FieldSchema | undefined {
  const definition = resolve(node, definitions);
  if (definition === undefined) return undefined;
  const mergeKey = textAt(definition, 'x-kubernetes-patch-merge-key');
  const listKeys = definition.get('x-kubernetes-list-map-keys');
  return {
    property: (key) =>
      lazySchema(mapAt(definition, 'properties')?.get(key) ?? definition.get('additionalProperties'), definitions),
    get items() {
      return lazySchema(definition.get('items'), definitions);
    },
    patchStrategy: textAt(definition, 'x-kubernetes-patch-strategy'),
    ...(mergeKey === '' ? {} : { patchMergeKey: mergeKey }),
    ...(Array.isArray(listKeys) ? { listMapKeys: listKeys.filter((key) => typeof key === 'string') } : {}),
  };
}

function resolve(node: Node | undefined, definitions: NodeMap): NodeMap | undefined {
  let at = node;
  for (let hops = 0; isMapNode(at) && hops < MAX_HOPS; hops++) {
    const reference = textAt(at, '$ref');
    if (reference === '') return at;
    at = reference.startsWith(PREFIX) ? definitions.get(reference.slice(PREFIX.length)) : undefined;
  }
  return undefined;
}
