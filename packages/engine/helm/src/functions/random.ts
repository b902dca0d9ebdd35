import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { goFunction, type TemplateFunction, TemplateFunctionError } from '@sekisho/gotemplate';
import type { FunctionContext } from './context.ts';
import { checkLength } from './limits.ts';

const DIGITS = '0123456789';
const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const ASCII = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join('');

/**
 * A generator for `FunctionContext.random`: a stream of SHA-256 over a counter, so that the same key gives the same bytes. The
 * key is asked for at the first draw.
 */
export function seededBytes(keyOf: () => Uint8Array): (count: number) => Uint8Array {
  let key: Uint8Array | undefined;
  let counter = 0n;
  let rest = new Uint8Array();
  return (count) => {
    key ??= keyOf();
    const bytes = new Uint8Array(count);
    let filled = 0;
    while (filled < count) {
      if (rest.length === 0)
        rest = new Uint8Array(createHash('sha256').update(key).update((counter++).toString()).digest());
      const taken = rest.subarray(0, count - filled);
      bytes.set(taken, filled);
      filled += taken.length;
      rest = rest.subarray(taken.length);
    }
    return bytes;
  };
}

/** Draws from the generator of a render without favour to any number. */
export class Draws {
  readonly #random: FunctionContext['random'];

  constructor(random: FunctionContext['random']) {
    this.#random = random;
  }

  bytes(count: number): Buffer {
    checkLength(count);
    return Buffer.from(this.#random(count));
  }

  /** 0 to before `limit`. Numbers that would make some more likely are drawn again. */
  below(limit: bigint): bigint {
    const size = Math.max(1, Math.ceil(limit.toString(2).length / 8));
    const range = 1n << BigInt(size * 8);
    const fair = range - (range % limit);
    for (;;) {
      const drawn = BigInt(`0x${this.bytes(size).toString('hex')}`);
      if (drawn < fair) return drawn % limit;
    }
  }

  text(count: bigint, alphabet: string): string {
    checkLength(Number(count));
    let text = '';
    const limit = BigInt(alphabet.length);
    for (let index = 0n; index < count; index++) text += alphabet.charAt(Number(this.below(limit)));
    return text;
  }
}

function uuid(draws: Draws): string {
  const bytes = draws.bytes(16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function shuffled(text: string, draws: Draws): string {
  const chars = [...text];
  for (let index = chars.length - 1; index > 0; index--) {
    const other = Number(draws.below(BigInt(index + 1)));
    [chars[index], chars[other]] = [chars[other] as string, chars[index] as string];
  }
  return chars.join('');
}

export function randomFunctions({ random }: FunctionContext): Record<string, TemplateFunction> {
  const draws = new Draws(random);
  const texts = (alphabet: string): TemplateFunction =>
    goFunction(['int'], (count: bigint) => draws.text(count, alphabet));
  return {
    randAlphaNum: texts(LETTERS + DIGITS),
    randAlpha: texts(LETTERS),
    randNumeric: texts(DIGITS),
    randAscii: texts(ASCII),
    randBytes: goFunction(['int'], (count: bigint) => draws.bytes(Math.max(0, Number(count))).toString('base64')),
    randInt: goFunction(['int', 'int'], (from: bigint, to: bigint) => {
      if (to <= from) throw new TemplateFunctionError('invalid argument to Intn');
      return from + draws.below(to - from);
    }),
    uuidv4: goFunction([], () => uuid(draws)),
    shuffle: goFunction(['string'], (text: string) => shuffled(text, draws)),
  };
}
