import { isIPv4, isIPv6 } from '../../schema/ip-address.ts';

export const ipFault = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';

export function isIp(text: string): boolean {
  return isIPv4(text) || isIPv6(text);
}
