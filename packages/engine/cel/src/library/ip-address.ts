import { isIP } from 'node:net';
import { CelFault } from '../runtime/fault.ts';
import { CelOpaque } from '../value/opaque.ts';

/** An address of either family, as a number. */
export class IpAddress extends CelOpaque {
  readonly typeName = 'net.IP';
  readonly family: 4 | 6;
  readonly bits: bigint;

  constructor(family: 4 | 6, bits: bigint) {
    super();
    this.family = family;
    this.bits = bits;
  }

  equals(other: CelOpaque): boolean {
    return other instanceof IpAddress && other.family === this.family && other.bits === this.bits;
  }

  toString(): string {
    return this.family === 4 ? formatV4(this.bits) : formatV6(this.bits);
  }
}

export class Cidr extends CelOpaque {
  readonly typeName = 'net.CIDR';
  readonly ip: IpAddress;
  readonly prefixLength: number;

  constructor(ip: IpAddress, prefixLength: number) {
    super();
    this.ip = ip;
    this.prefixLength = prefixLength;
  }

  masked(): Cidr {
    return new Cidr(new IpAddress(this.ip.family, this.#network(this.ip)), this.prefixLength);
  }

  contains(ip: IpAddress): boolean {
    return ip.family === this.ip.family && this.#network(ip) === this.#network(this.ip);
  }

  #network(ip: IpAddress): bigint {
    const host = BigInt((ip.family === 4 ? 32 : 128) - this.prefixLength);
    return (ip.bits >> host) << host;
  }

  equals(other: CelOpaque): boolean {
    return other instanceof Cidr && other.prefixLength === this.prefixLength && other.ip.equals(this.ip);
  }

  toString(): string {
    return `${this.ip}/${this.prefixLength}`;
  }
}

const MAX_LENGTH = 100;
const MAPPED = 0xffffn;

/** Throws `CelFault`. Zones are not taken, nor is IPv4 written inside IPv6: they pass checks that they should not pass. */
export function parseIp(text: string, kind: 'IP Address' | 'CIDR' = 'IP Address'): IpAddress {
  if (text.includes('%')) throw new CelFault(`${kind} with zone value is not allowed`);
  const family = text.length > MAX_LENGTH ? 0 : isIP(text);
  if (family === 4) return new IpAddress(4, bitsOfV4(text));
  if (family !== 6)
    throw new CelFault(`${kind} '${text.slice(0, MAX_LENGTH)}' parse error during conversion from string`);
  const bits = bitsOfV6(text);
  if (text.includes('.') && bits >> 32n === MAPPED) throw new CelFault('IPv4-mapped IPv6 address is not allowed');
  return new IpAddress(6, bits);
}

/** Throws `CelFault`. */
export function parseCidr(text: string): Cidr {
  const slash = text.lastIndexOf('/');
  const length = text.slice(slash + 1);
  const ip = parseIp(slash < 0 ? text : text.slice(0, slash), 'CIDR');
  if (slash < 0 || !/^(?:0|[1-9]\d{0,2})$/.test(length) || Number(length) > (ip.family === 4 ? 32 : 128))
    throw new CelFault(`CIDR '${text.slice(0, MAX_LENGTH)}' parse error during conversion from string`);
  return new Cidr(ip, Number(length));
}

function bitsOfV4(text: string): bigint {
  return text.split('.').reduce((bits, part) => (bits << 8n) | BigInt(part), 0n);
}

function bitsOfV6(text: string): bigint {
  const [head = '', tail] = text.split('::');
  const left = groupsOf(head);
  const right = tail === undefined ? [] : groupsOf(tail);
  const middle = Array.from({ length: 8 - left.length - right.length }, () => 0n);
  return [...left, ...middle, ...right].reduce((bits, group) => (bits << 16n) | group, 0n);
}

function groupsOf(text: string): bigint[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [BigInt(`0x${group}`)];
    const v4 = bitsOfV4(group);
    return [v4 >> 16n, v4 & 0xffffn];
  });
}

function formatV4(bits: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 0xffn).join('.');
}

/** The canonical form: lower case, the longest run of zeros left out. */
function formatV6(bits: bigint): string {
  const groups = Array.from({ length: 8 }, (_, index) => ((bits >> BigInt(112 - index * 16)) & 0xffffn).toString(16));
  let start = -1;
  let length = 1;
  for (let at = 0; at < 8; at++) {
    let end = at;
    while (groups[end] === '0') end++;
    if (end - at > length) [start, length] = [at, end - at];
  }
  if (start < 0) return groups.join(':');
  return `${groups.slice(0, start).join(':')}::${groups.slice(start + length).join(':')}`;
}
