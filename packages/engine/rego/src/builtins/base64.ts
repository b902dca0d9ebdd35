import { Buffer } from 'node:buffer';
import { booleanType, fn, stringType } from '../types/construct.ts';
import type { Value } from '../value/value.ts';
import type { Builtin } from './builtin.ts';
import { bytesOfText, textOfBytes } from './bytes.ts';
import { builtinFault, stringOperand } from './operand.ts';

const string = fn([stringType], stringType);

/**
 * Offset in `text` at which Go's strict decoder stops; undefined when it is base64. Line ends are let pass.
 * @param padded `=` must fill up groups of four, otherwise must not be there
 */
function faultOffset(text: string, alphabet: RegExp, padded: boolean): number | undefined {
  let inGroup = 0;
  for (let i = 0; i < text.length; i += 1) {
    const char = text.charAt(i);
    if (char === '\n' || char === '\r') continue;
    if (alphabet.test(char)) {
      inGroup = (inGroup + 1) % 4;
      continue;
    }
    if (char !== '=' || !padded || inGroup < 2) return i;
    return paddingFault(text, i, inGroup);
  }
  if (inGroup === 0 || (!padded && inGroup > 1)) return undefined;
  return groupStart(text, inGroup);
}

/** After the first `=` at `at`: a second one in a group of two, then nothing. */
function paddingFault(text: string, at: number, inGroup: number): number | undefined {
  const next = afterLineEnds(text, at + 1);
  if (inGroup === 3) return next < text.length ? next : undefined;
  if (next >= text.length) return text.length;
  if (text.charAt(next) !== '=') return next - 1;
  const end = afterLineEnds(text, next + 1);
  return end < text.length ? end : undefined;
}

function afterLineEnds(text: string, at: number): number {
  let next = at;
  while (text.charAt(next) === '\n' || text.charAt(next) === '\r') next += 1;
  return next;
}

/** Where the last, unfinished group begins. */
function groupStart(text: string, inGroup: number): number {
  let left = inGroup;
  for (let i = text.length - 1; i >= 0; i -= 1) {
    const char = text.charAt(i);
    if (char === '\n' || char === '\r') continue;
    left -= 1;
    if (left === 0) return i;
  }
  return 0;
}

const STANDARD = /[A-Za-z0-9+/]/;
const URL_SAFE = /[A-Za-z0-9_-]/;

function decode(name: string, text: string, alphabet: RegExp, padded: boolean): string {
  const offset = faultOffset(text, alphabet, padded);
  if (!padded && offset !== undefined && text.length % 4 === 1)
    throw builtinFault(name, `illegal base64url string: ${text}`);
  if (offset !== undefined) throw builtinFault(name, `illegal base64 data at input byte ${offset}`);
  // Node's decoder takes both alphabets, with and without padding.
  return textOfBytes(Buffer.from(text, 'base64'));
}

function encoded(text: string, encoding: 'base64' | 'base64url'): string {
  return Buffer.from(bytesOfText(text)).toString(encoding);
}

export const BASE64_BUILTINS: readonly Builtin[] = [
  {
    name: 'base64.encode',
    type: string,
    description: 'Text in base64.',
    evaluate: (context, value) => {
      const text = stringOperand('base64.encode', 1, value as Value);
      context.spend(text.length >> 4);
      return encoded(text, 'base64');
    },
  },
  {
    name: 'base64.decode',
    type: string,
    description: 'Text of base64 with padding.',
    evaluate: (context, value) => {
      const text = stringOperand('base64.decode', 1, value as Value);
      context.spend(text.length >> 4);
      return decode('base64.decode', text, STANDARD, true);
    },
  },
  {
    name: 'base64.is_valid',
    type: fn([stringType], booleanType),
    description: 'Whether a text is base64 with padding.',
    evaluate: (context, value) => {
      const text = stringOperand('base64.is_valid', 1, value as Value);
      context.spend(text.length >> 4);
      return faultOffset(text, STANDARD, true) === undefined;
    },
  },
  {
    name: 'base64url.encode',
    type: string,
    description: 'Text in base64 for URLs, with padding.',
    evaluate: (context, value) => {
      const text = stringOperand('base64url.encode', 1, value as Value);
      context.spend(text.length >> 4);
      const result = encoded(text, 'base64url');
      return result + '='.repeat((4 - (result.length % 4)) % 4);
    },
  },
  {
    name: 'base64url.encode_no_pad',
    type: string,
    description: 'Text in base64 for URLs, without padding.',
    evaluate: (context, value) => {
      const text = stringOperand('base64url.encode_no_pad', 1, value as Value);
      context.spend(text.length >> 4);
      return encoded(text, 'base64url');
    },
  },
  {
    name: 'base64url.decode',
    type: string,
    description: 'Text of base64 for URLs, with or without padding.',
    evaluate: (context, value) => {
      const text = stringOperand('base64url.decode', 1, value as Value);
      context.spend(text.length >> 4);
      return decode('base64url.decode', text, URL_SAFE, text.includes('='));
    },
  },
];
