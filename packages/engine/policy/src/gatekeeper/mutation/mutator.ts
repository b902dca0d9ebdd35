import type { Diagnostic } from '@sekisho/base';
import { deepEqual, type KubeObject } from '@sekisho/kube';
import {
  at,
  type FaultList,
  faultList,
  isRecord,
  kindOf,
  nameOf,
  namespaceOf,
  type PolicyDocument,
} from '../document.ts';
import type { ExternalData } from '../external-data.ts';
import { type Matcher, parseMatch } from '../match.ts';
import { MutationFault, type PathTests, UNCHANGED } from './apply-path.ts';
import { type ApplyTo, readApplyTo } from './apply-to.ts';
import { faultOfImagePart, type ImageParts, joinImage, splitImage } from './image.ts';
import { formatPath, isSameNode, type MutationPath, parsePath } from './path.ts';

/** What a mutator may know besides the object. */
export interface MutationContext {
  readonly username?: string | undefined;
  readonly externalData?: ExternalData | undefined;
}

/** A new value for the field at the location, given the one that is there. */
export type ValueFor = (existing: unknown, object: KubeObject, context: MutationContext) => unknown;

/** Assign, AssignMetadata, ModifySet or AssignImage. */
export interface Mutator {
  /** `Assign/name`; mutators run in this order. */
  readonly id: string;
  readonly document: PolicyDocument;
  readonly path: MutationPath;
  readonly tests: PathTests;
  /** Undefined: all kinds (AssignMetadata). */
  readonly applyTo: ApplyTo | undefined;
  readonly matches: Matcher;
  readonly valueFor: ValueFor;
  /** What it takes the field to hold; no two mutators may differ on that. */
  readonly holds: 'anything' | 'set' | 'text';
}

/** Reads a mutator; all faults are noted. Code: GATEKEEPER_MUTATOR_INVALID. */
export function readMutator(document: PolicyDocument, diagnostics: Diagnostic[]): Mutator | undefined {
  const { object } = document;
  const faults = faultList(document, 'GATEKEEPER_MUTATOR_INVALID', diagnostics);
  const kind = kindOf(object);
  if (nameOf(object) === '') faults.add(['metadata', 'name'], 'is required');
  const path = readPath(at(object, 'spec', 'location'), ['spec', 'location'], faults) ?? [];
  const isMetadata = kind === 'AssignMetadata';
  const applyTo = isMetadata ? undefined : readApplyTo(object, faults);
  const { matches, faults: matchFaults } = parseMatch(at(object, 'spec', 'match'));
  for (const fault of matchFaults) faults.add(['spec', 'match', ...fault.path], fault.message);
  if (path.length > 0) checkLocation(kind, path, faults);
  const tests = new Map(isMetadata ? [[path.length - 1, 'MustNotExist' as const]] : readTests(object, path, faults));
  const valueFor = VALUES[kind]?.(object, path, faults);
  if (faults.count > 0 || valueFor === undefined) return undefined;
  // A set that is not there has nothing to lose, an image that is not there no parts.
  const needsValue = kind === 'AssignImage' || at(object, 'spec', 'parameters', 'operation') === 'prune';
  if (needsValue && !tests.has(path.length - 1)) tests.set(path.length - 1, 'MustExist');
  const holds = kind === 'ModifySet' ? 'set' : kind === 'AssignImage' ? 'text' : 'anything';
  return { id: `${kind}/${nameOf(object)}`, document, path, tests, applyTo, matches, valueFor, holds };
}

const VALUES: Readonly<
  Record<string, (object: KubeObject, path: MutationPath, faults: FaultList) => ValueFor | undefined>
> = {
  Assign: (object, path, faults) => readAssign(object, path, faults, false),
  AssignMetadata: (object, path, faults) => readAssign(object, path, faults, true),
  ModifySet: readModifySet,
  AssignImage: readAssignImage,
};

