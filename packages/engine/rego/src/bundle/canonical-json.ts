import { compareCodePoints } from '../value/compare.ts';
import { parseJson, toJson } from '../value/json.ts';
import type { Value } from '../value/value.ts';

/** Halves of a pair that stand alone: UTF-8 has no form for them. */
const LONE_SURROGATES = /\p{Surrogate}/gu;
const TOKEN = /[\s:,]*(?:("(?:[^"\\]|\\.)*")(\s*:)?|([^\s":,[\]{}]+)|([[\]{}]))/y;

interface Frame {
  /** Texts of items, or of members by key. */
  readonly parts: string[] | Map<string, string>;
  key: string;
}

/**
 * A JSON document in its shortest form: keys sorted, numbers as they are written (`1.50` stays `1.50`), of repeated keys the
 * last. That is what signatures of bundles are made of.
 *
 * @param numberOf  how a number is written; default as it is
 * @throws SekishoError as {@link parseJson} does
 */
export function canonicalJson(text: string, numberOf = (written: string) => written): string {
  // From here on it is JSON, and not too deep.
  parseJson(text);
  const open: Frame[] = [];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) {
    const [, string, colon, scalar, bracket] = match;
    const frame = open.at(-1);
    if (string !== undefined && colon !== undefined && frame !== undefined) frame.key = JSON.parse(string) as string;
    else if (bracket === '[' || bracket === '{') open.push({ parts: bracket === '[' ? [] : new Map(), key: '' });
    else {
      const value =
        string !== undefined
          ? stringJson(JSON.parse(string) as string)
          : scalar === undefined
            ? close(open.pop())
            : scalarJson(scalar, numberOf);
      const outer = open.at(-1);
      if (outer === undefined) return value;
      if (Array.isArray(outer.parts)) outer.parts.push(value);
      else outer.parts.set(outer.key.replace(LONE_SURROGATES, '\ufffd'), value);
    }
  }
  return '';
}

function scalarJson(text: string, numberOf: (written: string) => string): string {
  return /^[-\d]/.test(text) ? numberOf(text) : text;
}

/** A number as Go writes it that has read it from YAML: integers of 64 bits are exact, all others are doubles. */
export function goNumber(text: string): string {
  if (/^-?\d{1,20}$/.test(text)) {
    const integer = BigInt(text);
    if (integer >= -(2n ** 63n) && integer < 2n ** 64n) return text;
  }
  return `${Number(text)}`;
}

function close(frame: Frame | undefined): string {
  if (frame === undefined) return '';
  if (Array.isArray(frame.parts)) return `[${frame.parts.join(',')}]`;
  const members = [...frame.parts].sort(([a], [b]) => compareCodePoints(a, b));
  return `{${members.map(([key, value]) => `${stringJson(key)}:${value}`).join(',')}}`;
}

/** Go writes the line separators of JavaScript as escapes, always. */
function stringJson(text: string): string {
  return JSON.stringify(text.replace(LONE_SURROGATES, '\ufffd')).replace(/[\u2028\u2029]/g, escapeUnit);
}

/** A value as Go's encoder writes it into files: what HTML would trip over as escapes, a line's end after it. */
export function fileJson(value: Value): string {
  return `${toJson(value).replace(/[<>&\u2028\u2029]/g, escapeUnit)}\n`;
}

function escapeUnit(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
