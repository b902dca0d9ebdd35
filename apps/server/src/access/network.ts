import { isIPv4, isIPv6 } from 'node:net';

/**
 * The network that an address belongs to, as far as one person moves in it without noticing: 24 bits of IPv4, 64 of IPv6
 * (whose lower half many machines change by themselves).
 */
export function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  // A machine reaches itself by any of these.
  if (plain === '::1' || plain.startsWith('127.')) return 'loopback';
  if (isIPv4(plain)) return plain.split('.').slice(0, 3).join('.');
  if (isIPv6(plain)) return expand(plain).slice(0, 4).join(':');
  return plain;
}

/** The eight groups of an IPv6 address. */
function expand(address: string): string[] {
  const [head = '', tail] = address.toLowerCase().split('::');
  const groups = (text: string | undefined) => (text === undefined || text === '' ? [] : text.split(':'));
  const [before, after] = [groups(head), groups(tail)];
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  return [...before, ...new Array<string>(zeros).fill('0'), ...after].map((group) => group.replace(/^0+(?=.)/, ''));
}

/** A browser or program without its versions, which change while a session lasts. */
export function agentFamily(agent: string): string {
  return agent.replace(/[\d._]+/g, '').slice(0, 300);
}
