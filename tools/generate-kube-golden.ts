/**
 * Writes packages/model/kube/testdata/{defaulted,refused,updates,custom}.json: what the real kube-apiserver makes of the objects in
 * objects.json and of changed copies of them. Run by hand with the program that tools/kube-oracle/README.md builds:
 *
 *     npx tsx tools/generate-kube-golden.ts /tmp/kube-oracle
 *
 * Only cases in which we agree become expectations; the others are printed, for somebody to decide who is right.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtinSchema } from '../packages/model/kube/src/builtin/builtin-schema.ts';
import { defaultBuiltin } from '../packages/model/kube/src/builtin/defaults/default-builtin.ts';
import { validateBuiltin } from '../packages/model/kube/src/builtin/validation/validate-builtin.ts';
import { validateBuiltinUpdate } from '../packages/model/kube/src/builtin/validation/validate-update.ts';
import { gvkOf, type KubeObject } from '../packages/model/kube/src/object.ts';
import { parseCrdSchema } from '../packages/model/kube/src/schema/crd-schema.ts';
import { type FieldError, formatFieldError } from '../packages/model/kube/src/schema/field-error.ts';
import { prune, unknownFields } from '../packages/model/kube/src/schema/prune.ts';
import { isRecord, type Schema } from '../packages/model/kube/src/schema/schema.ts';
import { applySchemaDefaults } from '../packages/model/kube/src/schema/schema-defaults.ts';
import { validateObject } from '../packages/model/kube/src/schema/validate.ts';

type Json = Record<string, unknown>;
/** A step to a value and what is put there; absent: the value is taken away. */
interface Change {
  readonly path: readonly (string | number)[];
  readonly value?: unknown;
}
interface Answer {
  readonly error?: string;
  readonly object?: Json;
  readonly causes?: readonly string[];
  readonly unknown?: readonly string[];
}

const oracle = process.argv[2] ?? '/tmp/kube-oracle';
const folder = join(dirname(fileURLToPath(import.meta.url)), '../packages/model/kube/testdata');
const objects = JSON.parse(readFileSync(join(folder, 'objects.json'), 'utf8')) as KubeObject[];

let seed = 1;
const random = (): number => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return seed / 2 ** 32;
};
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;

const wrongTexts = [
  '',
  'Bad_Name!',
  'a'.repeat(70),
  'x/y',
  '-a',
  '..',
  'None',
  '1.2.3.4',
  'a.b.c',
  '/abs',
  'a/../b',
  '150%',
];
const otherTexts = ['abc', 'x2', '10.0.0.9', '2Gi', '512Mi'];

writeDefaulted();
writeRefused();
writeUpdates();
writeCustom();

