import { anyType, arrayOf, fn, objectWith, stringType } from '../types/construct.ts';
import { equalValues } from '../value/equals.ts';
import { formatValue } from '../value/format.ts';
import { isNumber, isObject, kindOf } from '../value/kind.ts';
import { forEachEntry, ObjectBuilder, type ObjectValue, objectSize, valueAt } from '../value/object.ts';
import { RegoSet, type Value } from '../value/value.ts';
import type { Builtin, BuiltinContext } from './builtin.ts';
import { parsePath } from './json-paths.ts';
import { arrayOperand, builtinFault } from './operand.ts';

const NAME = 'json.patch';

type Path = readonly Value[];

/** RFC 6902, with paths as arrays too, and sets: a member's key is the member. Undefined when the root was removed. */
function patchAll(context: BuiltinContext, document: Value, patches: readonly Value[]): Value | undefined {
  const operations = patches.map(readOperation);
  let result: Value | undefined = document;
  for (const operation of operations) {
    context.spend(1);
    result = apply(context, result, operation);
  }
  return result;
}

interface Operation {
  readonly name: string;
  readonly patch: ObjectValue;
  readonly path: Path;
}

function readOperation(patch: Value): Operation {
  if (!isObject(patch))
    throw fault('must be an array of JSON-Patch objects, but at least one element is not an object');
  const name = attribute(patch, 'op');
  if (typeof name !== 'string') throw fault(`attribute 'op' must be a string but found: ${kindOf(name)}`);
  return { name, patch, path: parsePath(NAME, attribute(patch, 'path')) };
}

function attribute(patch: ObjectValue, name: string): Value {
  const value = valueAt(patch, name);
  if (value === undefined) throw fault(`missing required attribute '${name}'`);
  return value;
}

function apply(context: BuiltinContext, root: Value | undefined, { name, patch, path }: Operation): Value | undefined {
  switch (name) {
    case 'add':
      return add(context, root, path, attribute(patch, 'value'));
    case 'remove':
      return remove(context, existing(root), path);
    case 'replace': {
      const value = attribute(patch, 'value');
      return add(context, path.length === 0 ? undefined : remove(context, existing(root), path), path, value);
    }
    case 'move': {
      const from = parsePath(NAME, attribute(patch, 'from'));
      const value = find(existing(root), from);
      return add(context, remove(context, existing(root), from), path, value);
    }
    case 'copy': {
      const from = parsePath(NAME, attribute(patch, 'from'));
      return add(context, root, path, find(existing(root), from));
    }
    case 'test': {
      const wanted = attribute(patch, 'value');
      const found = find(existing(root), path);
      if (equalValues(found, wanted)) return root;
      throw fault(
        `value from EditTree != patch value.\n\nExpected: ${formatValue(wanted)}\n\nFound: ${formatValue(found)}`,
      );
    }
    default:
      throw fault(`unrecognized op: '${name}'`);
  }
}

function existing(root: Value | undefined): Value {
  if (root === undefined) throw fault('no document to patch');
  return root;
}

function add(context: BuiltinContext, root: Value | undefined, path: Path, value: Value): Value {
  if (path.length === 0) return value;
  const result = edit(context, existing(root), path, (parent, key) => insert(parent, key, value));
  return result ?? null;
}

function remove(context: BuiltinContext, root: Value, path: Path): Value | undefined {
  return path.length === 0 ? undefined : edit(context, root, path, takeOut);
}

/** Copies what lies on the path and changes the container at its end. */
function edit(context: BuiltinContext, root: Value, path: Path, change: (parent: Value, key: Value) => Value): Value {
  const parents: Value[] = [root];
  for (const key of path.slice(0, -1)) parents.push(child(parents.at(-1) as Value, key));
  let changed = change(parents.at(-1) as Value, path.at(-1) as Value);
  for (let i = parents.length - 2; i >= 0; i -= 1) {
    const parent = parents[i] as Value;
    context.spend(widthOf(parent));
    changed = withChild(parent, path[i] as Value, changed);
  }
  context.spend(widthOf(root));
  return changed;
}

function find(root: Value, path: Path): Value {
  let found = root;
  for (const key of path) found = child(found, key);
  return found;
}

