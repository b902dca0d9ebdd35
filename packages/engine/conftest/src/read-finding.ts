import { SekishoError } from '@sekisho/base';
import type { Finding, FindingLocation } from './result.ts';

/**
 * How many lists of exceptions name the rule, a list once for each time.
 *
 * @param value  of the rule `exception`
 * @param name  as exceptions name the rule
 */
export function countExceptions(value: unknown, name: string): number {
  let count = 0;
  for (const list of valuesIn(value)) for (const item of valuesIn(list)) if (item === name) count++;
  return count;
}

function valuesIn(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return typeof value === 'object' && value !== null ? Object.values(value) : [];
}

/**
 * A text is the message; an object has it as `msg`. Anything else says nothing.
 *
 * @param query  of the rule, `data.main.deny`
 * @throws SekishoError CHECK_RESULT for an object without a text `msg`
 */
export function readFinding(member: unknown, query: string): Finding | undefined {
  if (typeof member === 'string') return { message: member, metadata: { query } };
  if (typeof member !== 'object' || member === null || Array.isArray(member)) return undefined;
  const { msg, _loc, ...metadata } = member as Record<string, unknown>;
  if (typeof msg !== 'string') {
    throw new SekishoError('CHECK_RESULT', `query rule: new result: "msg" field must be present and a string`, {
      hint: `${query} gave an object without it: let it be {"msg": "what is wrong", …}.`,
    });
  }
  const location = readLocation(_loc);
  return {
    message: msg,
    metadata: { ...metadata, query },
    ...(location === undefined ? {} : { location, hasOwnLocation: true }),
  };
}

function readLocation(value: unknown): FindingLocation | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { file, line, column } = value as Record<string, unknown>;
  return {
    ...(typeof file === 'string' ? { file } : {}),
    ...(typeof line === 'number' ? { line } : {}),
    ...(typeof column === 'number' ? { column } : {}),
  };
}