function ask(requests: readonly unknown[]): Answer[] {
  const input = `${requests.map((request) => JSON.stringify(request)).join('\n')}\n`;
  const run = spawnSync(oracle, { input, maxBuffer: 2 ** 30, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(run.stderr);
  return run.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Answer);
}

function save(name: string, cases: readonly unknown[]): void {
  writeFileSync(join(folder, name), `[\n${cases.map((entry) => `  ${JSON.stringify(entry)}`).join(',\n')}\n]\n`);
  console.log(`${name}: ${cases.length} cases`);
}

function writeDefaulted(): void {
  const answers = ask(objects.map((object) => ({ object, raw: true })));
  save(
    'defaulted.json',
    answers.map((answer) => withoutNulls(answer.object ?? {})),
  );
}

/** Go writes null for some absent fields; we leave them out. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== null)
      .map(([key, item]) => [key, withoutNulls(item)]),
  );
}

function normalize(object: KubeObject): { object: KubeObject; schema: Schema } {
  const schema = builtinSchema(gvkOf(object));
  if (schema === undefined) throw new Error(`no schema of ${object.kind}`);
  return { object: defaultBuiltin(prune(schema, object) as KubeObject), schema };
}

function texts(errors: readonly FieldError[]): string[] {
  return [...new Set(errors.map(formatFieldError))].sort();
}

function causesOf(answer: Answer): string[] {
  const causes = answer.causes ?? (answer.error === undefined ? [] : [answer.error]);
  return [...new Set(causes.map((cause) => (cause.split('\n')[0] ?? '').replace(/^(<nil>)?: /, '<nil>: ')))].sort();
}

function writeRefused(): void {
  const candidates = Array.from({ length: 12_000 }, () => {
    const base = Math.floor(random() * objects.length);
    return { base, change: randomChange(objects[base] as KubeObject, wrongTexts, [0, -1, 70_000, 101]) };
  });
  const changed = candidates.map(({ base, change }) => applyChange(objects[base] as KubeObject, change));
  const answers = ask(changed.map((object) => ({ object })));
  const cases = new Map<string, unknown>();
  candidates.forEach(({ base, change }, index) => {
    const answer = answers[index] as Answer;
    if (/^(decode|panic|encode)/.test(answer.error ?? '')) return;
    const theirs = causesOf(answer);
    const { object, schema } = normalize(changed[index] as KubeObject);
    const closed = validateObject(schema, object).filter((error) => error.type === 'notSupported');
    keep(cases, object.kind, texts([...validateBuiltin(object), ...closed]), theirs, { base, change, errors: theirs });
  });
  save('refused.json', [...cases.values()]);
}

function writeUpdates(): void {
  const candidates = Array.from({ length: 8_000 }, () => {
    const base = Math.floor(random() * objects.length);
    return { base, change: randomChange(objects[base] as KubeObject, otherTexts, [1, 2, 7]) };
  });
  const changed = candidates.map(({ base, change }) => applyChange(objects[base] as KubeObject, change));
  const alone = ask(changed.map((object) => ({ object })));
  const answers = ask(changed.map((object, index) => ({ object, old: objects[candidates[index]?.base ?? 0] })));
  const cases = new Map<string, unknown>();
  candidates.forEach(({ base, change }, index) => {
    const answer = answers[index] as Answer;
    if (alone[index]?.error !== undefined || /^(decode|panic|encode)/.test(answer.error ?? '')) return;
    const next = normalize(changed[index] as KubeObject).object;
    const mine = texts(validateBuiltinUpdate(normalize(objects[base] as KubeObject).object, next));
    keep(cases, next.kind, mine, causesOf(answer), { base, change, errors: causesOf(answer) });
  });
  save('updates.json', [...cases.values()]);
}

function writeCustom(): void {
  const definition = objects.find(({ kind }) => kind === 'CustomResourceDefinition');
  const spec = definition?.['spec'] as { versions: { schema: { openAPIV3Schema: Json } }[] } | undefined;
  const source = spec?.versions[0]?.schema.openAPIV3Schema;
  if (source === undefined) throw new Error('objects.json has no CustomResourceDefinition');
  const head = { apiVersion: 'ex.com/v1', kind: 'Foo', metadata: { name: 'x' } };
  const candidates = Array.from({ length: 3_000 }, () => ({ ...(randomValue(source, 0) as Json), ...head }));
  const answers = ask(candidates.map((object) => ({ schema: source, object })));
  const { schema } = parseCrdSchema(source, 'schema');
  const cases = new Map<string, unknown>();
  candidates.forEach((object, index) => {
    const answer = answers[index] as Answer;
    if (answer.error !== undefined) return;
    const defaulted = applySchemaDefaults(schema, prune(schema, object));
    const unknown = unknownFields(schema, object).sort();
    const mine = [...texts(validateObject(schema, defaulted)), ...unknown];
    const expected = {
      object,
      unknown: [...(answer.unknown ?? [])].sort(),
      errors: causesOf(answer),
      result: answer.object,
    };
    keep(cases, 'Foo', mine, [...expected.errors, ...expected.unknown], expected);
  });
  save('custom.json', [...cases.values()].slice(0, 250));
}

/** Keeps one case per kind of fault, when both sides say the same. */
function keep(cases: Map<string, unknown>, kind: string, mine: string[], theirs: string[], entry: unknown): void {
  const shape = theirs.map((text) => text.replace(/\[\d+\]/g, '[]').replace(/value: "[^"]*"/g, 'value')).join('|');
  const key = `${kind} ${shape}`;
  if (JSON.stringify(mine) === JSON.stringify(theirs)) {
    if (!cases.has(key) && JSON.stringify(theirs).length < 600) cases.set(key, entry);
  } else {
    console.log(`${kind}\n  ours   ${mine.join('\n         ')}\n  theirs ${theirs.join('\n         ')}`);
  }
}

function randomChange(object: KubeObject, strings: readonly string[], numbers: readonly number[]): Change {
  const paths = pathsOf(object).filter(([first]) => first !== 'apiVersion' && first !== 'kind');
  const path = pick(paths);
  const value = valueAt(object, path);
  if (random() < 0.35) return { path };
  if (typeof value === 'string') return { path, value: pick(strings) };
  if (typeof value === 'number') return { path, value: pick(numbers) };
  if (typeof value === 'boolean') return { path, value: !value };
  if (!Array.isArray(value)) return { path, value: {} };
  return { path, value: value.length > 0 && random() < 0.6 ? [...value, pick(value)] : [] };
}

function pathsOf(value: unknown, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  const own = path.length === 0 ? [] : [path];
  const keys = Array.isArray(value) ? value.keys() : Object.keys(value);
  for (const key of keys) own.push(...pathsOf((value as Json)[key], [...path, key]));
  return own;
}

function valueAt(object: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce((value: unknown, key) => (value as Json)[key], object);
}

function applyChange(object: KubeObject, { path, value }: Change): KubeObject {
  const copy = structuredClone(object);
  const last = path[path.length - 1] as string;
  const owner = valueAt(copy, path.slice(0, -1));
  if (value !== undefined) (owner as Json)[last] = value;
  else if (Array.isArray(owner)) owner.splice(Number(last), 1);
  else delete (owner as Json)[last];
  return copy;
}

/** A value that mostly conforms to a schema as written. */
function randomValue(schema: Json, depth: number): unknown {
  if (random() < 0.03) return pick<unknown>([null, 5, 'x', true, [], {}]);
  if (Array.isArray(schema['enum']) && random() < 0.8) return pick(schema['enum']);
  if (schema['x-kubernetes-int-or-string'] === true) return pick<unknown>([5, '10%', true]);
  switch (schema['type']) {
    case 'string':
      return pick(['abc', 'a', '', 'aaaaaaaaaaaaaaaaaaaa', 'x']);
    case 'integer':
      return pick([0, 1, 5, -1, 100]);
    case 'array':
      return Array.from({ length: Math.floor(random() * 4) }, () => randomValue(schema['items'] as Json, depth + 1));
    case 'object':
      return randomObject(schema, depth);
    default:
      return pick<unknown>(['x', 5, { a: 1 }]);
  }
}

function randomObject(schema: Json, depth: number): Json {
  const object: Json = {};
  const required = (schema['required'] ?? []) as string[];
  for (const [key, property] of Object.entries((schema['properties'] ?? {}) as Record<string, Json>)) {
    if (random() < (required.includes(key) ? 0.92 : 0.5)) object[key] = randomValue(property, depth + 1);
  }
  if (random() < 0.1) object['bogus'] = 1;
  if (isRecord(schema['additionalProperties'])) object['k'] = randomValue(schema['additionalProperties'], depth + 1);
  if (schema['x-kubernetes-embedded-resource'] === true) Object.assign(object, { apiVersion: 'v1', kind: 'X' });
  return object;
}
