import { kindOf } from '../value/kind.ts';
import { type ObjectValue, sortedKeys, valueAt } from '../value/object.ts';
import type { RegoSet, Value } from '../value/value.ts';
import { anyType, booleanType, nullType, numberType, stringType } from './construct.ts';
import type { Type } from './type.ts';

/** Composite values deeper than this are `any` below. */
const MAX_DEPTH = 32;

/** The type of a constant: arrays item by item, objects key by key. Of sets the members' kinds. */
export function typeOfValue(value: Value, depth = 0): Type {
  if (depth > MAX_DEPTH) return anyType;
  switch (kindOf(value)) {
    case 'null':
      return nullType;
    case 'boolean':
      return booleanType;
    case 'number':
      return numberType;
    case 'string':
      return stringType;
    case 'array':
      return {
        kind: 'array',
        static: (value as readonly Value[]).map((item) => typeOfValue(item, depth + 1)),
        dynamic: undefined,
      };
    case 'object': {
      const object = value as ObjectValue;
      return {
        kind: 'object',
        static: sortedKeys(object).map((key) => [key, typeOfValue(valueAt(object, key) as Value, depth + 1)] as const),
        dynamic: undefined,
      };
    }
    case 'set': {
      const kinds = new Map<string, Type>();
      for (const member of (value as RegoSet).values()) {
        const type = typeOfValue(member, depth + 1);
        if (!kinds.has(type.kind)) kinds.set(type.kind, type);
      }
      const only = kinds.size === 1 ? [...kinds.values()][0] : undefined;
      return { kind: 'set', of: kinds.size === 0 ? undefined : scalar(only) ? only : anyType };
    }
  }
}

function scalar(type: Type | undefined): boolean {
  return type !== undefined && ['null', 'boolean', 'number', 'string'].includes(type.kind);
}
