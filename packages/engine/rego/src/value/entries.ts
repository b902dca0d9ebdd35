import { type PlainObject, RegoObject, type Value } from './value.ts';

/** Objects of both forms through one door. */
export type ObjectValue = PlainObject | RegoObject;

export function objectSize(object: ObjectValue): number {
  if (object instanceof RegoObject) return object.size;
  let size = 0;
  for (const key in object) if (Object.hasOwn(object, key)) size += 1;
  return size;
}

/** The value under a key; undefined when there is none. */
export function valueAt(object: ObjectValue, key: Value): Value | undefined {
  if (object instanceof RegoObject) return object.get(key);
  return typeof key === 'string' && Object.hasOwn(object, key) ? object[key] : undefined;
}

/** Keys in no particular order. */
export function keysOf(object: ObjectValue): readonly Value[] {
  if (!(object instanceof RegoObject)) return Object.keys(object);
  const keys: Value[] = [];
  for (const [key] of object.entries()) keys.push(key);
  return keys;
}

/** Every entry, in no particular order. */
export function forEachEntry(object: ObjectValue, visit: (key: Value, value: Value) => void): void {
  if (object instanceof RegoObject) {
    for (const [key, value] of object.entries()) visit(key, value);
    return;
  }
  for (const key of Object.keys(object)) visit(key, object[key] as Value);
}

/** Sets an own property, whatever its name: `__proto__` by assignment would change the prototype. */
export function setOwn(object: Record<string, Value>, key: string, value: Value): void {
  if (key === '__proto__')
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  else object[key] = value;
}

/** Collects entries with keys of any kind; the result is a plain object as long as all keys are strings. */
export class ObjectBuilder {
  #plain: Record<string, Value> | undefined = {};
  #object: RegoObject | undefined;

  set(key: Value, value: Value): void {
    if (this.#plain !== undefined) {
      if (typeof key === 'string') {
        setOwn(this.#plain, key, value);
        return;
      }
      const object = new RegoObject();
      for (const name of Object.keys(this.#plain)) object.set(name, this.#plain[name] as Value);
      this.#object = object;
      this.#plain = undefined;
    }
    this.#object?.set(key, value);
  }

  build(): ObjectValue {
    return this.#plain ?? this.#object ?? {};
  }
}
