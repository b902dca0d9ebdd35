import { parseJson } from '@sekisho/rego';

/** Numbers as Rego keeps them: integers that a machine number can't hold stay exact, and there is no -0. */
export function makeNumber(text: string): unknown {
  const value = Number(text) + 0;
  if (Number.isSafeInteger(value) || (Number.isFinite(value) && text.length <= 15)) return value;
  try {
    return parseJson(text);
  } catch {
    return value;
  }
}
