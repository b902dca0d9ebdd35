import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type Clock, silentLogger, systemClock } from '@sekisho/base';
import { createAuthority, issueCertificate } from '@sekisho/certificates';
import type { KubeObject } from '@sekisho/kube';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { createExternalData, type ExternalDataClient } from './index.ts';

let url = '';
let caBundle = '';
let otherBundle = '';
let answer: (keys: string[]) => { status?: number; body: unknown };
const asked: string[][] = [];
let server: ReturnType<typeof createServer>;

beforeAll(async () => {
  const validity = { notBefore: Date.now() - 60_000, notAfter: Date.now() + 3_600_000 };
  const authority = await createAuthority({ ...validity, commonName: 'test' });
  const other = await createAuthority({ ...validity, commonName: 'other' });
  const pair = await issueCertificate(authority, {
    ...validity,
    commonName: 'provider',
    hosts: ['localhost', '127.0.0.1'],
  });
  caBundle = Buffer.from(authority.certificatePem).toString('base64');
  otherBundle = Buffer.from(other.certificatePem).toString('base64');
  server = createServer({ cert: pair.certificatePem, key: pair.keyPem }, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { keys } = JSON.parse(Buffer.concat(chunks).toString()).request;
    asked.push(keys);
    const { status = 200, body } = answer(keys);
    if (body !== undefined) response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/validate`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const open: ExternalDataClient[] = [];
afterEach(async () => {
  asked.length = 0;
  for (const client of open.splice(0)) await client.close();
});

function client(spec: object = {}, clock: Clock = systemClock): ExternalDataClient {
  const provider: KubeObject = {
    apiVersion: 'externaldata.gatekeeper.sh/v1beta1',
    kind: 'Provider',
    metadata: { name: 'signatures' },
    spec: { url, caBundle, ...spec },
  };
  const made = createExternalData({ providers: () => [provider], clock, logger: silentLogger });
  open.push(made);
  return made;
}
const ask = (from: ExternalDataClient, keys: unknown[], provider = 'signatures') =>
  from.ask({ provider, keys: keys as string[] });
const items = (...list: object[]) => ({
  body: { apiVersion: 'externaldata.gatekeeper.sh/v1beta1', kind: 'ProviderResponse', response: { items: list } },
});

it('asks for all keys at once, and tells what has an error apart', async () => {
  answer = () => items({ key: 'a', value: { good: true } }, { key: 'b', error: 'not signed' });
  expect(await ask(client(), ['a', 'b', 'c'])).toEqual({
    responses: [['a', { good: true }]],
    errors: [
      ['b', 'not signed'],
      ['c', 'the provider did not answer for it'],
    ],
    statusCode: 200,
    systemError: '',
  });
  expect(asked).toEqual([['a', 'b', 'c']]);
});

it('keeps good answers for three minutes', async () => {
  let now = 1_000_000;
  const clock = { ...systemClock, now: () => now };
  answer = (keys) => items(...keys.map((key) => (key === 'b' ? { key, error: 'no' } : { key, value: `${key}!` })));
  const from = client({}, clock);
  await ask(from, ['a', 'b']);
  expect((await ask(from, ['a', 'b'])).responses).toEqual([['a', 'a!']]);
  now += 180_001;
  await ask(from, ['a']);
  expect(asked).toEqual([['a', 'b'], ['b'], ['a']]);
});

it.each([
  ['no provider', {}, ['a'], 'There is no Provider other', 'other'],
  ['keys that are no text', {}, [1], 'keys are texts'],
  ['too many keys', {}, Array.from({ length: 1001 }, () => 'a'), 'more than 1000'],
  ['plain HTTP', { url: 'http://127.0.0.1:1' }, ['a'], 'no address of HTTPS'],
  ['no authority', { caBundle: 'xx' }, ['a'], 'caBundle'],
  ['a wrong time', { timeout: -1 }, ['a'], 'timeout'],
  ['nobody there', { url: 'https://127.0.0.1:1/' }, ['a'], 'Provider signatures can not be asked'],
])('%s is a system error', async (_, spec, keys, message, provider = 'signatures') => {
  answer = () => items();
  const { systemError, statusCode, responses } = await ask(client(spec), keys, provider);
  expect(systemError).toContain(message);
  expect([statusCode, responses]).toEqual([500, []]);
});

it.each([
  ['a bad status', { status: 503, body: 'busy' }, 'status 503'],
  ['no JSON', { body: '<html>' }, 'no ProviderResponse'],
  ['another kind', { body: { kind: 'Pod' } }, 'another kind'],
  ['items that are no list', { body: { kind: 'ProviderResponse', response: { items: {} } } }, 'no list'],
  ['an item without a key', items({ value: 1 }), 'no key'],
  ['its own error', { body: { kind: 'ProviderResponse', response: { systemError: 'I am broken' } } }, 'I am broken'],
  ['too much', { body: 'x'.repeat(1024 * 1024 + 1) }, '1048576'],
  ['silence', { body: undefined }, 'Provider signatures gave no answer in 300 ms'],
])('an answer with %s is a system error', async (_, given, message) => {
  answer = () => given;
  const { systemError } = await ask(client({ timeout: 0.3 }), ['a']);
  expect(systemError).not.toBe('');
  expect(systemError).toContain(message);
});

it('speaks to nobody whose certificate its authority did not sign', async () => {
  answer = () => items({ key: 'a', value: 1 });
  const { systemError } = await ask(client({ caBundle: otherBundle }), ['a']);
  expect(systemError).toMatch(/^Provider signatures can not be asked: .*certificate/);
  expect(asked).toEqual([]);
});
