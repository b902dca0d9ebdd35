import { describe, expect, it } from 'vitest';
import { compareValues } from '../value/compare.ts';
import { RegoSet, type Value } from '../value/value.ts';
import { HTTP_BUILTINS } from './http.ts';
import { NET_BUILTINS } from './net.ts';
import { callBuiltin } from './testing/call.ts';

const call = (name: string, args: readonly unknown[], outside = {}) => {
  const result = callBuiltin([...NET_BUILTINS, ...HTTP_BUILTINS], name, args, { outside });
  return result instanceof RegoSet ? result.sorted(compareValues) : result;
};
const fault = (name: string, message: string) => `eval_builtin_error: net.${name}: ${message}`;

describe('net', () => {
  it.each<[string, readonly unknown[], Value]>([
    ['cidr_contains', ['10.0.0.0/8', '10.1.0.0/16'], true],
    ['cidr_contains', ['10.1.0.0/16', '10.0.0.0/8'], false],
    ['cidr_contains', ['10.0.0.0/8', '10.1.0.0'], true],
    ['cidr_contains', ['10.0.0.0/8', '::ffff:10.1.1.1'], true],
    ['cidr_contains', ['::/0', '10.1.1.1'], false],
    ['cidr_contains', ['2001:db8::/32', '2001:db8:1::/48'], true],
    ['cidr_contains', ['10.0.0.0', '10.1.0.0'], fault('cidr_contains', 'invalid CIDR address: 10.0.0.0')],
    ['cidr_contains', ['010.0.0.0/8', '10.1.0.0'], fault('cidr_contains', 'invalid CIDR address: 010.0.0.0/8')],
    [
      'cidr_contains',
      ['10.0.0.0/8', '10.1.0.0/99'],
      fault('cidr_contains', 'not a valid textual representation of an IP address or CIDR: 10.1.0.0/99'),
    ],
    ['cidr_intersects', ['10.0.0.0/8', '10.1.0.0/16'], true],
    ['cidr_intersects', ['10.0.0.0/8', '::/0'], false],
    ['cidr_overlap', ['192.168.1.0/24', '192.168.1.67'], true],
    ['cidr_is_valid', ['10.0.0.0'], false],
    ['cidr_is_valid', ['::ffff:10.0.0.0/104'], true],
    ['cidr_is_valid', [1], false],
    ['cidr_expand', ['10.0.0.5/30'], ['10.0.0.4', '10.0.0.5', '10.0.0.6', '10.0.0.7']],
    ['cidr_expand', ['2001:db8::/127'], ['2001:db8::', '2001:db8::1']],
    ['cidr_expand', ['::/0'], fault('cidr_expand', '::/0 has more than 1048576 addresses')],
    ['cidr_merge', [['10.0.0.0/24', '10.0.1.0/24', '10.0.3.0/24']], ['10.0.0.0/23', '10.0.3.0/24']],
    ['cidr_merge', [['10.0.0.1', '10.0.0.2']], ['10.0.0.0/8']],
    [
      'cidr_merge',
      [['10.0.0.0', '::1/128', '2001:db8::/33', '2001:db8:8000::/33']],
      ['10.0.0.0/8', '2001:db8::/32', '::1/128'],
    ],
    ['cidr_merge', [['::ffff:10.0.0.0/104']], ['10.0.0.0/8']],
    ['cidr_merge', [['::1']], fault('cidr_merge', 'IPv6 invalid: needs prefix length')],
    ['cidr_merge', [1], fault('cidr_merge', 'operand must be an array')],
    ['cidr_contains_matches', [['10.0.0.0/8', '11.0.0.0/8'], { a: '10.1.0.0/16', b: '12.0.0.0' }], [[0, 'a']]],
    ['cidr_contains_matches', [[['10.0.0.0/8', 'x']], new RegoSet().add(['10.1.0.0', 1])], [[0, ['10.1.0.0', 1]]]],
    [
      'cidr_contains_matches',
      [[[]], '10.0.0.0'],
      fault('cidr_contains_matches', 'operand 1: element must be string or non-empty array'),
    ],
    ['lookup_ip_addr', ['::'], ['::']],
    ['lookup_ip_addr', ['localhost'], ['127.0.0.1']],
  ])('%s %j', (name, args, wanted) => {
    expect(call(`net.${name}`, args)).toEqual(wanted);
  });
});

describe('doors to the network', () => {
  const request = { method: 'get', url: 'https://example.org:8443/x' };

  it('are shut unless a host is allowed', () => {
    expect(call('net.lookup_ip_addr', ['example.org'])).toContain('unallowed host: example.org');
    expect(call('http.send', [request])).toContain('unallowed host: example.org');
    const httpSend = () => ({ status_code: 200 });
    expect(call('http.send', [request], { httpSend, allowNet: ['other.org'] })).toContain('unallowed host');
    expect(call('http.send', [request], { httpSend, allowNet: ['example.org'] })).toEqual({ status_code: 200 });
  });

  it('answers the resolver through the caller', () => {
    const outside = { allowNet: ['*'], lookupIpAddress: () => ['192.0.2.1'] };
    expect(call('net.lookup_ip_addr', ['example.org'], outside)).toEqual(['192.0.2.1']);
  });

  it('checks requests', () => {
    expect(call('http.send', [{}])).toContain('operand 1 missing required request parameters(s): {"method", "url"}');
    expect(call('http.send', [{ ...request, foo: 1 }])).toContain('operand 1 invalid request parameters(s): {"foo"}');
    expect(call('http.send', [{ ...request, url: 'file:///etc/passwd' }], { allowNet: ['*'] })).toContain('protocol');
  });

  it('gives failures as a response when asked for', () => {
    const outside = {
      allowNet: ['*'],
      httpSend: () => {
        throw new Error('refused');
      },
    };
    expect(call('http.send', [request], outside)).toBe('eval_builtin_error: http.send: refused');
    expect(call('http.send', [{ ...request, raise_error: false }], outside)).toEqual({
      status_code: 0,
      error: { code: 'eval_http_send_network_error', message: 'refused' },
    });
  });
});
