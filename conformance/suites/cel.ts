import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CelMap,
  CelType,
  type CelValue,
  compileCel,
  Duration,
  EntryMap,
  isEqual,
  kindOf,
  mapKey,
  Optional,
  Timestamp,
  Uint,
} from '@sekisho/cel';
import type { CaseResult, RunSuite } from '../suite.ts';

/** The cases of the language's own specification that need no protocol buffers: one file per topic. */
export const run: RunSuite = async ({ casesDir, signal }) => {
  const results: CaseResult[] = [];
  for (const file of (await readdir(casesDir)).sort()) {
    signal.throwIfAborted();
    const { cases } = JSON.parse(await readFile(join(casesDir, file), 'utf8')) as { cases: CelCase[] };
    for (const test of cases) {
      const reason = attempt(test);
      results.push({ id: test.id, passed: reason === undefined, ...(reason !== undefined && { reason }) });
    }
  }
  return results;
};

interface CelCase {
  readonly id: string;
  readonly expr: string;
  readonly container?: string;
  readonly declarations?: readonly { readonly name: string }[];
  readonly bindings?: Readonly<Record<string, TypedValue>>;
  readonly disable_check?: boolean;
  readonly check_only?: boolean;
  readonly want_value?: TypedValue;
  readonly want_type?: unknown;
  readonly want_error?: string;
}

/** One field, which names the type: `{"int": "1"}`. */
type TypedValue = Readonly<Record<string, unknown>>;

function attempt(test: CelCase): string | undefined {
  try {
    return check(test);
  } catch (error) {
    return `threw ${error instanceof Error ? (error.stack ?? error.message).split('\n').slice(0, 3).join(' ') : error}`;
  }
}

/**
 * Why a case fails; undefined when it passes. Errors are compared by being there: their words are each
 * implementation's. A wanted type is compared only as far as the wanted value has it.
 */
function check(test: CelCase): string | undefined {
  const { program, diagnostics } = compileCel(test.expr, {
    variables: [...(test.declarations ?? []).map(({ name }) => name), ...Object.keys(test.bindings ?? {})],
    container: test.container ?? '',
    unchecked: test.disable_check === true,
  });
  const wantsError = test.want_error !== undefined;
  if (program === undefined) return wantsError ? undefined : `does not compile: ${diagnostics[0]?.message}`;
  if (test.check_only === true) return 'types are not deduced';
  const bindings = Object.entries(test.bindings ?? {}).map(([name, value]) => [name, read(value)]);
  const { value, fault } = program.evaluate(Object.fromEntries(bindings));
  if (fault !== undefined) return wantsError ? undefined : `gave ${fault.code}: ${fault.message}`;
  if (wantsError) return `wanted the error ${test.want_error}, got ${show(value)}`;
  if (test.want_value === undefined) return undefined;
  const wanted = read(test.want_value);
  return isSame(wanted, value) ? undefined : `wanted ${show(wanted)}, got ${show(value)}`;
}

function read(typed: TypedValue): CelValue {
  const [kind = '', value] = Object.entries(typed)[0] ?? [];
  switch (kind) {
    case 'int':
      return BigInt(value as string);
    case 'uint':
      return new Uint(BigInt(value as string));
    case 'double':
      return Number(value);
    case 'bytes_base64':
      return new Uint8Array(Buffer.from(value as string, 'base64'));
    case 'list':
      return (value as TypedValue[]).map(read);
    case 'map':
      return new EntryMap((value as [TypedValue, TypedValue][]).map(([key, member]) => [read(key), read(member)]));
    case 'type':
      return new CelType(value as string);
    case 'duration':
      return new Duration(nanoseconds(value as Span));
    case 'timestamp':
      return new Timestamp(nanoseconds(value as Span));
    default:
      return value as null | boolean | string;
  }
}

interface Span {
  readonly seconds?: string | number;
  readonly nanos?: number;
}

function nanoseconds({ seconds = 0, nanos = 0 }: Span): bigint {
  return BigInt(seconds) * 1_000_000_000n + BigInt(nanos);
}

/** Equal and of the same types all the way down; NaN is NaN, and zeros have their sign. */
function isSame(wanted: CelValue, got: CelValue): boolean {
  if (kindOf(wanted) !== kindOf(got)) return false;
  if (typeof wanted === 'number') return Object.is(wanted, got);
  if (Array.isArray(wanted)) {
    const list = got as readonly CelValue[];
    return list.length === wanted.length && wanted.every((value, index) => isSame(value, list[index] as CelValue));
  }
  if (!(wanted instanceof CelMap) || !(got instanceof CelMap)) return isEqual(wanted, got);
  const keys = [...wanted.keys()].map((key) => mapKey(key));
  return (
    got.size === wanted.size &&
    keys.every((key) => key !== undefined && got.has(key) && isSame(wanted.get(key) ?? null, got.get(key) ?? null))
  );
}

function show(value: CelValue): string {
  if (Array.isArray(value)) return `[${value.map(show).join(', ')}]`;
  if (value instanceof CelMap) return `map of ${value.size}`;
  if (value instanceof Uint) return `${value.value}u`;
  if (value instanceof Optional) return `optional(${value.value === undefined ? '' : show(value.value)})`;
  if (value instanceof CelType) return value.name;
  return `${kindOf(value)} ${String(value)}`;
}
