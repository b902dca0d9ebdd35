import type { Location } from '../syntax/location.ts';
import { equalValues } from '../value/equals.ts';
import { forEachEntry } from '../value/object.ts';
import { type PlainObject, RegoObject, RegoSet, type Value } from '../value/value.ts';
import { sizeOfObject } from './access.ts';
import { RegoEvaluationError } from './error.ts';
import type { Evaluation } from './evaluation.ts';

/** One more entry of an object that a comprehension or rule builds: one key has one value. */
export function insert(evaluation: Evaluation, object: RegoObject, key: Value, value: Value, location: Location): void {
  const before = object.get(key);
  if (before === undefined) {
    if (--evaluation.members < 0) evaluation.outOfMembers();
    object.set(key, value);
  } else if (!equalValues(before, value)) throw conflictingKeys(location);
}

function conflictingKeys(location: Location): RegoEvaluationError {
  return new RegoEvaluationError('eval_conflict_error', 'object keys must be unique', location);
}

/** Levels below the rule that its own clauses made: what else is an object is a value of a clause. */
const levels = new WeakSet<RegoObject>();

/** The object of a rule whose heads have dynamic parts. */
export function newLevel(): RegoObject {
  const level = new RegoObject();
  levels.add(level);
  return level;
}

export function isLevel(value: Value): value is RegoObject {
  return value instanceof RegoObject && levels.has(value);
}

/** The level that the keys but the last lead to. */
function levelAt(root: RegoObject, path: readonly Value[], count: number, location: Location): RegoObject {
  let level = root;
  for (let i = 0; i < count; i++) {
    const key = path[i] as Value;
    let below = level.get(key);
    if (below === undefined) {
      below = newLevel();
      level.set(key, below);
    } else if (!(below instanceof RegoObject && levels.has(below))) throw conflictingKeys(location);
    level = below;
  }
  return level;
}

export function insertAt(
  evaluation: Evaluation,
  root: RegoObject,
  path: readonly Value[],
  value: Value,
  location: Location,
): void {
  const level = levelAt(root, path, path.length - 1, location);
  const key = path[path.length - 1] as Value;
  const before = level.get(key);
  if (before instanceof RegoObject && levels.has(before)) throw conflictingKeys(location);
  insert(evaluation, level, key, value, location);
}

/** A member of the set at a path. */
export function addAt(
  evaluation: Evaluation,
  root: RegoObject,
  path: readonly Value[],
  member: Value,
  location: Location,
): void {
  const level = levelAt(root, path, path.length - 1, location);
  const key = path[path.length - 1] as Value;
  let set = level.get(key);
  if (set === undefined) {
    set = new RegoSet();
    level.set(key, set);
  } else if (!(set instanceof RegoSet)) throw conflictingKeys(location);
  if (--evaluation.members < 0) evaluation.outOfMembers();
  set.add(member);
}

/** Entries of a clause without a dynamic part. */
export function insertAll(evaluation: Evaluation, root: RegoObject, value: Value, location: Location): void {
  if (sizeOfObject(value) < 0) throw conflictingKeys(location);
  forEachEntry(value as PlainObject | RegoObject, (key, item) => insert(evaluation, root, key, item, location));
}

/** Two objects merged at every level where both are objects; elsewhere `over` wins. */
export function overlay(base: Value, over: Value): Value {
  if (sizeOfObject(base) < 0 || sizeOfObject(over) < 0) return over;
  const merged = new RegoObject();
  forEachEntry(base as PlainObject | RegoObject, (key, value) => merged.set(key, value));
  forEachEntry(over as PlainObject | RegoObject, (key, value) => {
    const below = merged.get(key);
    merged.set(key, below === undefined ? value : overlay(below, value));
  });
  return merged;
}
