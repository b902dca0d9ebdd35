import { createHash } from 'node:crypto';
import { openApiV2Document, openApiV3Document, openApiV3Index, type PublishedGroupVersion } from '@sekisho/kube';
import type { Result } from '../call.ts';
import type { Registry } from '../registry.ts';
import { unknownPath } from '../status-error.ts';

interface Document {
  readonly text: string;
  readonly hash: string;
}

interface Documents {
  readonly generation: number;
  readonly groups: ReadonlyMap<string, PublishedGroupVersion>;
  readonly byPath: Map<string, Document>;
  v2: Document | undefined;
}

const kept = new WeakMap<Registry, Documents>();

/** /openapi/v2 and /openapi/v3: built when first asked for, kept until the served resources change. */
export function openApiAnswer(registry: Registry, path: string, query: Readonly<Record<string, string>>): Result {
  const documents = documentsOf(registry);
  if (path === '/openapi/v2') {
    documents.v2 ??= toDocument(openApiV2Document([...documents.groups.values()]));
    return answer(documents.v2, false);
  }
  const rest = path.slice('/openapi/v3'.length).replace(/^\/+|\/+$/g, '');
  if (rest === '') {
    const index = openApiV3Index(
      [...documents.groups].map(([groupPath, { group, version }]) => ({ group, version, hash: documentAt(documents, groupPath).hash })),
    );
    return { kind: 'value', status: 200, body: index };
  }
  if (!documents.groups.has(rest)) throw unknownPath();
  const document = documentAt(documents, rest);
  return answer(document, query['hash'] === document.hash);
}

function documentsOf(registry: Registry): Documents {
  let documents = kept.get(registry);
  if (documents?.generation === registry.generation) return documents;
  const groups = new Map<string, { group: string; version: string; resources: PublishedGroupVersion['resources'][number][] }>();
  for (const { info, custom, schema } of registry.all()) {
    const path = info.group === '' ? `api/${info.version}` : `apis/${info.group}/${info.version}`;
    let entry = groups.get(path);
    if (entry === undefined) {
      entry = { group: info.group, version: info.version, resources: [] };
      groups.set(path, entry);
    }
    const known = custom === undefined ? undefined : schema();
    entry.resources.push(known === undefined ? { info } : { info, schema: known });
  }
  // What the change did not touch keeps its document.
  const byPath = new Map<string, Document>();
  for (const [path, document] of documents?.byPath ?? []) {
    const group = groups.get(path);
    if (group !== undefined && group.resources.every(({ schema }) => schema === undefined)) byPath.set(path, document);
  }
  documents = { generation: registry.generation, groups, byPath, v2: undefined };
  kept.set(registry, documents);
  return documents;
}

function documentAt(documents: Documents, path: string): Document {
  let document = documents.byPath.get(path);
  if (document === undefined) {
    const group = documents.groups.get(path);
    if (group === undefined) throw unknownPath();
    document = toDocument(openApiV3Document(group));
    documents.byPath.set(path, document);
  }
  return document;
}

function toDocument(value: unknown): Document {
  const text = JSON.stringify(value);
  return { text, hash: createHash('sha512').update(text).digest('hex').slice(0, 64).toUpperCase() };
}

function answer({ text, hash }: Document, immutable: boolean): Result {
  return {
    kind: 'json',
    status: 200,
    text,
    headers: {
      etag: `"${hash}"`,
      ...(immutable ? { 'cache-control': 'public, immutable', expires: new Date(Date.now() + 365 * 24 * 3600 * 1000).toUTCString() } : {}),
    },
  };
}