function readPath(text: unknown, field: readonly (string | number)[], faults: FaultList): MutationPath | undefined {
  if (typeof text !== 'string' || text === '') {
    faults.add(field, 'is required: a path like spec.containers[name: *].image');
    return undefined;
  }
  const parsed = parsePath(text);
  if ('path' in parsed) return parsed.path;
  faults.add(field, `${JSON.stringify(text)} ${parsed.fault.message} (character ${parsed.fault.column})`);
  return undefined;
}

function checkLocation(kind: string, path: MutationPath, faults: FaultList): void {
  const field = ['spec', 'location'];
  const [first, second] = path;
  const last = path.at(-1);
  const isIn = (node: MutationPath[number] | undefined, name: string): boolean =>
    node?.type === 'object' && node.name === name;
  if (kind === 'AssignMetadata') {
    const isAllowed = isIn(second, 'labels') || isIn(second, 'annotations');
    if (!isIn(first, 'metadata') || !isAllowed || path.length !== 3 || last?.type !== 'object')
      faults.add(field, 'must be metadata.labels.NAME or metadata.annotations.NAME');
    return;
  }
  if (isIn(first, 'metadata')) faults.add(field, `must not be in metadata, which ${kind} does not change`);
  if (last?.type !== 'list') {
    const before = path.at(-2);
    if (before?.type === 'list' && isIn(last, before.key))
      faults.add(field, `must not be ${before.key}, by which the elements of the list are told apart`);
    return;
  }
  if (kind !== 'Assign') faults.add(field, 'must end with the name of a field');
  else if (last.value === undefined) faults.add(field, 'must not end with * for all elements');
}

function readTests(
  object: KubeObject,
  path: MutationPath,
  faults: FaultList,
): readonly (readonly [number, 'MustExist' | 'MustNotExist'])[] {
  const field = ['spec', 'parameters', 'pathTests'];
  const tests = at(object, ...field);
  return (Array.isArray(tests) ? tests : []).flatMap((test: unknown, i) => {
    const subPath = readPath(at(test, 'subPath'), [...field, i, 'subPath'], faults);
    const condition = at(test, 'condition');
    if (condition !== 'MustExist' && condition !== 'MustNotExist') {
      faults.add([...field, i, 'condition'], 'must be MustExist or MustNotExist');
      return [];
    }
    if (subPath === undefined) return [];
    if (!subPath.every((node, depth) => isSameNode(node, path[depth]))) {
      faults.add([...field, i, 'subPath'], `must be a beginning of the location ${formatPath(path)}`);
      return [];
    }
    return [[subPath.length - 1, condition] as const];
  });
}

function readAssign(object: KubeObject, path: MutationPath, faults: FaultList, isText: boolean): ValueFor | undefined {
  const field = ['spec', 'parameters', 'assign'];
  const assign = at(object, ...field);
  const ways = ['value', 'fromMetadata', 'externalData'].filter((way) => at(assign, way) !== undefined);
  const [way] = ways;
  if (way === undefined || ways.length > 1) {
    faults.add(field, 'must have one of value, fromMetadata and externalData');
    return undefined;
  }
  if (way === 'fromMetadata') return readFromMetadata(assign, [...field, way], faults);
  if (way === 'externalData') return readExternalData(at(assign, way), [...field, way], faults);
  const value = at(assign, 'value');
  if (isText && typeof value !== 'string') faults.add([...field, way], 'must be text, as labels and annotations are');
  const last = path.at(-1);
  if (last?.type === 'list' && (!isRecord(value) || value[last.key] !== last.value))
    faults.add([...field, way], `must be an element with ${last.key}: ${JSON.stringify(last.value)}`);
  return (existing) => (existing !== undefined && deepEqual(existing, value) ? UNCHANGED : value);
}

function readFromMetadata(assign: unknown, field: readonly string[], faults: FaultList): ValueFor | undefined {
  const source = at(assign, 'fromMetadata', 'field');
  if (source === 'name') return (_existing, object) => nameOf(object);
  if (source === 'namespace') return (_existing, object) => namespaceOf(object);
  faults.add([...field, 'field'], 'must be name or namespace');
  return undefined;
}

