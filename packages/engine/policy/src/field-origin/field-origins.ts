import { type Origin, type Position, parseYamlGradually, type YamlDocument } from '@sekisho/base';
import { deepEqual, type KubeObject } from '@sekisho/kube';
import { hasField, locateField } from '../field-path.ts';
import { isRecord, kindOf, nameOf, type PolicyDocument } from '../gatekeeper/document.ts';
import { lineInTemplate } from './template-line.ts';

export interface FieldOriginOptions {
  /** Text of the file that an origin names; undefined when it can't be had. */
  read(origin: Origin): Promise<string | undefined>;
  /** Other files that an object may come from, like patches of Kustomize: the last one that sets a value counts. */
  others?(origin: Origin): Promise<readonly Origin[]> | readonly Origin[];
  /** Awaited between documents of long files. Default: not at all. */
  pause?(): Promise<void>;
}

/** Tells which line of git a verdict is about. */
export interface FieldOrigins {
  /**
   * Where the first of the fields stands that can be found: in the object's own document, else in another file that sets it
   * to the same value. A field that is missing is told by what should hold it; what can't be told better is the object's origin.
   *
   * @param fields as verdicts name them: `spec.containers[name=web].image`
   */
  originOf(object: KubeObject, origin: Origin, fields: readonly string[]): Promise<Origin>;
  /** The lines around a place; undefined when they can't be had, or may hold secrets. */
  excerptAt(origin: Origin): Promise<Excerpt | undefined>;
}

/** Lines of a file. */
export interface Excerpt {
  /** Number of the first one, from 1. */
  readonly from: number;
  readonly lines: readonly string[];
}

type Path = readonly (string | number)[];

/** An object of a file, or part of a list in it. */
interface WrittenObject extends Pick<PolicyDocument, 'positionOf'> {
  readonly value: Readonly<Record<string, unknown>>;
  readonly origin: Origin;
  positionOf(path: Path): Position | undefined;
}

interface WrittenFile {
  readonly text: string;
  readonly objects: readonly WrittenObject[];
}

const MAX_LIST_DEPTH = 3;
const MAX_FILE_CHARS = 4 * 1024 * 1024;
/** Lines of an excerpt before and after the one that it is about. */
const AROUND = 4;
const MAX_LINE_CHARS = 300;
/** Whoever may know a policy's verdict must not learn what stands in a Secret beside it. */
const MAY_BE_SECRET = /\bkind["']?:\s*["']?Secret|^sops:|\bENC\[/m;

/** Files are read once as long as this lives: make one for what is looked at together. */
export function createFieldOrigins(options: FieldOriginOptions): FieldOrigins {
  const files = new Map<string, Promise<WrittenFile | undefined>>();

  function fileAt(origin: Origin): Promise<WrittenFile | undefined> {
    const key = JSON.stringify([origin.repo, origin.revision, origin.file]);
    let file = files.get(key);
    if (file === undefined) {
      file = readFile(origin);
      files.set(key, file);
    }
    return file;
  }

  async function readFile({ line: _, column: __, ...origin }: Origin): Promise<WrittenFile | undefined> {
    const text = await options.read(origin);
    if (text === undefined || text.length > MAX_FILE_CHARS) return undefined;
    const pause = options.pause ?? (async () => {});
    const { documents } = await parseYamlGradually(text, { ...origin, duplicateKeys: 'warning' }, pause);
    return { text, objects: documents.flatMap((document) => objectsOf(document, document.value, [])) };
  }

  async function look(object: KubeObject, origin: Origin, field: string): Promise<{ origin: Origin; exact: boolean }> {
    const file = await fileAt(origin);
    const path = locateField(object, field);
    if (file === undefined || path.length === 0) return { origin, exact: false };
    const written = objectAt(file, origin);
    if (written === undefined || kindOf(written.value) !== object.kind) {
      const line = lineInTemplate(file.text, origin.line, path);
      return { origin: line === undefined ? origin : { ...withoutColumn(origin), line }, exact: false };
    }
    const own = locateField(written.value, field);
    const isSame = own.length === path.length && deepEqual(valueAt(written.value, own), valueAt(object, path));
    const exact = isSame && hasField(object, field);
    const found = isSame ? undefined : await lookElsewhere(object, origin, field, path);
    if (found !== undefined) return { origin: found, exact: true };
    const position = own.length === 0 ? undefined : written.positionOf(own);
    return { origin: position === undefined ? origin : { ...origin, ...position }, exact };
  }

  async function lookElsewhere(object: KubeObject, origin: Origin, field: string, path: Path) {
    let found: Origin | undefined;
    for (const other of (await options.others?.(origin)) ?? []) {
      if (other.file === origin.file) continue;
      const file = await fileAt(other);
      for (const patch of file?.objects ?? []) {
        if (kindOf(patch.value) !== object.kind || !nameOf(object).includes(nameOf(patch.value))) continue;
        const there = locateField(patch.value, field);
        if (there.length !== path.length || !deepEqual(valueAt(patch.value, there), valueAt(object, path))) continue;
        const position = patch.positionOf(there);
        if (position !== undefined) found = { ...withoutColumn(other), ...position };
      }
    }
    return found;
  }

  return {
    async originOf(object, origin, fields) {
      let best = origin;
      for (const field of fields) {
        const { origin: found, exact } = await look(object, origin, field);
        if (exact) return found;
        if (best === origin) best = found;
      }
      return best;
    },
    async excerptAt(origin) {
      const text = origin.line === undefined ? undefined : (await fileAt(origin))?.text;
      if (text === undefined || origin.line === undefined || MAY_BE_SECRET.test(text)) return undefined;
      const from = Math.max(1, origin.line - AROUND);
      const lines = text.split('\n').slice(from - 1, origin.line + AROUND);
      return { from, lines: lines.map((line) => line.slice(0, MAX_LINE_CHARS)) };
    },
  };
}

function* unfold(value: unknown, path: Path): Generator<{ value: Readonly<Record<string, unknown>>; path: Path }> {
  if (!isRecord(value)) return;
  const items = kindOf(value).endsWith('List') && path.length < MAX_LIST_DEPTH * 2 ? value['items'] : undefined;
  if (!Array.isArray(items)) {
    yield { value, path };
    return;
  }
  for (const [index, item] of items.entries()) yield* unfold(item, [...path, 'items', index]);
}

function objectsOf(document: YamlDocument, root: unknown, base: Path): WrittenObject[] {
  return [...unfold(root, base)].map(({ value, path }) => ({
    value,
    // Only asked for lists: it parses the document again.
    origin: path.length === 0 ? document.origin : { ...document.origin, ...document.positionOf(path) },
    positionOf: (below) => document.positionOf([...path, ...below]),
  }));
}

/** The last one that begins at the place, or before it. */
function objectAt({ objects }: WrittenFile, { line }: Origin): WrittenObject | undefined {
  if (line === undefined) return objects.length === 1 ? objects[0] : undefined;
  return objects.findLast(({ origin }) => (origin.line ?? 1) <= line);
}

function valueAt(value: unknown, path: Path): unknown {
  let found = value;
  for (const key of path) found = (found as Record<string | number, unknown> | undefined)?.[key];
  return found;
}

function withoutColumn({ column: _, line: __, ...origin }: Origin): Origin {
  return origin;
}
