/**
 * Whether a name fits a pattern of Gatekeeper's: `*` at the start, at the end or at both, and nowhere else.
 */
export function matchesName(pattern: string, name: string): boolean {
  const isOpenStart = pattern.startsWith('*');
  const isOpenEnd = pattern.endsWith('*');
  if (isOpenStart && isOpenEnd) return name.includes(pattern.slice(1, Math.max(1, pattern.length - 1)));
  if (isOpenStart) return name.endsWith(pattern.slice(1));
  if (isOpenEnd) return name.startsWith(pattern.slice(0, -1));
  return name === pattern;
}

/** Names that the API server is still to make begin with `generateName`: only open ends can tell. */
export function matchesGeneratedName(pattern: string, generateName: string): boolean {
  return pattern.endsWith('*') && matchesName(pattern, generateName);
}