function readExternalData(data: unknown, field: readonly string[], faults: FaultList): ValueFor | undefined {
  const provider = at(data, 'provider');
  const source = at(data, 'dataSource') ?? 'ValueAtLocation';
  const policy = at(data, 'failurePolicy') ?? 'Fail';
  const fallback = at(data, 'default');
  if (typeof provider !== 'string' || provider === '') faults.add([...field, 'provider'], 'is required');
  if (source !== 'ValueAtLocation' && source !== 'Username')
    faults.add([...field, 'dataSource'], 'must be ValueAtLocation or Username');
  if (policy !== 'Fail' && policy !== 'Ignore' && policy !== 'UseDefault')
    faults.add([...field, 'failurePolicy'], 'must be Fail, Ignore or UseDefault');
  if (policy === 'UseDefault' && typeof fallback !== 'string')
    faults.add([...field, 'default'], 'is required, as text, by failurePolicy UseDefault');
  const failed = (reason: string): unknown => {
    if (policy === 'Ignore') return UNCHANGED;
    if (policy === 'UseDefault') return fallback;
    throw new MutationFault(`provider ${String(provider)}: ${reason}`);
  };
  return (existing, _object, { username, externalData }) => {
    const key = source === 'Username' ? username : (existing ?? fallback);
    if (typeof key !== 'string') return failed('there is no text to ask it for');
    const answer = externalData?.({ provider: String(provider), keys: [key] });
    if (answer === undefined) return failed("can't be asked from here");
    if (answer.systemError !== '') return failed(answer.systemError);
    const value = answer.responses.find(([asked]) => asked === key)?.[1];
    if (typeof value === 'string') return value;
    return failed(answer.errors.find(([asked]) => asked === key)?.[1] ?? 'its answer is no text');
  };
}

function readModifySet(object: KubeObject, _path: MutationPath, faults: FaultList): ValueFor | undefined {
  const field = ['spec', 'parameters'];
  const operation = at(object, ...field, 'operation') ?? 'merge';
  const values = at(object, ...field, 'values', 'fromList');
  if (operation !== 'merge' && operation !== 'prune') faults.add([...field, 'operation'], 'must be merge or prune');
  if (!Array.isArray(values)) {
    faults.add([...field, 'values', 'fromList'], 'is required: a list');
    return undefined;
  }
  const listed: readonly unknown[] = values;
  return (existing) => {
    const present: unknown = existing ?? [];
    if (!Array.isArray(present)) throw new MutationFault('a set is kept in a list, and there is none at the location');
    const holds = (list: readonly unknown[], item: unknown): boolean => list.some((one) => deepEqual(one, item));
    const next: readonly unknown[] =
      operation === 'prune'
        ? present.filter((item) => !holds(listed, item))
        : [...present, ...listed.filter((item, i) => !holds(present, item) && !holds(listed.slice(0, i), item))];
    return next.length === present.length && existing !== undefined ? UNCHANGED : next;
  };
}

function readAssignImage(object: KubeObject, _path: MutationPath, faults: FaultList): ValueFor | undefined {
  const field = ['spec', 'parameters'];
  const parts: Partial<Record<keyof ImageParts, string>> = {};
  for (const [part, name] of [
    ['domain', 'assignDomain'],
    ['path', 'assignPath'],
    ['tag', 'assignTag'],
  ] as const) {
    const text = at(object, ...field, name);
    if (text === undefined || text === '') continue;
    const fault = typeof text === 'string' ? faultOfImagePart(part, text) : 'must be text';
    if (fault !== undefined) faults.add([...field, name], `${JSON.stringify(text)} ${fault}`);
    else parts[part] = text as string;
  }
  if (Object.keys(parts).length === 0 && faults.count === 0)
    faults.add(field, 'must have at least one of assignDomain, assignPath and assignTag');
  if (parts.domain === undefined && parts.path !== undefined && splitImage(parts.path).domain !== '')
    faults.add([...field, 'assignPath'], 'begins with what looks like a registry; name that in assignDomain');
  return (existing) => {
    if (typeof existing !== 'string') throw new MutationFault('an image is text, and there is none at the location');
    const next = joinImage({ ...splitImage(existing), ...parts });
    return next === existing ? UNCHANGED : next;
  };
}
