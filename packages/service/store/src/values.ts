import { SekishoError } from '@sekisho/base';

/** @throws SekishoError STORE_FAILED */
export function time(text: string): string {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) {
    throw new SekishoError('STORE_FAILED', `${JSON.stringify(text)} is no date`);
  }
  return date.toISOString();
}

/** PostgreSQL's text holds neither NUL nor half a surrogate pair. */
export function storable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: NUL is what must go
  return text.replace(/\u0000|\p{Surrogate}/gu, '\ufffd');
}

export function json(value: unknown): string {
  return JSON.stringify(value ?? null, (_, inner) => (typeof inner === 'string' ? storable(inner) : inner));
}
