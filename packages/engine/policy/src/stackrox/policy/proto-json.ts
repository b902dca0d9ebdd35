import { millisecondsOf } from './time.ts';

/** Notes a fault at a path in the JSON. */
export type Fault = (path: JsonPath, code: FaultCode, message: string, hint?: string) => void;

export type JsonPath = readonly (string | number)[];

export type FaultCode =
  | 'STACKROX_TYPE'
  | 'STACKROX_UNKNOWN_FIELD'
  | 'STACKROX_POLICY_INVALID'
  | 'STACKROX_STAGE_INVALID'
  | 'STACKROX_ENFORCEMENT_UNUSED'
  | 'STACKROX_EXCLUSION_INVALID'
  | 'STACKROX_CRITERION_UNKNOWN'
  | 'STACKROX_CRITERION_INVALID'
  | 'STACKROX_VALUE_INVALID';

/** How one type of a proto3 message stands in JSON. Absent fields have the default, and defaults are not written. */
export interface Codec<T> {
  readonly absent: T;
  read(value: unknown, path: JsonPath, fault: Fault): T;
  /** undefined for the default. */
  write(value: T): unknown;
}

/** Every message keeps the fields that we don't know, so that writing it back loses nothing. */
export interface Message {
  readonly unknownFields: Readonly<Record<string, unknown>>;
}

type Fields<T extends Message> = { readonly [K in Exclude<keyof T, 'unknownFields'>]-?: Codec<T[K]> };

export const text: Codec<string> = {
  absent: '',
  read(value, path, fault) {
    if (typeof value === 'string') return value;
    fault(path, 'STACKROX_TYPE', 'must be text');
    return '';
  },
  write: (value) => (value === '' ? undefined : value),
};

export const flag: Codec<boolean> = {
  absent: false,
  read(value, path, fault) {
    if (typeof value === 'boolean') return value;
    fault(path, 'STACKROX_TYPE', 'must be true or false');
    return false;
  },
  write: (value) => (value ? true : undefined),
};

/** `google.protobuf.Timestamp`: RFC 3339, kept as it is written. */
export const timestamp: Codec<string | undefined> = {
  absent: undefined,
  read(value, path, fault) {
    if (typeof value === 'string' && millisecondsOf(value) !== undefined) return value;
    fault(path, 'STACKROX_TYPE', 'must be a time like 2026-01-31T00:00:00Z');
    return undefined;
  },
  write: (value) => value,
};

/** @param names in the order of their numbers; the first is the default. JSON may hold the name or the number. */
export function enumeration<const T extends string>(names: readonly [T, ...T[]]): Codec<T> {
  return {
    absent: names[0],
    read(value, path, fault) {
      const name = typeof value === 'number' ? names[value] : names.find((each) => each === value);
      if (name !== undefined) return name;
      fault(path, 'STACKROX_TYPE', `must be one of ${names.join(', ')}`);
      return names[0];
    },
    write: (value) => (value === names[0] ? undefined : value),
  };
}

/** More than any list of a policy needs. */
const MAX_ENTRIES = 10_000;

export function list<T>(item: Codec<T>): Codec<readonly T[]> {
  return {
    absent: [],
    read(value, path, fault) {
      if (!Array.isArray(value)) {
        fault(path, 'STACKROX_TYPE', 'must be a list');
        return [];
      }
      if (value.length > MAX_ENTRIES) {
        fault(path, 'STACKROX_TYPE', `has ${value.length} entries; at most ${MAX_ENTRIES} are read`);
        return [];
      }
      return value.map((entry, i) => item.read(entry, [...path, i], fault));
    },
    // In a list also the default is an entry.
    write: (value) => (value.length === 0 ? undefined : value.map((entry) => item.write(entry) ?? item.absent)),
  };
}

/** A message: its fields may be named as in JSON or as in the .proto file. */
export function message<T extends Message>(fields: Fields<T>): Codec<T> {
  const known = Object.entries(fields) as [string, Codec<unknown>][];
  const jsonNames = new Map(known.flatMap(([name]) => [[name, name] as const, [protoName(name), name] as const]));

  function read(value: unknown, path: JsonPath, fault: Fault): T {
    const result: Record<string, unknown> = {};
    for (const [name, codec] of known) result[name] = codec.absent;
    result['unknownFields'] = {};
    if (!isRecord(value)) {
      fault(path, 'STACKROX_TYPE', 'must be an object');
      return result as unknown as T;
    }
    const unknown: [string, unknown][] = [];
    const seen = new Set<string>();
    for (const [key, entry] of Object.entries(value)) {
      const name = jsonNames.get(key);
      const at = [...path, key];
      if (name === undefined) {
        unknown.push([key, entry]);
        fault(at, 'STACKROX_UNKNOWN_FIELD', 'is not a field of a policy; it is kept, and nothing reads it');
      } else if (seen.has(name)) {
        fault(at, 'STACKROX_TYPE', `is ${name} once more`, 'Keep one of the two.');
      } else {
        seen.add(name);
        if (entry !== null) result[name] = (fields as Record<string, Codec<unknown>>)[name]?.read(entry, at, fault);
      }
    }
    // Also a field named __proto__ becomes one of its own.
    result['unknownFields'] = Object.fromEntries(unknown);
    return result as unknown as T;
  }

  function write(value: T): Record<string, unknown> {
    const written = known.map(([name, codec]) => [name, codec.write((value as Record<string, unknown>)[name])]);
    return { ...Object.fromEntries(written.filter(([, entry]) => entry !== undefined)), ...value.unknownFields };
  }

  return { absent: read({}, [], () => undefined), read, write };
}

/** A field that holds a message, or nothing. */
export function optional<T>(of: Codec<T>): Codec<T | undefined> {
  return {
    absent: undefined,
    read: of.read,
    write: (value) => (value === undefined ? undefined : of.write(value)),
  };
}

/** `policySections` → `policy_sections`. */
function protoName(jsonName: string): string {
  return jsonName.replace(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
