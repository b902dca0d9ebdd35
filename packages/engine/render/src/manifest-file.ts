import {
  type Diagnostic,
  type Origin,
  parseYamlDocuments,
  parseYamlGradually,
  type YamlDocument,
  type YamlResult,
} from '@sekisho/base';
import type { KubeObject, Manifest, ObjectMeta } from '@sekisho/kube';
import { type Fields, isFields } from './fields.ts';

export interface ManifestFileOptions {
  /** Path of the file, for origins. */
  readonly file: string;
  readonly repo?: string | undefined;
  readonly revision?: string | undefined;
}

/** What one file holds. Plain data, so that a worker thread can make it. */
export interface ManifestFile {
  readonly manifests: readonly Manifest[];
  readonly diagnostics: readonly Diagnostic[];
}

/** A file with this text anywhere in it is not rendered (Argo CD's marker). */
const SKIP_MARKER = '+argocd:skip-file-rendering';
const MAX_LIST_DEPTH = 3;

type Path = readonly (string | number)[];

/**
 * Reads the Kubernetes objects out of one YAML or JSON text. Lists (`kind: List`, `ConfigMapList` …) are unfolded.
 *
 * As in Argo CD a file that has nothing to do with Kubernetes is left out: that is one without any object, none of whose
 * documents has two of apiVersion, kind and metadata. A warning says so. Broken YAML is an error in any file.
 * Codes: RENDER_NOT_AN_OBJECT and the YAML codes of parseYamlDocuments.
 */
export function parseManifestFile(text: string, options: ManifestFileOptions): ManifestFile {
  if (isSkipped(text)) return { manifests: [], diagnostics: [] };
  return toManifests(parseYamlDocuments(text, options));
}

/** {@link parseManifestFile} that awaits `pause` between documents. */
export async function parseManifestFileGradually(
  text: string,
  options: ManifestFileOptions,
  pause: () => Promise<void>,
): Promise<ManifestFile> {
  if (isSkipped(text)) return { manifests: [], diagnostics: [] };
  return toManifests(await parseYamlGradually(text, options, pause));
}

function isSkipped(text: string): boolean {
  return text.includes(SKIP_MARKER);
}

function toManifests(parsed: YamlResult): ManifestFile {
  const reader = new ManifestReader();
  for (const document of parsed.documents) reader.read(document);
  return { manifests: reader.manifests, diagnostics: [...parsed.diagnostics, ...reader.diagnostics()] };
}

/** The objects among what a tool made. Whatever is no object is an error. */
export function manifestsOf(made: readonly Pick<YamlDocument, 'value' | 'origin'>[]): ManifestFile {
  const reader = new ManifestReader({ isRelated: true });
  for (const { value, origin } of made) reader.read({ value, origin, positionOf: () => undefined });
  return { manifests: reader.manifests, diagnostics: reader.diagnostics() };
}

class ManifestReader {
  readonly manifests: Manifest[] = [];
  readonly #faults: Diagnostic[] = [];
  /** Documents that look like anything but an object. */
  readonly #strangers: Diagnostic[] = [];
  #related: boolean;

  /** @param options.isRelated whether the documents are meant as objects, whatever they look like */
  constructor({ isRelated = false } = {}) {
    this.#related = isRelated;
  }

