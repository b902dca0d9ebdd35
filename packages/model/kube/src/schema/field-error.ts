/** One fault of an object, at a field. The message is worded as the API server words it. */
export interface FieldError {
  /** `spec.containers[0].name`; empty for the object itself. */
  readonly path: string;
  readonly type:
    | 'required'
    | 'invalid'
    | 'unknown'
    | 'duplicate'
    | 'notSupported'
    | 'typeInvalid'
    | 'forbidden'
    | 'tooLong'
    | 'tooMany'
    | 'immutable';
  readonly value?: unknown;
  /** Without the path: `Required value: must specify one`. */
  readonly message: string;
}

export function required(path: string, detail = ''): FieldError {
  return { path, type: 'required', message: withDetail('Required value', detail) };
}

export function invalid(path: string, value: unknown, detail: string): FieldError {
  return { path, type: 'invalid', value, message: withDetail(`Invalid value: ${showValue(value)}`, detail) };
}

export function typeInvalid(path: string, value: unknown, detail: string): FieldError {
  return { path, type: 'typeInvalid', value, message: withDetail(`Invalid value: ${showValue(value)}`, detail) };
}

export function duplicate(path: string, value: unknown): FieldError {
  return { path, type: 'duplicate', value, message: `Duplicate value: ${showValue(value)}` };
}

export function forbidden(path: string, detail: string): FieldError {
  return { path, type: 'forbidden', message: withDetail('Forbidden', detail) };
}

export function notFound(path: string, value: unknown): FieldError {
  return { path, type: 'invalid', value, message: `Not found: ${showValue(value)}` };
}

export function notSupported(path: string, value: unknown, supported: readonly unknown[]): FieldError {
  const list = supported.map((choice) => JSON.stringify(choice)).join(', ');
  return {
    path,
    type: 'notSupported',
    value,
    message: `Unsupported value: ${showValue(value)}${list === '' ? '' : `: supported values: ${list}`}`,
  };
}

export function tooLong(path: string, maxLength: number): FieldError {
  return { path, type: 'tooLong', message: `Too long: may not be more than ${maxLength} bytes` };
}

export function tooMany(path: string, count: number, maxItems: number): FieldError {
  return { path, type: 'tooMany', value: count, message: `Too many: ${count}: must have at most ${maxItems} items` };
}

export function immutable(path: string, value: unknown): FieldError {
  return { path, type: 'immutable', value, message: `Invalid value: ${showValue(value)}: field is immutable` };
}

function withDetail(text: string, detail: string): string {
  return detail === '' ? text : `${text}: ${detail}`;
}

/** Values in messages may be whole structs: long ones are cut. */
const maxShown = 2_000;

function showValue(value: unknown): string {
  if (value === undefined) return 'null';
  const text = JSON.stringify(value) ?? 'null';
  return text.length > maxShown ? `${text.slice(0, maxShown)}…` : text;
}

/** `spec.replicas: Invalid value: -1: must be greater than or equal to 0` */
export function formatFieldError(error: FieldError): string {
  return error.path === '' ? `<nil>: ${error.message}` : `${error.path}: ${error.message}`;
}

/**
 * The message of a Status with reason Invalid:
 * `Deployment.apps "web" is invalid: spec.replicas: Invalid value: …`, several in brackets.
 */
export function formatFieldErrors(kind: string, group: string, name: string, errors: readonly FieldError[]): string {
  const qualified = group === '' ? kind : `${kind}.${group}`;
  const texts = [...new Set(errors.map(formatFieldError))];
  const detail = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  return `${qualified} ${JSON.stringify(name)} is invalid: ${detail}`;
}

/** What `details.causes` of a Status says of one error. */
export interface StatusCause {
  readonly reason: string;
  readonly message: string;
  readonly field: string;
}

const causeReasons: Readonly<Record<FieldError['type'], string>> = {
  required: 'FieldValueRequired',
  invalid: 'FieldValueInvalid',
  unknown: 'FieldValueInvalid',
  duplicate: 'FieldValueDuplicate',
  notSupported: 'FieldValueNotSupported',
  typeInvalid: 'FieldValueTypeInvalid',
  forbidden: 'FieldValueForbidden',
  tooLong: 'FieldValueTooLong',
  tooMany: 'FieldValueTooMany',
  immutable: 'FieldValueInvalid',
};

export function statusCauses(errors: readonly FieldError[]): StatusCause[] {
  return errors.map((error) => {
    const reason = error.message.startsWith('Not found') ? 'FieldValueNotFound' : causeReasons[error.type];
    return { reason, message: error.message, field: error.path };
  });
}
