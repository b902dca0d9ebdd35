import { isIP } from 'node:net';
import { InvalidArgumentError } from 'commander';

/** Collects addresses and networks of a flag that may be repeated: `192.0.2.1`, `10.0.0.0/8`, `fd00::/8`. */
export function networkAddress(text: string, before: readonly string[] = []): readonly string[] {
  const [address = '', bits, ...more] = text.split('/');
  const most = isIP(address) === 6 ? 128 : 32;
  const isWidth = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most);
  if (isIP(address) === 0 || !isWidth || more.length > 0) {
    throw new InvalidArgumentError('Write an address such as 192.0.2.1, or a network such as 10.0.0.0/8.');
  }
  return [...before, text];
}
