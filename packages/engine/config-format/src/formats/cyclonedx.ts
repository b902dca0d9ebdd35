import { type ConfigDocument, isMembers, type Members } from '../document.ts';
import type { ParseTask } from '../parse-task.ts';
import { parseJson } from './json.ts';
import { parseXml } from './xml.ts';

/** Lists of the schema: the element that holds them, by the one that is an item. */
const LISTS: Readonly<Record<string, string>> = {
  affects: 'target',
  annotations: 'annotation',
  authors: 'author',
  components: 'component',
  compositions: 'composition',
  cwes: 'cwe',
  dependencies: 'dependency',
  externalReferences: 'reference',
  formulation: 'formula',
  hashes: 'hash',
  properties: 'property',
  ratings: 'rating',
  references: 'reference',
  services: 'service',
  tools: 'tool',
  vulnerabilities: 'vulnerability',
};

/** The name that the text of an element with attributes has in JSON. */
const TEXTS: Readonly<Record<string, string>> = {
  hash: 'content',
  property: 'value',
  text: 'content',
  attachment: 'content',
};

/** A CycloneDX bill of materials; the XML form is turned into the JSON one. */
export function parseCycloneDx(task: ParseTask): readonly ConfigDocument[] {
  if (!task.text.trimStart().startsWith('<')) return parseJson(task);
  const root = parseXml(task)[0]?.value;
  const bom = isMembers(root) && isMembers(root['bom']) ? root['bom'] : {};
  const version = /\/bom\/(\d+\.\d+)$/.exec(String(bom['-xmlns'] ?? ''))?.[1];
  const value = convert(task, 'bom', bom);
  const members: Members = { bomFormat: 'CycloneDX', ...(version === undefined ? {} : { specVersion: version }) };
  if (isMembers(value)) for (const [key, member] of Object.entries(value)) task.set(members, key, member, 0);
  for (const key of Object.keys(bom)) task.positions.mark(members, key, task.positions.offsetOf(bom, key) ?? 0);
  delete members['xmlns'];
  if (typeof members['version'] === 'string') members['version'] = Number(members['version']);
  return [task.document(members)];
}

function convert(task: ParseTask, name: string, value: unknown): unknown {
  const item = LISTS[name];
  if (name === 'licenses') return licenses(task, value);
  if (item !== undefined) return list(task, item, isMembers(value) ? value[item] : undefined);
  if (!isMembers(value)) return value;
  if (name === 'dependency') return dependency(task, value);
  const members: Members = {};
  for (const [key, member] of Object.entries(value)) {
    const offset = task.positions.offsetOf(value, key) ?? 0;
    if (key === '#content') task.set(members, TEXTS[name] ?? 'content', member, offset);
    else if (key.startsWith('-')) task.set(members, key.slice(1), member, offset);
    else task.set(members, key, convert(task, key, member), offset);
  }
  return members;
}

function list(task: ParseTask, name: string, value: unknown): unknown[] {
  const items: unknown[] = [];
  for (const item of value === undefined ? [] : Array.isArray(value) ? value : [value]) {
    const offset = Array.isArray(value) ? (task.positions.offsetOf(value, items.length) ?? 0) : 0;
    task.push(items, convert(task, name, item), offset);
  }
  return items;
}

function licenses(task: ParseTask, value: unknown): unknown[] {
  if (!isMembers(value)) return [];
  const named = list(task, 'license', value['license']).map((license) => ({ license }));
  const expressions = list(task, 'expression', value['expression']).map((expression) => ({ expression }));
  return [...named, ...expressions];
}

function dependency(task: ParseTask, value: Members): Members {
  const inner = list(task, 'dependency', value['dependency']).flatMap((each) => (isMembers(each) ? [each['ref']] : []));
  const members: Members = {};
  task.set(members, 'ref', value['-ref'], task.positions.offsetOf(value, '-ref') ?? 0);
  if (inner.length > 0) task.set(members, 'dependsOn', inner, task.positions.offsetOf(value, 'dependency') ?? 0);
  return members;
}
