import { describe, expect, it } from 'vitest';
import { BigNumber } from '../value/number.ts';
import { RegoSet } from '../value/value.ts';
import { AWS_BUILTINS } from './aws.ts';
import { CRYPTO_BUILTINS } from './crypto.ts';
import { callBuiltin } from './testing/call.ts';

describe('crypto', () => {
  it.each([
    ['md5', ['lorem ipsum'], '80a751fde577028640c419000e33eba6'],
    ['hmac.md5', ['åäöçß🥲♙Ω', '秘密の'], '20a8743c2157ac60b7e8b79c83651b8d'],
    ['hmac.sha1', ['foo', 'bar'], '85d155c55ed286a300bd1cf124de08d87e914f3a'],
    ['hmac.sha256', ['foo', 'bar'], '147933218aaabc0b8b10a2b3a5c34684c8d94341bcf10a4736dc7270f7741851'],
    ['hmac.equal', ['a', 'a'], true],
    ['hmac.equal', ['a', 'ab'], false],
    ['sha256', [1], 'eval_type_error: crypto.sha256: operand 1 must be string but got number'],
  ])('%s %j', (name, args, wanted) => {
    expect(callBuiltin(CRYPTO_BUILTINS, `crypto.${name}`, args)).toBe(wanted);
  });
});

describe('providers.aws.sign_req', () => {
  const config = {
    aws_access_key: 'MYAWSACCESSKEYGOESHERE',
    aws_secret_access_key: 'MYAWSSECRETACCESSKEYGOESHERE',
    aws_service: 's3',
    aws_region: 'us-east-1',
  };
  const time = new BigNumber('1451311705000000000');
  const url = 'http://example.com';
  const other = { ...config, aws_service: 'ec2', aws_region: 'eu-1', aws_session_token: 'T' };
  const sign = (request: unknown, settings: unknown) =>
    callBuiltin(AWS_BUILTINS, 'providers.aws.sign_req', [request, settings, time]);

  it.each([
    ['headers', { method: 'get', url, headers: { foo: 'bar' } }, config, '8f1dc7c9'],
    [
      'a body',
      { method: 'get', url, body: { example: new RegoSet().add(4).add(2).add(3).add(1) } },
      config,
      '5fb06ab1',
    ],
    ['a raw body', { method: 'get', url, raw_body: '{"example": {1, 2, 3, 4}}' }, config, '5bf26e16'],
    [
      'no payload',
      { method: 'get', url, headers: { foo: 'bar' } },
      { ...config, disable_payload_signing: true },
      'c6e6db65',
    ],
    [
      'odd targets and headers',
      { method: 'put', url: 'https://example.com/a%20b/c d?x=1&b=2 3&a=/', headers: { Foo: ' b  c ', X: ['a', 'b'] } },
      { ...other, aws_access_key: 'A', aws_secret_access_key: 'S' },
      '66edfe86',
    ],
  ])('signs %s', (_, request, settings, signature) => {
    const signed = sign(request, settings) as unknown as { headers: { Authorization: string } };
    expect(signed.headers.Authorization).toContain(`Signature=${signature}`);
  });

  it('names what is missing or wrong', () => {
    expect(sign({ method: 1, url: 2 }, config)).toContain(
      'operand 1 invalid values for required request parameters(s): {"method", "url"}',
    );
    expect(sign({ method: 'get', url }, {})).toContain(
      'operand 2 missing required AWS config parameters(s): {"aws_access_key", "aws_region", "aws_secret_access_key", "aws_service"}',
    );
    expect(sign({ method: 'get', url }, { ...config, disable_payload_signing: 'x' })).toContain(
      "operand 2 invalid value for 'disable_payload_signing' in AWS config",
    );
  });
});
