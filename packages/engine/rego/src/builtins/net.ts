import { anyOf, anyType, arrayOf, booleanType, fn, objectOf, setOf, stringType, tupleOf } from '../types/construct.ts';
import { isObject } from '../value/kind.ts';
import { forEachEntry } from '../value/object.ts';
import { RegoSet, type Value } from '../value/value.ts';
import type { Builtin, BuiltinContext } from './builtin.ts';
import {
  type AddressBlock,
  block,
  contains,
  formatAddress,
  formatBlock,
  lastAddress,
  mergeBlocks,
  parseAddress,
  parseBlock,
} from './ip-address.ts';
import { builtinFault, stringOperand } from './operand.ts';
import { checkHostAllowed } from './outside.ts';

/** Addresses that `net.cidr_expand` lists at most. */
const MAX_EXPANDED = 1 << 20;
const MAX_CACHED = 4096;
const blocks = new Map<string, AddressBlock>();

function cidr(name: string, text: string): AddressBlock {
  const found = blocks.get(text) ?? remember(text, parseBlock(text));
  if (found === undefined) throw builtinFault(name, `invalid CIDR address: ${text}`);
  return found;
}

function cidrOrAddress(name: string, text: string): AddressBlock {
  const found = blocks.get(text) ?? remember(text, parseAddress(text) ?? parseBlock(text));
  if (found === undefined) {
    throw builtinFault(name, `not a valid textual representation of an IP address or CIDR: ${text}`);
  }
  return found;
}

/** Blocks and addresses in one cache: only a block has a slash. */
function remember(text: string, found: AddressBlock | undefined): AddressBlock | undefined {
  if (found === undefined || !text.includes('/')) return found;
  if (blocks.size >= MAX_CACHED) blocks.clear();
  blocks.set(text, found);
  return found;
}

function cidrContains(name: string, a: Value, b: Value): boolean {
  const outer = cidr(name, stringOperand(name, 1, a));
  return contains(outer, cidrOrAddress(name, stringOperand(name, 2, b)));
}

function cidrIntersects(name: string, a: Value, b: Value): boolean {
  const left = cidr(name, stringOperand(name, 1, a));
  const right = cidr(name, stringOperand(name, 2, b));
  return contains(left, right) || contains(right, left);
}

function cidrExpand(context: BuiltinContext, value: Value): RegoSet {
  const name = 'net.cidr_expand';
  const range = cidr(name, stringOperand(name, 1, value));
  const count = lastAddress(range) - range.first + 1n;
  if (count > MAX_EXPANDED) {
    throw builtinFault(name, `${formatBlock(range)} has more than ${MAX_EXPANDED} addresses`);
  }
  context.spend(Number(count));
  const addresses = new RegoSet();
  for (let address = range.first; address < range.first + count; address++) {
    addresses.add(formatAddress(range.bits, address));
  }
  return addresses;
}

function cidrMerge(context: BuiltinContext, value: Value): RegoSet {
  const name = 'net.cidr_merge';
  const isSet = value instanceof RegoSet;
  if (!isSet && !Array.isArray(value)) throw builtinFault(name, 'operand must be an array');
  const members = isSet ? [...value.values()] : (value as readonly Value[]);
  context.spend(members.length * 8);
  const merged = new RegoSet();
  for (const one of mergeBlocks(members.map((member) => mergeMember(name, member)))) merged.add(formatBlock(one));
  return merged;
}

function mergeMember(name: string, member: Value): AddressBlock {
  if (typeof member !== 'string') throw builtinFault(name, 'element must be string');
  const address = parseAddress(member);
  if (address === undefined) return cidr(name, member);
  if (address.bits === 128) throw builtinFault(name, 'IPv6 invalid: needs prefix length');
  // A bare IPv4 address is its whole network in the classes of old.
  const top = Number(address.first >> 24n);
  return block(32, address.first, top < 128 ? 8 : top < 192 ? 16 : top < 224 ? 24 : 32);
}

/** Pairs of keys (or members of a set, or the string itself) whose blocks contain the other's addresses. */
function cidrContainsMatches(context: BuiltinContext, a: Value, b: Value): RegoSet {
  const name = 'net.cidr_contains_matches';
  const matches = new RegoSet();
  const outer = candidates(context, name, 1, a, cidr);
  const inner = candidates(context, name, 2, b, cidrOrAddress);
  for (const [key, range] of outer) {
    context.spend(inner.length);
    for (const [innerKey, address] of inner) if (contains(range, address)) matches.add([key, innerKey]);
  }
  return matches;
}

