import { createHash } from 'node:crypto';
import {
  kubernetesVersion,
  openApiV2Steps,
  openApiV3Index,
  openApiV3Steps,
  type PublishedGroupVersion,
  type ResourceInfo,
  type Schema,
} from '@sekisho/kube';
import type { Result } from '../call.ts';
import type { Registry } from '../registry.ts';
import { unknownPath } from '../status-error.ts';
import { encodeOpenApiV2, OPENAPI_PROTOBUF_TYPE } from './openapi-protobuf.ts';

interface Document {
  readonly text: string;
  readonly hash: string;
}

/** The hash stands for the document's sources, so that an index needs no document to be built. */
interface Group extends PublishedGroupVersion {
  readonly hash: string;
}

/** Definitions are kept as JSON text, by name. */
interface SwaggerDocument extends Document {
  readonly definitions: ReadonlyMap<string, string>;
}

interface Documents {
  readonly generation: number;
  readonly groups: ReadonlyMap<string, Group>;
  readonly byPath: Map<string, Document>;
  /** Those that are being built. */
  readonly building: Map<string, Promise<Document>>;
  v2: Promise<SwaggerDocument> | undefined;
  v2Protobuf: Promise<Uint8Array> | undefined;
}

const kept = new WeakMap<Registry, Documents>();

/** /openapi/v2 and /openapi/v3: built when first asked for, kept until the served resources change. */
export async function openApiAnswer(
  registry: Registry,
  path: string,
  query: Readonly<Record<string, string>>,
): Promise<Result> {
  const documents = documentsOf(registry);
  if (path === '/openapi/v2') {
    documents.v2 ??= buildV2(documents);
    return answer(await documents.v2, false);
  }
  const rest = path.slice('/openapi/v3'.length).replace(/^\/+|\/+$/g, '');
  if (rest === '') {
    const index = openApiV3Index(
      [...documents.groups.values()].map(({ group, version, hash }) => ({ group, version, hash })),
    );
    return { kind: 'value', status: 200, body: index };
  }
  if (!documents.groups.has(rest)) throw unknownPath();
  const document = await documentAt(documents, rest);
  return answer(document, query['hash'] === document.hash);
}

/** /openapi/v2 for clients that read it as protobuf. */
export async function openApiProtobufAnswer(registry: Registry): Promise<Result> {
  const documents = documentsOf(registry);
  documents.v2 ??= buildV2(documents);
  const { definitions } = await documents.v2;
  documents.v2Protobuf ??= encodeOpenApiV2({ title: 'Kubernetes', version: kubernetesVersion }, definitions);
  return { kind: 'bytes', bytes: await documents.v2Protobuf, contentType: OPENAPI_PROTOBUF_TYPE };
}

function documentsOf(registry: Registry): Documents {
  const before = kept.get(registry);
  if (before?.generation === registry.generation) return before;
  const sources = new Map<
    string,
    { group: string; version: string; resources: PublishedGroupVersion['resources'][number][]; tags: string[] }
  >();
  for (const { info, custom, schema } of registry.all()) {
    const path = info.group === '' ? `api/${info.version}` : `apis/${info.group}/${info.version}`;
    let entry = sources.get(path);
    if (entry === undefined) {
      entry = { group: info.group, version: info.version, resources: [], tags: [kubernetesVersion] };
      sources.set(path, entry);
    }
    entry.resources.push(custom === undefined ? { info } : lazySchema(info, schema));
    entry.tags.push(`${info.resource} ${custom?.tag ?? ''}`);
  }
  const groups = new Map<string, Group>();
  const byPath = new Map<string, Document>();
  for (const [path, { tags, ...group }] of sources) {
    const hash = hashOf(tags.join('\n'));
    groups.set(path, { ...group, hash });
    // What the change did not touch keeps its document.
    const document = before?.byPath.get(path);
    if (document?.hash === hash) byPath.set(path, document);
  }
  const documents: Documents = {
    generation: registry.generation,
    groups,
    byPath,
    building: new Map(),
    v2: undefined,
    v2Protobuf: undefined,
  };
  kept.set(registry, documents);
  return documents;
}

/** Custom schemas are parsed only when a document needs them. */
function lazySchema(info: ResourceInfo, schema: () => Schema | undefined): PublishedGroupVersion['resources'][number] {
  return {
    info,
    get schema(): Schema {
      return schema() ?? { type: 'object' };
    },
  };
}

function documentAt(documents: Documents, path: string): Document | Promise<Document> {
  const { byPath, building } = documents;
  const known = byPath.get(path) ?? building.get(path);
  if (known !== undefined) return known;
  const group = documents.groups.get(path);
  if (group === undefined) throw unknownPath();
  const promise = buildV3(group)
    .then((document) => {
      byPath.set(path, document);
      return document;
    })
    .finally(() => building.delete(path));
  building.set(path, promise);
  return promise;
}

/** Values that were made in steps are made with turns of the event loop in between. */
async function inTurns<T>(steps: Generator<void, T, void>): Promise<T> {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    await nextTurn();
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function buildV3(group: Group): Promise<Document> {
  const document = await inTurns(openApiV3Steps(group));
  await nextTurn();
  return { text: JSON.stringify(document), hash: group.hash };
}

/** The document of everything takes long to build: group by group, so that little of it is held at a time. */
async function buildV2(documents: Documents): Promise<SwaggerDocument> {
  const paths = new Map<string, string>();
  const definitions = new Map<string, string>();
  let frame: Record<string, unknown> = {};
  for (const group of documents.groups.values()) {
    const {
      paths: some,
      definitions: types,
      ...rest
    } = (await inTurns(openApiV2Steps([group]))) as Record<string, Record<string, unknown>>;
    frame = rest;
    for (const [path, value] of Object.entries(some ?? {})) paths.set(path, JSON.stringify(value));
    for (const [name, value] of Object.entries(types ?? {})) {
      if (!definitions.has(name)) definitions.set(name, JSON.stringify(value));
    }
    await nextTurn();
  }
  const object = (entries: ReadonlyMap<string, string>): string =>
    `{${[...entries].map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`;
  const head = JSON.stringify(frame).slice(0, -1);
  const text = `${head},"paths":${object(paths)},"definitions":${object(definitions)}}`;
  const hash = hashOf([...documents.groups.values()].map((group) => group.hash).join());
  return { text, hash, definitions };
}

function hashOf(text: string): string {
  return createHash('sha512').update(text).digest('hex').slice(0, 64).toUpperCase();
}

function answer({ text, hash }: Document, immutable: boolean): Result {
  return {
    kind: 'json',
    status: 200,
    text,
    headers: {
      etag: `"${hash}"`,
      ...(immutable
        ? { 'cache-control': 'public, immutable', expires: new Date(Date.now() + 365 * 24 * 3600 * 1000).toUTCString() }
        : {}),
    },
  };
}
