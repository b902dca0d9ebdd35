import type { Schema } from '@sekisho/kube';
import { isObject, type JsonObject } from '../json.ts';
import { isDroppedByApi, isEquivalent } from './equivalent.ts';
import { fieldSchema } from './field-change.ts';
import { listKeys } from './list-keys.ts';

/** How lists without keys are merged. */
export interface OverlayOptions {
  /** Elements are laid over each other by position, and fields that only live has stay: custom resources. */
  readonly byPosition: boolean;
}

/**
 * Predicts what live becomes when `desired` is applied: fields of desired win, fields that `original` (what was applied
 * last) has and desired has not are removed, all others stay as they are.
 *
 * Equivalent to building kubectl's three-way patch and applying it, without the patch.
 *
 * @param original what was applied last, or undefined for a two-way comparison (nothing is removed)
 * @returns `live` itself when nothing would change
 */
export function overlay(
  desired: unknown,
  original: unknown,
  live: unknown,
  schema: Schema | undefined,
  options: OverlayOptions,
  name = '',
): unknown {
  if (desired === live) return live;
  if (isObject(desired) && isObject(live)) {
    if (schema?.mapType === 'atomic' || schema?.structType === 'atomic') return replace(desired, live, schema, name);
    return overlayObject(desired, isObject(original) ? original : undefined, live, schema, options);
  }
  if (Array.isArray(desired) && Array.isArray(live)) {
    return overlayList(desired, Array.isArray(original) ? original : undefined, live, schema, options, name);
  }
  return replace(desired, live, schema, name);
}

function replace(desired: unknown, live: unknown, schema: Schema | undefined, name: string): unknown {
  return isEquivalent(desired, live, schema, name) ? live : desired;
}

function overlayObject(
  desired: JsonObject,
  original: JsonObject | undefined,
  live: JsonObject,
  schema: Schema | undefined,
  options: OverlayOptions,
): JsonObject {
  let result: Record<string, unknown> | undefined;
  for (const key of Object.keys(desired)) {
    const wanted = desired[key];
    if (wanted === null || wanted === undefined) continue;
    const current = live[key];
    if (wanted === current) continue;
    const inner = fieldSchema(schema, key);
    if (current === undefined || current === null) {
      if (isDroppedByApi(wanted, inner, key)) continue;
      result ??= { ...live };
      result[key] = wanted;
      continue;
    }
    const merged = overlay(wanted, original?.[key], current, inner, options, key);
    if (merged === current) continue;
    result ??= { ...live };
    result[key] = merged;
  }
  if (original !== undefined) {
    for (const key of Object.keys(original)) {
      if (original[key] === null || live[key] === undefined) continue;
      if (desired[key] !== undefined && desired[key] !== null) continue;
      result ??= { ...live };
      delete result[key];
    }
  }
  return result ?? live;
}

function overlayList(
  desired: readonly unknown[],
  original: readonly unknown[] | undefined,
  live: readonly unknown[],
  schema: Schema | undefined,
  options: OverlayOptions,
  name: string,
): readonly unknown[] {
  const keys = listKeys(schema);
  if (keys !== undefined) {
    const wanted = keys.index(desired);
    const current = keys.index(live);
    if (wanted !== undefined && current !== undefined) {
      const before = original === undefined ? undefined : keys.index(original);
      return overlayKeyedList(wanted, before, current, live, schema, options);
    }
  }
  // `volumeClaimTemplates` cannot be changed and come back full of defaults.
  const byPosition = options.byPosition || keys !== undefined || name === 'volumeClaimTemplates';
  if (byPosition && desired.length === live.length) {
    let result: unknown[] | undefined;
    for (let i = 0; i < desired.length; i++) {
      const merged = overlay(desired[i], original?.[i], live[i], schema?.items, options);
      if (merged === live[i]) continue;
      result ??= [...live];
      result[i] = merged;
    }
    return result ?? live;
  }
  return isEquivalent(desired, live, schema, name) ? live : desired;
}

function overlayKeyedList(
  desired: ReadonlyMap<string, unknown>,
  original: ReadonlyMap<string, unknown> | undefined,
  current: ReadonlyMap<string, unknown>,
  live: readonly unknown[],
  schema: Schema | undefined,
  options: OverlayOptions,
): readonly unknown[] {
  const result: unknown[] = [];
  let changed = false;
  for (const [key, item] of desired) {
    const existing = current.get(key);
    if (existing === undefined) {
      changed = true;
      result.push(item);
      continue;
    }
    const merged = overlay(item, original?.get(key), existing, schema?.items, options);
    if (merged !== existing) changed = true;
    result.push(merged);
  }
  const shared = [...current.keys()].filter((key) => desired.has(key));
  const wanted = [...desired.keys()].filter((key) => current.has(key));
  if (shared.some((key, index) => key !== wanted[index])) changed = true;
  for (const [key, item] of current) {
    if (desired.has(key)) continue;
    if (original?.has(key) === true) changed = true;
    else result.push(item);
  }
  return changed ? result : live;
}
