import type { Term } from '../syntax/ast.ts';
import { equality } from './equality.ts';

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
  return typeTest(name, a);
}

/** Whether {@link inlineCondition} writes calls of the built-in. */
export function isCondition(name: string): boolean {
  return inlineCondition(name, ['a', 'b'], []) !== undefined;
}

function typeTest(name: string, value: string): string | undefined {
  switch (name) {
    case 'is_string':
    case 'is_boolean':
      return `typeof ${value} === '${name.slice('is_'.length)}'`;
    case 'is_null':
      return `${value} === null`;
    case 'is_array':
      return `Array.isArray(${value})`;
    case 'is_number':
      return `R_isNumber(${value})`;
    default:
      return undefined;
  }
}

/** What a built-in gives for the operands that it mostly gets; `guard` says whether they are such. */
interface FastPath {
  readonly guard: string;
  readonly value: string;
}

/** Calls that are mostly decided by an operation of the machine; the built-in does the rest. */
export function fastPath(name: string, args: readonly string[]): FastPath | undefined {
  const [a, b] = args as [string, string];
  const arithmetic = ARITHMETIC[name];
  if (arithmetic !== undefined) {
    const value = `${a} ${arithmetic} ${b}`;
    return {
      guard: `Number.isInteger(${a}) && Number.isInteger(${b}) && Number.isSafeInteger(${value})`,
      value: `(${value}) + 0`,
    };
  }
  const search = SEARCH[name];
  if (search !== undefined)
    return { guard: `typeof ${a} === 'string' && typeof ${b} === 'string'`, value: `${a}.${search}(${b})` };
  if (name === 'count') return { guard: `Array.isArray(${a})`, value: `${a}.length` };
  return undefined;
}

/** Operations on whole numbers that give whole numbers. */
const ARITHMETIC: Readonly<Record<string, string>> = { plus: '+', minus: '-', mul: '*' };
const SEARCH: Readonly<Record<string, string>> = {
  startswith: 'startsWith',
  endswith: 'endsWith',
  contains: 'includes',
};
