/** Reading JSON of unknown shape: wrong types read as absent, so that a strange object never throws. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const empty: JsonObject = Object.freeze({});

/** The object at `key`, or an empty one. */
export function objectAt(value: JsonObject, key: string): JsonObject {
  const found = value[key];
  return isObject(found) ? found : empty;
}

export function optionalObjectAt(value: JsonObject, key: string): JsonObject | undefined {
  const found = value[key];
  return isObject(found) ? found : undefined;
}

/** The objects of the list at `key`; entries of other types are left out. */
export function objectsAt(value: JsonObject, key: string): readonly JsonObject[] {
  const found = value[key];
  return Array.isArray(found) ? found.filter(isObject) : [];
}

export function numberAt(value: JsonObject, key: string): number | undefined {
  const found = value[key];
  return typeof found === 'number' ? found : undefined;
}

/** The string at `key`, or ''. */
export function stringAt(value: JsonObject, key: string): string {
  const found = value[key];
  return typeof found === 'string' ? found : '';
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** `status.conditions` of an object. */
export function conditionsOf(object: JsonObject): readonly Condition[] {
  return objectsAt(objectAt(object, 'status'), 'conditions').map(toCondition);
}

export function toCondition(value: JsonObject): Condition {
  return {
    type: stringAt(value, 'type'),
    status: stringAt(value, 'status'),
    reason: stringAt(value, 'reason'),
    message: stringAt(value, 'message'),
  };
}
