import { createRequire } from 'node:module';
import { compileGlob, type Matcher } from './glob.ts';

/** How patterns of a policy are read: `policy.matchMode` of argocd-rbac-cm. */
export type MatchMode = 'glob' | 'regex';

/**
 * @returns undefined when the pattern can't be read. Regular expressions are RE2's and match anywhere in the text unless
 *   anchored, as in Argo CD.
 */
export function compilePattern(pattern: string, mode: MatchMode): Matcher | undefined {
  if (mode === 'glob') return compileGlob(pattern);
  if (/^[\w/ -]*$/.test(pattern)) return (text) => text.includes(pattern);
  try {
    const expression = loadEngine().RE2JS.compile(pattern);
    return (text) => expression.matcher(text).find();
  } catch {
    return undefined;
  }
}

let engine: typeof import('re2js') | undefined;

/** Loaded when a policy needs it: few do. */
function loadEngine(): typeof import('re2js') {
  engine ??= createRequire(import.meta.url)('re2js') as typeof import('re2js');
  return engine;
}