function candidates(
  context: BuiltinContext,
  name: string,
  position: number,
  value: Value,
  parse: (name: string, text: string) => AddressBlock,
): [key: Value, block: AddressBlock][] {
  const found: [Value, AddressBlock][] = [];
  const add = (key: Value, member: Value) => {
    context.spend(1);
    const text = Array.isArray(member) ? (member as readonly Value[])[0] : member;
    if (text === undefined || (text === member && typeof text !== 'string')) {
      throw builtinFault(name, `operand ${position}: element must be string or non-empty array`);
    }
    found.push([key, parse(name, stringOperand(name, position, text))]);
  };
  if (typeof value === 'string') add(value, value);
  else if (Array.isArray(value))
    for (const [index, member] of (value as readonly Value[]).entries()) add(index, member);
  else if (value instanceof RegoSet) for (const member of value.values()) add(member, member);
  else if (isObject(value)) forEachEntry(value, (key, member) => add(key, member));
  return found;
}

function lookup(context: BuiltinContext, value: Value): RegoSet {
  const name = 'net.lookup_ip_addr';
  const host = stringOperand(name, 1, value);
  const key = `${name} ${host}`;
  const known = context.memo.get(key);
  if (known instanceof RegoSet) return known;
  const found = new RegoSet();
  for (const address of addressesOf(context, name, host)) found.add(address);
  context.memo.set(key, found);
  return found;
}

function addressesOf(context: BuiltinContext, name: string, host: string): readonly string[] {
  const literal = parseAddress(host);
  if (literal !== undefined) return [formatAddress(literal.bits, literal.first)];
  // The one name that no network is asked for (RFC 6761).
  if (host === 'localhost') return ['127.0.0.1'];
  checkHostAllowed(context, name, host);
  const { lookupIpAddress } = context.outside;
  if (lookupIpAddress === undefined) throw builtinFault(name, `lookup ${host}: this evaluation was given no resolver`);
  let addresses: readonly string[];
  try {
    addresses = lookupIpAddress(host);
  } catch (error) {
    throw error instanceof Error ? builtinFault(name, `lookup ${host}: ${error.message}`) : error;
  }
  if (addresses.length === 0) throw builtinFault(name, `lookup ${host}: no such host`);
  return addresses;
}

const pairType = fn([stringType, stringType], booleanType);
const tuple = anyOf(stringType, arrayOf(anyType));
const matchOperand = anyOf(stringType, arrayOf(tuple), objectOf(stringType, tuple), setOf(tuple));

export const NET_BUILTINS: readonly Builtin[] = [
  {
    name: 'net.cidr_contains',
    type: pairType,
    evaluate: (_, a, b) => cidrContains('net.cidr_contains', a as Value, b as Value),
  },
  {
    name: 'net.cidr_contains_matches',
    type: fn([matchOperand, matchOperand], setOf(tupleOf([anyType, anyType]))),
    evaluate: (context, a, b) => cidrContainsMatches(context, a as Value, b as Value),
  },
  {
    name: 'net.cidr_expand',
    type: fn([stringType], setOf(stringType)),
    evaluate: (context, value) => cidrExpand(context, value as Value),
  },
  {
    name: 'net.cidr_intersects',
    type: pairType,
    evaluate: (_, a, b) => cidrIntersects('net.cidr_intersects', a as Value, b as Value),
  },
  {
    name: 'net.cidr_overlap',
    type: pairType,
    deprecated: true,
    evaluate: (_, a, b) => cidrContains('net.cidr_overlap', a as Value, b as Value),
  },
  {
    name: 'net.cidr_is_valid',
    type: fn([stringType], booleanType),
    evaluate: (_, value) => typeof value === 'string' && parseBlock(value) !== undefined,
  },
  {
    name: 'net.cidr_merge',
    type: fn([anyOf(arrayOf(anyOf(stringType)), setOf(stringType))], setOf(stringType)),
    evaluate: (context, value) => cidrMerge(context, value as Value),
  },
  {
    name: 'net.lookup_ip_addr',
    type: fn([stringType], setOf(stringType)),
    nondeterministic: true,
    evaluate: (context, value) => lookup(context, value as Value),
  },
];
