import { messageOf, SekishoError } from '@sekisho/base';
import type { ExternalDataResponse } from '@sekisho/policy';

/** What a provider said of one key. */
export interface Item {
  readonly key: string;
  readonly value?: ExternalDataResponse['responses'][number][1];
  readonly error?: string;
}

/** Reads a ProviderResponse. @throws SekishoError EXTERNAL_DATA_ANSWER */
export function readResponse(provider: string, body: Uint8Array): readonly Item[] {
  const fail = (what: string): never => {
    throw new SekishoError('EXTERNAL_DATA_ANSWER', `Provider ${provider} gave no ProviderResponse: ${what}.`);
  };
  let answer: unknown;
  try {
    answer = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (error) {
    return fail(messageOf(error));
  }
  const { kind, response } = (answer ?? {}) as { kind?: unknown; response?: unknown };
  if (kind !== 'ProviderResponse' || typeof response !== 'object' || response === null) return fail('another kind');
  const { items = [], systemError } = response as { items?: unknown; systemError?: unknown };
  if (typeof systemError === 'string' && systemError !== '')
    throw new SekishoError('EXTERNAL_DATA_ANSWER', `Provider ${provider}: ${systemError}`);
  if (!Array.isArray(items)) return fail('items are no list');
  return items.map((item: unknown) => {
    const { key, value, error } = (item ?? {}) as { key?: unknown; value?: Item['value']; error?: unknown };
    if (typeof key !== 'string') return fail('an item has no key');
    if (typeof error === 'string' && error !== '') return { key, error };
    return { key, ...(value === undefined ? {} : { value }) };
  });
}
