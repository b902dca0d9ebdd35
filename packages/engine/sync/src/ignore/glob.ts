import { type Glob, parseGlob } from '@sekisho/base';

const kept = new Map<string, Glob | undefined>();
const MAX_KEPT = 1000;

/** Whether a name matches a glob as Argo CD reads them; what is no glob matches nothing. */
export function matchesGlob(pattern: string, text: string): boolean {
  if (pattern === '*' || pattern === text) return true;
  if (!/[*?[{\\]/.test(pattern)) return false;
  if (!kept.has(pattern)) {
    if (kept.size >= MAX_KEPT) kept.clear();
    kept.set(pattern, parseGlob(pattern));
  }
  return kept.get(pattern)?.matches(text) === true;
}

/** As {@link matchesGlob}, for texts in which brackets are meant as such: only `*` is special. */
export function matchesStars(pattern: string, text: string): boolean {
  return matchesGlob(pattern.replace(/[?[\]{}\\]/g, '\\$&'), text);
}
