import { textCost } from './cost.ts';
import { globalFunction, method, type Overload } from './function.ts';
import { type Cidr, type IpAddress, parseCidr, parseIp } from './ip-address.ts';
import { isValid } from './is-valid.ts';

/** Whether the address is in one of the networks. */
function isIn(...networks: string[]): (ip: IpAddress) => boolean {
  const cidrs = networks.map(parseCidr);
  return (ip) => cidrs.some((cidr) => cidr.contains(ip));
}

const isUnspecified = isIn('0.0.0.0/32', '::/128');
const isLoopback = isIn('127.0.0.0/8', '::1/128');
const isLinkLocalUnicast = isIn('169.254.0.0/16', 'fe80::/10');
const isLinkLocalMulticast = isIn('224.0.0.0/24', 'ff02::/16');
const isMulticast = isIn('224.0.0.0/4', 'ff00::/8');
const isBroadcast = isIn('255.255.255.255/32');
const isNoUnicast = [isUnspecified, isLoopback, isLinkLocalUnicast, isMulticast, isBroadcast];

function containsCidr(outer: Cidr, inner: Cidr): boolean {
  return outer.prefixLength <= inner.prefixLength && outer.contains(inner.ip);
}

/** `ip` and `cidr`, as Kubernetes has them. */
export const NETWORK: readonly Overload[] = [
  globalFunction('ip(string)', (text: string) => parseIp(text), textCost),
  globalFunction('ip(ip)', (ip: IpAddress) => ip),
  globalFunction(
    'isIP(string)',
    isValid((text) => parseIp(text)),
    textCost,
  ),
  globalFunction('ip.isCanonical(string)', (text: string) => parseIp(text).toString() === text, textCost),
  globalFunction('string(ip)', (ip: IpAddress) => ip.toString()),
  method('ip.family()', (ip: IpAddress) => BigInt(ip.family)),
  method('ip.isUnspecified()', isUnspecified),
  method('ip.isLoopback()', isLoopback),
  method('ip.isLinkLocalUnicast()', isLinkLocalUnicast),
  method('ip.isLinkLocalMulticast()', isLinkLocalMulticast),
  method('ip.isGlobalUnicast()', (ip: IpAddress) => !isNoUnicast.some((is) => is(ip))),
  globalFunction('cidr(string)', parseCidr, textCost),
  globalFunction('isCIDR(string)', isValid(parseCidr), textCost),
  globalFunction('string(cidr)', (cidr: Cidr) => cidr.toString()),
  method('cidr.ip()', (cidr: Cidr) => cidr.ip),
  method('cidr.masked()', (cidr: Cidr) => cidr.masked()),
  method('cidr.prefixLength()', (cidr: Cidr) => BigInt(cidr.prefixLength)),
  method('cidr.containsIP(ip)', (cidr: Cidr, ip: IpAddress) => cidr.contains(ip)),
  method('cidr.containsIP(string)', (cidr: Cidr, text: string) => cidr.contains(parseIp(text))),
  method('cidr.containsCIDR(cidr)', containsCidr),
  method('cidr.containsCIDR(string)', (cidr: Cidr, text: string) => containsCidr(cidr, parseCidr(text))),
];