function child(parent: Value, key: Value): Value {
  if (Array.isArray(parent)) {
    const index = indexOf(parent, key);
    const item = (parent as readonly Value[])[index];
    if (item !== undefined) return item;
    throw fault(`path ${index} does not exist in array term ${formatValue(parent)}`);
  }
  if (parent instanceof RegoSet) {
    const member = parent.get(key);
    if (member !== undefined) return member;
    throw fault(`path ${formatValue(key)} does not exist in set term ${formatValue(parent)}`);
  }
  if (!isObject(parent)) throw notComposite(parent);
  const value = valueAt(parent, key);
  if (value !== undefined) return value;
  throw fault(`path ${formatValue(key)} does not exist in object term ${formatValue(parent)}`);
}

function insert(parent: Value, key: Value, value: Value): Value {
  if (Array.isArray(parent)) {
    const index = indexOf(parent, key);
    if (index < 0 || index > parent.length) throw fault('index for array insertion out of bounds');
    return (parent as readonly Value[]).toSpliced(index, 0, value);
  }
  if (parent instanceof RegoSet) {
    if (!equalValues(key, value))
      throw fault(`set key ${formatValue(key)} does not equal value to be inserted ${formatValue(value)}`);
    return copySet(parent).add(value);
  }
  if (!isObject(parent)) throw notComposite(parent);
  return copyObject(parent, key, value);
}

function takeOut(parent: Value, key: Value): Value {
  if (Array.isArray(parent)) {
    const index = indexOf(parent, key);
    if (index < 0 || index >= parent.length) throw fault('index for array delete out of bounds');
    return (parent as readonly Value[]).toSpliced(index, 1);
  }
  if (parent instanceof RegoSet ? !parent.has(key) : isObject(parent) && valueAt(parent, key) === undefined)
    throw fault(`cannot delete child key ${formatValue(key)} that does not exist`);
  if (parent instanceof RegoSet) return copySet(parent, key);
  if (!isObject(parent)) throw notComposite(parent);
  return copyObject(parent, key, undefined);
}

/** `parent` with another value under a key that it has. */
function withChild(parent: Value, key: Value, value: Value): Value {
  if (Array.isArray(parent)) return (parent as readonly Value[]).with(indexOf(parent, key), value);
  if (parent instanceof RegoSet) return copySet(parent, key).add(value);
  return copyObject(parent as ObjectValue, key, value);
}

function copySet(set: RegoSet, without?: Value): RegoSet {
  const copy = new RegoSet();
  for (const member of set.values()) if (without === undefined || !equalValues(member, without)) copy.add(member);
  return copy;
}

/** A copy with a value under a key, or without the key. */
function copyObject(object: ObjectValue, key: Value, value: Value | undefined): ObjectValue {
  const copy = new ObjectBuilder();
  forEachEntry(object, (name, member) => {
    if (value !== undefined || !equalValues(name, key)) copy.set(name, member);
  });
  if (value !== undefined) copy.set(key, value);
  return copy.build();
}

/** Position that a number or its text names; `-` is the one after the last item. */
function indexOf(items: readonly unknown[], key: Value): number {
  if (isNumber(key)) {
    if (Number.isInteger(key)) return key as number;
    throw fault('invalid number type for indexing');
  }
  if (typeof key !== 'string') throw fault('invalid type for indexing');
  if (key === '-') return items.length;
  if (!/^-?\d+$/.test(key)) throw fault('invalid string for indexing');
  if (key.length > 1 && key.startsWith('0')) throw fault('leading zeros are not allowed in JSON paths');
  return Number(key);
}

function widthOf(value: Value): number {
  if (Array.isArray(value)) return value.length;
  if (value instanceof RegoSet) return value.size;
  return isObject(value) ? objectSize(value) : 1;
}

function notComposite(value: Value) {
  const kind = kindOf(value);
  const type = `ast.${kind.charAt(0).toUpperCase()}${kind.slice(1)}`;
  return fault(`expected composite type, found value: ${formatValue(value)} (type: ${type})`);
}

function fault(text: string) {
  return builtinFault(NAME, text);
}

export const JSON_PATCH_BUILTINS: readonly Builtin[] = [
  {
    name: NAME,
    type: fn(
      [anyType, arrayOf(objectWith({ op: stringType, path: anyType }, { key: anyType, value: anyType }))],
      anyType,
    ),
    description: 'A document after the changes of a JSON patch (RFC 6902).',
    evaluate: (context, document, patches) =>
      patchAll(context, document as Value, arrayOperand(NAME, 2, patches as Value)),
  },
];
