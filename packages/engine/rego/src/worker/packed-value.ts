import { BigNumber } from '../value/number.ts';
import { type ObjectValue, setOwn } from '../value/object.ts';
import { type PlainObject, RegoObject, RegoSet, type Value } from '../value/value.ts';

/**
 * A value in a form that the structured clone of messages keeps: sets are `Set`, objects with any keys `Map`, numbers beyond
 * doubles the bytes of their text; all else as it is.
 */
export interface PackedValue {
  readonly content: unknown;
  /** It is a value already. */
  readonly isPlain: boolean;
}

export function packValue(value: Value): PackedValue {
  const content = pack(value);
  return { content, isPlain: content === value };
}

export function unpackValue({ content, isPlain }: PackedValue): Value {
  return isPlain ? (content as Value) : unpack(content);
}

/** Gives the same object when there is nothing to change in it. */
function pack(value: Value): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const items = (value as readonly Value[]).map(pack);
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  if (value instanceof RegoSet) return new Set([...value.values()].map(pack));
  if (value instanceof BigNumber) return new TextEncoder().encode(value.text);
  if (value instanceof RegoObject) {
    const entries = new Map<unknown, unknown>();
    for (const [key, item] of value.entries()) entries.set(pack(key), pack(item));
    return entries;
  }
  return packPlain(value as PlainObject);
}

function packPlain(object: PlainObject): unknown {
  let copy: Record<string, Value> | undefined;
  for (const key of Object.keys(object)) {
    const item = object[key] as Value;
    const packed = pack(item);
    if (packed === item) continue;
    copy ??= copyOf(object);
    setOwn(copy, key, packed as Value);
  }
  return copy ?? object;
}

function copyOf(object: PlainObject): Record<string, Value> {
  const copy: Record<string, Value> = {};
  for (const key of Object.keys(object)) setOwn(copy, key, object[key] as Value);
  return copy;
}

function unpack(content: unknown): Value {
  if (typeof content !== 'object' || content === null) return content as Value;
  if (Array.isArray(content)) return content.map(unpack);
  if (content instanceof Set) {
    const set = new RegoSet();
    for (const member of content) set.add(unpack(member));
    return set;
  }
  if (content instanceof Uint8Array) return new BigNumber(new TextDecoder().decode(content));
  if (content instanceof Map) {
    const object = new RegoObject();
    for (const [key, item] of content) object.set(unpack(key), unpack(item));
    return object;
  }
  const object: Record<string, Value> = {};
  for (const key of Object.keys(content)) setOwn(object, key, unpack((content as ObjectValue & PlainObject)[key]));
  return object;
}
