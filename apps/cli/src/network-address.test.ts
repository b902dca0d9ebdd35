import { expect, test } from 'vitest';
import { networkAddress } from './network-address.ts';

test.each(['192.0.2.1', '10.0.0.0/8', '::1', 'fd00::/8', '0.0.0.0/0'])('%s is an address or network', (text) => {
  expect(networkAddress(text, ['first'])).toEqual(['first', text]);
});

test.each(['', 'localhost', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', 'fd00::/129', '10.0.0', 'true', '*'])(
  '"%s" is none',
  (text) => {
    expect(() => networkAddress(text)).toThrow('Write an address');
  },
);
