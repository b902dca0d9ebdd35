import { parseGlob, SekishoError } from '@sekisho/base';

/**
 * The packages that patterns name. A pattern without `*`, `?` and `[` is a name, which need not exist; others give the
 * packages that they match, where `*` matches dots too. Each package once, sorted within a pattern.
 *
 * @param available packages of the policies, without `data.`
 * @throws SekishoError CHECK_NAMESPACE for a pattern that is none
 */
export function selectNamespaces(patterns: readonly string[], available: readonly string[]): string[] {
  const sorted = [...new Set(available)].sort();
  const selected = new Set<string>();
  for (const pattern of patterns) {
    if (!/[*?[]/.test(pattern)) selected.add(pattern);
    else {
      const glob = parseGlob(pattern);
      if (glob === undefined) {
        throw new SekishoError('CHECK_NAMESPACE', `The namespace ${JSON.stringify(pattern)} is no pattern.`, {
          hint: 'Patterns are made of names, *, ? and [a-z].',
        });
      }
      for (const name of sorted) if (glob.matches(name)) selected.add(name);
    }
  }
  return [...selected];
}
