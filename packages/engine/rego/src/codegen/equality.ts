import type { Term } from '../syntax/ast.ts';

/** Expression that compares two values; `term` is one of them as it is written. */
export function equality(a: string, b: string, ...terms: readonly Term[]): string {
  return terms.some(isScalar) ? `${a} === ${b}` : `R_equal(${a}, ${b})`;
}

/** Values of these are equal only when they are identical. */
function isScalar(term: Term): boolean {
  return (
    term.kind === 'null' ||
    term.kind === 'boolean' ||
    term.kind === 'string' ||
    (term.kind === 'number' && typeof term.value === 'number')
  );
}
