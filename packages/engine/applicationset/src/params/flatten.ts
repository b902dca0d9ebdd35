import { plain } from '@sekisho/gotemplate';
import type { Parameters } from '../spec/application-set.ts';

/** `{a: {b: [1]}}` becomes `{'a.b.0': '1'}`: every value as Go prints it. Empty maps and lists leave nothing. */
export function flatten(params: Parameters): Record<string, string> {
  const flat = new Map<string, string>();
  const visit = (value: unknown, key: string, prefix: string): void => {
    if (typeof value !== 'object' || value === null) {
      flat.set(key, value === null || value === undefined ? '<nil>' : plain(value));
      return;
    }
    for (const [part, item] of Object.entries(value)) visit(item, prefix + part, `${prefix}${part}.`);
  };
  visit(params, '', '');
  return Object.fromEntries(flat);
}
