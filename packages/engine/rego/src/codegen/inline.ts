import type { CallTerm, Term } from '../syntax/ast.ts';
import type { Emitter } from './emitter.ts';
import { equality } from './unify.ts';

const ORDER: Readonly<Record<string, string>> = { lt: '<', lte: '<=', gt: '>', gte: '>=' };

/**
 * Written in place: calls that policies make most and that can't fail. Gives an expression of a boolean that is evaluated once, or
 * undefined for built-ins that are called.
 */
export function inlineCondition(name: string, args: readonly string[], terms: readonly Term[]): string | undefined {
  const [a, b] = args as [string, string];
  if (name === 'equal') return equality(a, b, ...terms);
  if (name === 'neq') return `!(${equality(a, b, ...terms)})`;
  const operator = ORDER[name];
  if (operator !== undefined)
    return `(typeof ${a} === 'number' && typeof ${b} === 'number' ? ${a} ${operator} ${b} : R_compare(${a}, ${b}) ${operator} 0)`;
  if (name === 'internal.member_2') return `R_isMember(${a}, ${b})`;
  return undefined;
}

export function emitInline(emitter: Emitter, name: string, args: readonly string[], call: CallTerm): string | undefined {
  const condition = inlineCondition(name, args, call.args);
  return condition === undefined ? undefined : emitter.keep(condition);
}
