import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { goFunction, type TemplateFunction } from '@sekisho/gotemplate';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function toBase32(text: string): string {
  const bytes = Buffer.from(text);
  let [result, bits, count] = ['', 0, 0];
  for (const byte of bytes) {
    bits = ((bits << 8) | byte) & 0xfff;
    count += 8;
    for (; count >= 5; count -= 5) result += BASE32.charAt((bits >> (count - 5)) & 31);
  }
  if (count > 0) result += BASE32.charAt((bits << (5 - count)) & 31);
  return result.padEnd(Math.ceil(result.length / 8) * 8, '=');
}

/** The text, or Go's words of what is wrong: Sprig gives those as the result. */
function fromBase32(text: string): string {
  const fault = faultAt(text.replace(/[\r\n]/g, ''), /[A-Z2-7]/, 8, [0, 2, 4, 5, 7]);
  if (fault !== undefined) return `illegal base32 data at input byte ${fault}`;
  const bytes: number[] = [];
  let [bits, count] = [0, 0];
  for (const char of text.replace(/[\r\n=]/g, '')) {
    bits = ((bits << 5) | BASE32.indexOf(char)) & 0xfff;
    count += 5;
    if (count < 8) continue;
    count -= 8;
    bytes.push((bits >> count) & 255);
  }
  return Buffer.from(bytes).toString();
}

/** Bytes of a text in base64, or Go's words of what is wrong. */
export function decodeBase64(text: string): Buffer | string {
  const clean = text.replace(/[\r\n]/g, '');
  const fault = faultAt(clean, /[A-Za-z0-9+/]/, 4, [0, 2, 3]);
  return fault === undefined ? Buffer.from(clean, 'base64') : `illegal base64 data at input byte ${fault}`;
}

/** Where Go's decoder stops; it counts what is short from the beginning of the last group. */
function faultAt(text: string, digit: RegExp, group: number, lengths: readonly number[]): number | undefined {
  for (let index = 0; index < text.length; index++) {
    const char = text.charAt(index);
    if (digit.test(char)) continue;
    const inGroup = index % group;
    if (char !== '=' || !lengths.includes(inGroup) || inGroup === 0) return index;
    const padding = text.slice(index);
    const wanted = group - inGroup;
    if (padding.startsWith('='.repeat(wanted))) return padding.length === wanted ? undefined : index + wanted;
    const strange = /[^=]/.exec(padding);
    return strange === null ? text.length : index + strange.index;
  }
  const rest = text.length % group;
  return rest === 0 ? undefined : text.length - rest;
}

function adler32(text: string): string {
  let [a, b] = [1, 0];
  for (const byte of Buffer.from(text)) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  return String(b * 65_536 + a);
}

function digest(algorithm: string): TemplateFunction {
  return goFunction(['string'], (text: string) => createHash(algorithm).update(text).digest('hex'));
}

export const encodingFunctions: Readonly<Record<string, TemplateFunction>> = {
  b64enc: goFunction(['string'], (text: string) => Buffer.from(text).toString('base64')),
  b64dec: goFunction(['string'], (text: string) => decodeBase64(text).toString()),
  b32enc: goFunction(['string'], toBase32),
  b32dec: goFunction(['string'], fromBase32),
  sha1sum: digest('sha1'),
  sha256sum: digest('sha256'),
  sha512sum: digest('sha512'),
  adler32sum: goFunction(['string'], adler32),
};
