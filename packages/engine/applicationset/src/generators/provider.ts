import type { FieldReader } from '@sekisho/base';
import { isMap } from '@sekisho/gotemplate';
import type { JsonRecord } from '../sources.ts';

/** The one forge that a generator names, and what it says of it. */
export function readProvider(
  reader: FieldReader,
  providers: readonly string[],
): { readonly provider: string; readonly settings: JsonRecord } {
  const named = providers.filter((provider) => reader.has(provider));
  if (named.length !== 1) {
    const found = named.length === 0 ? 'names no provider' : `names several providers: ${named.join(', ')}`;
    reader.fault('', found, `Give one of ${providers.join(', ')}.`);
  }
  const provider = named[0] ?? '';
  const settings = reader.fields[provider];
  if (settings !== undefined && !isMap(settings)) reader.fault(provider, 'must be an object');
  return { provider, settings: isMap(settings) ? settings : {} };
}
