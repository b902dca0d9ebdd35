import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { redactUrl, SekishoError } from '@sekisho/base';
import type { GitCredentials } from './types.ts';

/** The address of a remote repository, taken apart, without credentials. */
export interface RemoteAddress {
  readonly protocol: 'https' | 'http' | 'ssh' | 'file';
  /** For git: no credentials, one spelling. */
  readonly url: string;
  readonly host: string;
  /** Of http(s): the port that is asked. */
  readonly port: number;
  /** Credentials that were written in the address. */
  readonly credentials?: GitCredentials;
}

export interface AddressRules {
  readonly allowLoopback: boolean;
  readonly allowFile: boolean;
}

/**
 * Takes a repository's address apart: https, http, ssh, `user@host:path`, file when allowed.
 * Everything else (`ext::`, `fd::`, local paths, `git://`) is refused.
 * @throws SekishoError GIT_FORBIDDEN_URL
 */
export function parseAddress(text: string, rules: AddressRules): RemoteAddress {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must be refused
  if (text.length > 2048 || /[\u0000-\u0020\u007f\\]/.test(text))
    throw forbidden(text, 'it has characters that no address has');
  const scp = /^(?:([A-Za-z0-9._-]+)@)?([A-Za-z0-9][A-Za-z0-9.-]*):(?!\/\/|:)(.+)$/.exec(text);
  if (scp !== null && !/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(text)) {
    const [, user, host = '', path = ''] = scp;
    // Without a user it could as well be a drive letter or a scheme.
    if (user === undefined || user.startsWith('-'))
      throw forbidden(text, 'only https, http and ssh addresses are opened');
    if (path.startsWith('/')) return parseAddress(`ssh://${user}@${host}${path}`, rules);
    checkAddress(text, host, rules);
    // Kept as it is: a relative path, which counts from the user's home, has no other spelling that every server knows.
    return { protocol: 'ssh', url: `${user}@${host.toLowerCase()}:${path.replace(/\/+$/, '')}`, host, port: 22 };
  }
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw forbidden(text, 'only https, http and ssh addresses are opened');
  }
  const protocol = url.protocol.slice(0, -1);
  if (protocol === 'file') {
    if (!rules.allowFile) throw forbidden(text, 'files of this machine are not opened');
    if (url.host !== '') throw forbidden(text, 'a file address has no host');
    return { protocol, url: `file://${decodeURIComponent(url.pathname)}`, host: '', port: 0 };
  }
  if (protocol !== 'https' && protocol !== 'http' && protocol !== 'ssh') {
    throw forbidden(text, 'only https, http and ssh addresses are opened');
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const user = decodeURIComponent(url.username);
  const password = decodeURIComponent(url.password);
  // A host or user that begins with `-` would be read as an option by ssh.
  if (host === '' || host.startsWith('-') || user.startsWith('-')) throw forbidden(text, 'it has no valid host');
  if (protocol === 'ssh' && !/^[A-Za-z0-9._-]*$/.test(user)) throw forbidden(text, 'its user name is not plain');
  checkAddress(text, host, rules);
  const path = url.pathname.replace(/\/+$/, '');
  if (protocol === 'ssh') {
    const port = url.port === '' ? '' : `:${url.port}`;
    return {
      protocol,
      url: `ssh://${user || 'git'}@${url.hostname}${port}${path}`,
      host,
      port: Number(url.port || 22),
    };
  }
  const credentials = user === '' && password === '' ? {} : { credentials: { username: user, password } };
  return {
    protocol,
    url: `${protocol}://${url.host}${path}`,
    host,
    port: Number(url.port || (protocol === 'https' ? 443 : 80)),
    ...credentials,
  };
}

/**
 * Looks the host's name up and checks where it leads.
 * @returns the addresses, so that git can be held to them (a second look-up may answer differently)
 * @throws SekishoError GIT_FORBIDDEN_URL | GIT_UNREACHABLE
 */
export async function checkHost(address: RemoteAddress, rules: AddressRules): Promise<string[]> {
  if (address.protocol === 'file') return [];
  if (isIP(address.host) !== 0) return [address.host];
  let found: { address: string }[];
  try {
    found = await lookup(address.host, { all: true });
  } catch (cause) {
    throw new SekishoError('GIT_UNREACHABLE', `the name ${address.host} cannot be resolved`, {
      retryable: true,
      cause,
    });
  }
  for (const { address: ip } of found) checkAddress(address.url, ip, rules);
  return found.map(({ address: ip }) => ip);
}

const never = new BlockList();
never.addSubnet('0.0.0.0', 8);
never.addSubnet('169.254.0.0', 16);
never.addSubnet('224.0.0.0', 4);
never.addAddress('255.255.255.255');
never.addAddress('100.100.100.200');
never.addAddress('192.0.0.192');
never.addAddress('::', 'ipv6');
never.addSubnet('fe80::', 10, 'ipv6');
never.addSubnet('ff00::', 8, 'ipv6');
never.addAddress('fd00:ec2::254', 'ipv6');
const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8);
loopback.addAddress('::1', 'ipv6');

function checkAddress(text: string, ip: string, rules: AddressRules): void {
  if (isIP(ip) === 0) return;
  for (const form of [ip, embeddedIpv4(ip)]) {
    if (form === undefined) continue;
    const family = isIP(form) === 6 ? 'ipv6' : 'ipv4';
    if (never.check(form, family))
      throw forbidden(text, `it leads to ${ip}, a link-local, metadata or unspecified address`);
    if (!rules.allowLoopback && loopback.check(form, family)) throw forbidden(text, `it leads to ${ip}, this machine`);
  }
}

/** The IPv4 address inside an IPv6 address (mapped, compatible, NAT64, 6to4). */
function embeddedIpv4(ip: string): string | undefined {
  if (isIP(ip) !== 6) return undefined;
  const groups = expand(ip);
  const high = groups.slice(0, 6);
  const zeros = high.slice(0, 5).every((group) => group === 0);
  const dotted = (a = 0, b = 0) => `${a >> 8}.${a & 255}.${b >> 8}.${b & 255}`;
  if (zeros && (high[5] === 0xffff || (high[5] === 0 && (groups[6] ?? 0) !== 0))) return dotted(groups[6], groups[7]);
  if (high[0] === 0x64 && high[1] === 0xff9b) return dotted(groups[6], groups[7]);
  if (high[0] === 0x2002) return dotted(groups[1], groups[2]);
  return undefined;
}

function expand(ip: string): number[] {
  const plain = ip.replace(/%.*$/, '').replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) => {
    const hex = (x: string, y: string) => (Number(x) * 256 + Number(y)).toString(16);
    return `${hex(a, b)}:${hex(c, d)}`;
  });
  const [head = '', tail] = plain.split('::', 2);
  const parse = (part: string) => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)));
  const left = parse(head);
  const right = tail === undefined ? [] : parse(tail);
  return [...left, ...new Array<number>(Math.max(0, 8 - left.length - right.length)).fill(0), ...right];
}

function forbidden(text: string, reason: string): SekishoError {
  return new SekishoError('GIT_FORBIDDEN_URL', `${redactUrl(text).slice(0, 200)} is not opened: ${reason}`, {
    hint: 'Use an https or ssh address of a git server, or embedded:NAME.',
  });
}