  diagnostics(): Diagnostic[] {
    const related = this.#related || this.manifests.length > 0;
    const strangers = related
      ? this.#strangers
      : this.#strangers.map((fault) => ({
          ...fault,
          severity: 'warning' as const,
          message: `${fault.message}; the document is ignored`,
        }));
    return [...this.#faults, ...strangers];
  }

  read(document: YamlDocument): void {
    if (document.value === null) return;
    this.#object(document.value, document, [], undefined, 0);
  }

  #object(value: unknown, document: YamlDocument, path: Path, parent: Fields | undefined, depth: number): void {
    if (!isFields(value)) {
      const what = Array.isArray(value) ? 'a list' : `${value === null ? 'null' : `a ${typeof value}`}`;
      this.#stranger(document, path, `a Kubernetes object is a map, and this is ${what}`);
      return;
    }
    const fields = parent === undefined ? value : withTypeOfList(value, parent);
    if (typeof fields['kind'] === 'string' && fields['kind'].endsWith('List') && Array.isArray(fields['items'])) {
      this.#related = true;
      this.#list(fields['items'], fields, document, path, depth);
      return;
    }
    if (['apiVersion', 'kind', 'metadata'].filter((field) => fields[field] !== undefined).length < 2) {
      this.#stranger(document, path, 'this is no Kubernetes object: apiVersion and kind are missing');
      return;
    }
    this.#related = true;
    const object = this.#checked(fields, document, path);
    if (object === undefined) return;
    const { file, repo, revision } = document.origin;
    const place = { ...(repo === undefined ? {} : { repo }), ...(revision === undefined ? {} : { revision }), file };
    const position = path.length === 0 ? document.origin : (document.positionOf(path) ?? document.origin);
    const origin: Origin = {
      ...place,
      ...(position.line === undefined ? {} : { line: position.line }),
      ...(position.column === undefined ? {} : { column: position.column }),
    };
    this.manifests.push({ object, origin });
  }

  #list(items: readonly unknown[], list: Fields, document: YamlDocument, path: Path, depth: number): void {
    if (depth >= MAX_LIST_DEPTH) {
      this.#fault(document, path, 'lists are nested too deeply');
      return;
    }
    items.forEach((item, index) => {
      this.#object(item, document, [...path, 'items', index], list, depth + 1);
    });
  }

  /** The object when it has what every object must have; its metadata is then what its type says. */
  #checked(fields: Fields, document: YamlDocument, path: Path): KubeObject | undefined {
    const before = this.#faults.length;
    const { apiVersion, kind, metadata } = fields;
    this.#requireText(apiVersion, 'apiVersion', document, path);
    this.#requireText(kind, 'kind', document, path);
    if (!isFields(metadata)) this.#fault(document, [...path, 'metadata'], 'metadata is missing or no map');
    else this.#checkMetadata(metadata, document, [...path, 'metadata']);
    if (this.#faults.length > before || !isFields(metadata)) return undefined;
    return withPlainMetadata(fields, metadata);
  }

  #checkMetadata(metadata: Fields, document: YamlDocument, path: Path): void {
    if (isEmpty(metadata['name']) && isEmpty(metadata['generateName'])) {
      this.#fault(document, [...path, 'name'], 'metadata.name is missing');
    }
    for (const field of ['name', 'generateName', 'namespace']) this.#text(metadata[field], [...path, field], document);
    for (const field of ['labels', 'annotations']) {
      const map = metadata[field];
      if (map === undefined || map === null) continue;
      if (!isFields(map)) this.#fault(document, [...path, field], `metadata.${field} must be a map`);
      else for (const [key, value] of Object.entries(map)) this.#text(value, [...path, field, key], document);
    }
    const finalizers = metadata['finalizers'];
    if (finalizers === undefined || finalizers === null) return;
    if (!Array.isArray(finalizers))
      this.#fault(document, [...path, 'finalizers'], 'metadata.finalizers must be a list');
    else finalizers.forEach((value, index) => void this.#text(value, [...path, 'finalizers', index], document));
  }

  #requireText(value: unknown, field: string, document: YamlDocument, path: Path): void {
    if (isEmpty(value)) this.#fault(document, [...path, field], `${field} is missing`);
    else this.#text(value, [...path, field], document);
  }

  #text(value: unknown, path: Path, document: YamlDocument): void {
    if (value === undefined || value === null || typeof value === 'string') return;
    const name = path.slice(path.indexOf('metadata')).join('.');
    const shown = typeof value === 'object' ? 'a map or list' : `the ${typeof value} ${String(value)}`;
    this.#fault(document, path, `${name} must be a string, and this is ${shown}`, 'Quote the value.');
  }

  #fault(document: YamlDocument, path: Path, message: string, hint?: string): void {
    this.#faults.push(describe(document, path, message, hint));
  }

  #stranger(document: YamlDocument, path: Path, message: string): void {
    const hint = 'Leave files that hold no Kubernetes objects out with directory.exclude.';
    this.#strangers.push(describe(document, path, message, hint));
  }
}

/** The deepest part of `path` that is there says where. */
function describe(document: YamlDocument, path: Path, message: string, hint: string | undefined): Diagnostic {
  let position: { line: number; column: number } | undefined;
  for (let length = path.length; length > 0 && position === undefined; length--) {
    position = document.positionOf(path.slice(0, length));
  }
  return {
    code: 'RENDER_NOT_AN_OBJECT',
    severity: 'error',
    message,
    origin: { ...document.origin, ...position },
    ...(hint === undefined ? {} : { hint }),
  };
}

/** The items of a typed list (`ConfigMapList`) may leave their type out. */
function withTypeOfList(item: Fields, list: Fields): Fields {
  const kind = String(list['kind']).slice(0, -'List'.length);
  if (kind === '' || !isEmpty(item['kind'])) return item;
  return { ...item, apiVersion: item['apiVersion'] ?? list['apiVersion'], kind };
}

/**
 * Labels and annotations without a value are empty strings, and absent maps are left out: what the API server makes of
 * them. Callers may then trust the type.
 */
function withPlainMetadata(fields: Fields, metadata: Fields): KubeObject {
  let plain: Record<string, unknown> | undefined;
  for (const [field, value] of Object.entries(metadata)) {
    if (value === null) {
      plain ??= { ...metadata };
      delete plain[field];
    } else if ((field === 'labels' || field === 'annotations') && isFields(value)) {
      if (!Object.values(value).includes(null)) continue;
      plain ??= { ...metadata };
      plain[field] = Object.fromEntries(Object.entries(value).map(([key, text]) => [key, text ?? '']));
    }
  }
  // Checked above: apiVersion and kind are strings, metadata is a map with the types of ObjectMeta.
  const object = plain === undefined ? fields : { ...fields, metadata: plain as ObjectMeta };
  return object as KubeObject;
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}
