/** A block of addresses; a single address has all bits as prefix. IPv4 in IPv6's notation (`::ffff:…`) is IPv4. */
export interface AddressBlock {
  readonly bits: 32 | 128;
  /** The first address. */
  readonly first: bigint;
  readonly prefix: number;
}

const MAPPED = 0xffffn << 32n;
const V4_PART = /^(?:0|[1-9]\d{0,2})$/;

/** Undefined when it is no address. Zones (`%eth0`) are none. */
export function parseAddress(text: string): AddressBlock | undefined {
  const value = text.includes(':') ? parseV6(text) : parseV4(text);
  if (value === undefined) return undefined;
  if (!text.includes(':')) return { bits: 32, first: value, prefix: 32 };
  if (value >> 32n === MAPPED >> 32n) return { bits: 32, first: value & 0xffffffffn, prefix: 32 };
  return { bits: 128, first: value, prefix: 128 };
}

/** `10.0.0.5/8`: bits beyond the prefix don't count. Undefined when it is no block. */
export function parseBlock(text: string): AddressBlock | undefined {
  const slash = text.indexOf('/');
  const digits = text.slice(slash + 1);
  if (slash === -1 || !/^\d{1,6}$/.test(digits)) return undefined;
  const address = text.slice(0, slash);
  const isV6 = address.includes(':');
  const value = isV6 ? parseV6(address) : parseV4(address);
  const prefix = Number(digits);
  if (value === undefined || prefix > (isV6 ? 128 : 32)) return undefined;
  if (isV6 && prefix >= 96 && value >> 32n === MAPPED >> 32n) return block(32, value & 0xffffffffn, prefix - 96);
  return block(isV6 ? 128 : 32, value, prefix);
}

export function block(bits: 32 | 128, address: bigint, prefix: number): AddressBlock {
  const host = BigInt(bits - prefix);
  return { bits, first: (address >> host) << host, prefix };
}

export function lastAddress({ bits, first, prefix }: AddressBlock): bigint {
  return first | ((1n << BigInt(bits - prefix)) - 1n);
}

export function contains(outer: AddressBlock, inner: AddressBlock): boolean {
  if (outer.bits !== inner.bits || outer.prefix > inner.prefix) return false;
  const host = BigInt(outer.bits - outer.prefix);
  return inner.first >> host === outer.first >> host;
}

/** IPv6 in the shortest form (RFC 5952). */
export function formatAddress(bits: 32 | 128, address: bigint): string {
  if (bits === 32) {
    const value = Number(address);
    return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
  }
  const groups = Array.from({ length: 8 }, (_, index) => Number((address >> BigInt(112 - 16 * index)) & 0xffffn));
  const [start, length] = longestZeros(groups);
  const hex = groups.map((group) => group.toString(16));
  if (length < 2) return hex.join(':');
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`;
}

export function formatBlock({ bits, first, prefix }: AddressBlock): string {
  return `${formatAddress(bits, first)}/${prefix}`;
}

/** The fewest blocks that cover the same addresses, IPv4 first. */
export function mergeBlocks(blocks: readonly AddressBlock[]): AddressBlock[] {
  return ([32, 128] as const).flatMap((bits) => {
    const sorted = blocks
      .filter((one) => one.bits === bits)
      .sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0));
    const merged: AddressBlock[] = [];
    let range: { first: bigint; last: bigint } | undefined;
    for (const one of sorted) {
      const last = lastAddress(one);
      if (range !== undefined && one.first <= range.last + 1n) {
        if (last > range.last) range.last = last;
        continue;
      }
      if (range !== undefined) pushBlocks(merged, bits, range.first, range.last);
      range = { first: one.first, last };
    }
    if (range !== undefined) pushBlocks(merged, bits, range.first, range.last);
    return merged;
  });
}

/** Each block as large as its first address and what is left allow. */
function pushBlocks(into: AddressBlock[], bits: 32 | 128, from: bigint, last: bigint): void {
  let first = from;
  while (first <= last) {
    let host = 0;
    while (host < bits) {
      const size = 1n << BigInt(host + 1);
      if ((first & (size - 1n)) !== 0n || first + size - 1n > last) break;
      host++;
    }
    into.push({ bits, first, prefix: bits - host });
    first += 1n << BigInt(host);
  }
}

function parseV4(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0;
  for (const part of parts) {
    const byte = Number(part);
    if (!V4_PART.test(part) || byte > 255) return undefined;
    value = value * 256 + byte;
  }
  return BigInt(value);
}

function parseV6(text: string): bigint | undefined {
  if (text.length > 45) return undefined;
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0] as string, halves.length === 1);
  const tail = halves.length === 1 ? [] : parseGroups(halves[1] as string, true);
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  return [...head, ...Array<number>(missing).fill(0), ...tail].reduce((sum, group) => (sum << 16n) | BigInt(group), 0n);
}

/** Groups of four digits; at the very end of the address IPv4's notation may stand. */
function parseGroups(text: string, isEnd: boolean): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (isEnd && index === parts.length - 1 && part.includes('.')) {
      const v4 = parseV4(part);
      if (v4 === undefined) return undefined;
      groups.push(Number(v4 >> 16n), Number(v4 & 0xffffn));
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

function longestZeros(groups: readonly number[]): [start: number, length: number] {
  let best: [number, number] = [0, 0];
  for (let start = 0; start < 8; start++) {
    let end = start;
    while (end < 8 && groups[end] === 0) end++;
    if (end - start > best[1]) best = [start, end - start];
  }
  return best;
}
