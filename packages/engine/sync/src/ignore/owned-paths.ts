import { FieldSet, type KubeObject, type PathElement } from '@sekisho/kube';
import { isObject } from '../json.ts';
import type { JsonPath } from './json-path.ts';

/** What `managedFields` says of one manager; undefined for an entry that can't be read. */
export function fieldsOf(entry: { readonly fieldsV1?: unknown }): FieldSet | undefined {
  try {
    return FieldSet.parse(entry.fieldsV1 ?? {});
  } catch {
    return undefined;
  }
}

/** Field paths that any of the managers owns in the live object. */
export function fieldsOwnedBy(live: KubeObject, managers: readonly string[]): FieldSet {
  let owned = FieldSet.empty;
  const entries = live.metadata.managedFields;
  if (!Array.isArray(entries)) return owned;
  for (const entry of entries) {
    if (!managers.includes(entry.manager ?? '')) continue;
    owned = owned.union(fieldsOf(entry) ?? FieldSet.empty);
  }
  return owned;
}

/**
 * Where owned fields are in a value: leaves, and whole list items that hold nothing else than what is owned. Keys of an
 * item stay as long as the item does, so that it can still be matched.
 */
export function ownedPaths(value: unknown, owned: FieldSet): JsonPath[] {
  const paths: JsonPath[] = [];
  collect(value, owned, [], paths);
  return paths;
}

function collect(value: unknown, owned: FieldSet, at: JsonPath, paths: JsonPath[]): void {
  for (const [element, below] of owned.children ?? []) {
    const step = stepOf(value, element);
    if (step === undefined) continue;
    const path = [...at, step];
    const inner = (value as Record<string | number, unknown>)[step];
    if (below.children === undefined) paths.push(path);
    else if (element.startsWith('k:')) collectItem(inner, element, below, path, paths);
    else collect(inner, below, path, paths);
  }
}

function collectItem(item: unknown, element: PathElement, owned: FieldSet, at: JsonPath, paths: JsonPath[]): void {
  const keys = new Set(Object.keys(parseKeys(element) ?? {}));
  const isWhole =
    owned.isMember &&
    isObject(item) &&
    Object.keys(item).every((name) => keys.has(name) || owned.child(`f:${name}`).isMember);
  if (isWhole) {
    paths.push(at);
    return;
  }
  const found: JsonPath[] = [];
  collect(item, owned, at, found);
  paths.push(...found.filter((path) => path.length !== at.length + 1 || !keys.has(String(path.at(-1)))));
}

/** Where a field is in this value; undefined when it is not there. */
export function locateField(value: unknown, at: readonly PathElement[]): JsonPath | undefined {
  const path: (string | number)[] = [];
  let found = value;
  for (const element of at) {
    const step = stepOf(found, element);
    if (step === undefined) return undefined;
    path.push(step);
    found = (found as Record<string | number, unknown>)[step];
  }
  return path;
}

/** The step that a path element is in this value; undefined when it leads nowhere. */
function stepOf(value: unknown, element: PathElement): string | number | undefined {
  const body = element.slice(2);
  if (element.startsWith('f:')) return isObject(value) && Object.hasOwn(value, body) ? body : undefined;
  if (!Array.isArray(value)) return undefined;
  const index = indexOf(value, element, body);
  return index < 0 ? undefined : index;
}

function indexOf(list: readonly unknown[], element: PathElement, body: string): number {
  if (element.startsWith('i:')) return Number(body) < list.length ? Number(body) : -1;
  if (element.startsWith('v:')) return list.findIndex((item) => JSON.stringify(item) === body);
  const keys = parseKeys(element);
  if (keys === undefined) return -1;
  const matches = (item: unknown, mayLack: boolean) =>
    isObject(item) &&
    Object.entries(keys).every(([name, wanted]) => item[name] === wanted || (mayLack && item[name] === undefined));
  const exact = list.findIndex((item) => matches(item, false));
  // A manifest may leave out a key that has a default (`protocol`), but not all of them.
  return exact >= 0 || Object.keys(keys).length < 2 ? exact : list.findIndex((item) => matches(item, true));
}

function parseKeys(element: PathElement): Readonly<Record<string, unknown>> | undefined {
  if (!element.startsWith('k:')) return undefined;
  try {
    const keys: unknown = JSON.parse(element.slice(2));
    return isObject(keys) ? keys : undefined;
  } catch {
    return undefined;
  }
}
