import { type FieldError, forbidden, invalid, notSupported, required } from '../../schema/field-error.ts';
import { isRecord } from '../../schema/schema.ts';
import { isPercent, isPortName } from './names.ts';

export type Json = Record<string, unknown>;

/** Faults found so far; the rules below add to them. */
export type Errors = FieldError[];

const none: readonly unknown[] = [];

/** The object under `key`, undefined when there is none. */
export function recordAt(value: Json | undefined, key: string): Json | undefined {
  const child = value?.[key];
  return isRecord(child) ? child : undefined;
}

/** The list under `key`, empty when there is none. */
export function listAt(value: Json | undefined, key: string): readonly unknown[] {
  const child = value?.[key];
  return Array.isArray(child) ? child : none;
}

/** The text under `key`, empty when there is none. */
export function textAt(value: Json | undefined, key: string): string {
  const child = value?.[key];
  return typeof child === 'string' ? child : '';
}

/** The number under `key`. */
export function numberAt(value: Json | undefined, key: string): number | undefined {
  const child = value?.[key];
  return typeof child === 'number' ? child : undefined;
}

/** Calls `check` for each object of the list under `key`, with its path. */
export function eachAt(
  value: Json | undefined,
  key: string,
  path: string,
  check: (item: Json, path: string, index: number) => void,
): void {
  const list = listAt(value, key);
  for (let index = 0; index < list.length; index++) {
    const item = list[index];
    if (isRecord(item)) check(item, `${path}.${key}[${index}]`, index);
  }
}

export function addInvalid(errors: Errors, path: string, value: unknown, faults: readonly string[]): void {
  for (const fault of faults) errors.push(invalid(path, value, fault));
}

/** Requires a text; reports and returns undefined when it is absent or empty. */
export function requireText(
  errors: Errors,
  value: Json | undefined,
  key: string,
  path: string,
  detail = '',
): string | undefined {
  const text = textAt(value, key);
  if (text !== '') return text;
  errors.push(required(`${path}.${key}`, detail));
  return undefined;
}

export function requireOneOf(errors: Errors, value: unknown, path: string, choices: readonly string[]): void {
  if (typeof value === 'string' && choices.includes(value)) return;
  if (value === undefined || value === '') errors.push(required(path));
  else errors.push(notSupported(path, value, choices));
}

export function nonNegative(errors: Errors, value: Json | undefined, key: string, path: string): void {
  const number = numberAt(value, key);
  if (number !== undefined && number < 0) {
    errors.push(invalid(`${path}.${key}`, number, 'must be greater than or equal to 0'));
  }
}

export function portNumber(errors: Errors, path: string, port: unknown): void {
  if (typeof port !== 'number' || port < 1 || port > 65_535) {
    errors.push(invalid(path, port ?? 0, 'must be between 1 and 65535, inclusive'));
  }
}

/** A port by number or by name. */
export function portOrName(errors: Errors, path: string, port: unknown): void {
  if (typeof port === 'string') addInvalid(errors, path, port, isPortName(port));
  else portNumber(errors, path, port);
}

/** A count, or a share such as `25%`; returns the value in percent or as it is, for comparing with 0. */
export function countOrPercent(errors: Errors, path: string, value: unknown): number | undefined {
  if (typeof value === 'number') {
    if (value < 0) errors.push(invalid(path, value, 'must be greater than or equal to 0'));
    return value;
  }
  if (typeof value !== 'string') return undefined;
  const faults = isPercent(value);
  addInvalid(errors, path, value, faults);
  return faults.length > 0 ? undefined : Number.parseInt(value, 10);
}

export function notMoreThanAll(errors: Errors, path: string, value: unknown): void {
  if (typeof value === 'string' && /^\d+%$/.test(value) && Number.parseInt(value, 10) > 100) {
    errors.push(invalid(path, value, 'must not be greater than 100%'));
  }
}

/**
 * Of several ways to say something exactly one may be used.
 * @returns the key that is used, when it is one
 */
export function oneVariant(
  errors: Errors,
  value: Json,
  path: string,
  variants: readonly string[],
  wording: { missing: string; several: string },
): string | undefined {
  let chosen: string | undefined;
  for (const variant of variants) {
    if (value[variant] === undefined || value[variant] === null) continue;
    if (chosen !== undefined) errors.push(forbidden(`${path}.${variant}`, wording.several));
    chosen ??= variant;
  }
  if (chosen === undefined) errors.push(required(path, wording.missing));
  return chosen;
}
