import { kindOf } from '../value/kind.ts';
import type { CelValue } from '../value/value.ts';
import { type Code, type Emitter, quoted } from './emitter.ts';

/** Longer texts are constants, not source. */
const MAX_TEXT = 1_000;

export function literalCode(emitter: Emitter, value: CelValue): Code {
  if (value === null) return { js: 'null', kind: 'null_type' };
  if (typeof value === 'boolean') return { js: String(value), kind: 'bool' };
  if (typeof value === 'string')
    return { js: value.length > MAX_TEXT ? emitter.constant(value) : quoted(value), kind: 'string', text: value };
  if (typeof value === 'bigint' && Number.isSafeInteger(Number(value))) return { js: String(value), kind: 'count' };
  return { js: emitter.constant(value), kind: kindOf(value) };
}
