/** An element of DER: its tag, its bytes without and with the head. */
export interface DerElement {
  readonly tag: number;
  readonly content: Buffer;
  readonly whole: Buffer;
}

/** The bytes are no DER. */
export class DerError extends Error {}

/** The elements that stand one after the other. @throws DerError */
export function readDer(bytes: Buffer): DerElement[] {
  const elements: DerElement[] = [];
  for (let at = 0; at < bytes.length; ) {
    const element = readElement(bytes, at);
    elements.push(element);
    at += element.whole.length;
  }
  return elements;
}

function readElement(bytes: Buffer, start: number): DerElement {
  const tag = bytes[start];
  let length = bytes[start + 1];
  if (tag === undefined || length === undefined || (tag & 0x1f) === 0x1f) throw new DerError('malformed element');
  let at = start + 2;
  if (length >= 0x80) {
    const count = length & 0x7f;
    if (count === 0 || count > 4 || at + count > bytes.length) throw new DerError('malformed length');
    length = bytes.readUIntBE(at, count);
    at += count;
  }
  if (at + length > bytes.length) throw new DerError('element is cut off');
  return { tag, content: bytes.subarray(at, at + length), whole: bytes.subarray(start, at + length) };
}

/** Numbers of an object identifier's content. */
export function readOid(content: Buffer): number[] {
  const numbers: number[] = [];
  let value = 0;
  for (const byte of content) {
    value = value * 128 + (byte & 0x7f);
    if (value > Number.MAX_SAFE_INTEGER / 128) throw new DerError('object identifier is too large');
    if ((byte & 0x80) !== 0) continue;
    if (numbers.length === 0) {
      const first = Math.min(2, Math.trunc(value / 40));
      numbers.push(first, value - first * 40);
    } else numbers.push(value);
    value = 0;
  }
  return numbers;
}

/** An integer of any size, with its sign. */
export function readInteger(content: Buffer): bigint {
  if (content.length === 0) throw new DerError('empty integer');
  return BigInt.asIntN(content.length * 8, BigInt(`0x${content.toString('hex')}`));
}

/** UTF-8, numeric, printable, T61, IA5, visible strings. */
const TEXT_TAGS = new Set([0x0c, 0x12, 0x13, 0x14, 0x16, 0x1a]);
const BMP_STRING = 0x1e;

/** Text of any of the kinds of strings; undefined of what is none. */
export function readText({ tag, content }: DerElement): string | undefined {
  if (tag !== BMP_STRING) return TEXT_TAGS.has(tag) ? content.toString('utf8') : undefined;
  if (content.length % 2 !== 0) throw new DerError('malformed text');
  return Buffer.from(content).swap16().toString('utf16le');
}
