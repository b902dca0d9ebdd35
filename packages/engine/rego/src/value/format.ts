import { quoteGo } from '@sekisho/base';
import { BigNumber } from './number.ts';
import { type ObjectValue, sortedKeys, sortedMembers, valueAt } from './object.ts';
import { RegoSet, type Value } from './value.ts';

/** A value as Rego writes it, as OPA prints it: `{"a": [1, {2, 3}]}`, `set()`. */
export function formatValue(value: Value): string {
  if (typeof value === 'string') return quoteGo(value);
  if (typeof value !== 'object' || value === null) return `${value}`;
  if (value instanceof BigNumber) return value.text;
  if (Array.isArray(value)) return `[${(value as readonly Value[]).map(formatValue).join(', ')}]`;
  if (value instanceof RegoSet)
    return value.size === 0 ? 'set()' : `{${sortedMembers(value).map(formatValue).join(', ')}}`;
  const object = value as ObjectValue;
  const entries = sortedKeys(object).map((key) => `${formatValue(key)}: ${formatValue(valueAt(object, key) as Value)}`);
  return `{${entries.join(', ')}}`;
}
