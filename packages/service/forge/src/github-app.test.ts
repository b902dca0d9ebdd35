import { createVerify, generateKeyPairSync } from 'node:crypto';
import { recordingServer } from '@sekisho/testkit';
import { expect, test } from 'vitest';
import { githubAppToken } from './index.ts';

const NOW = Date.UTC(2026, 0, 1);
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
const app = { appId: '12', installationId: '34', privateKey: pem };

test('a GitHub App proves itself with its key and gets a token', async () => {
  const server = await recordingServer(() => ({ status: 201, body: '{"token":"ghs_1"}' }));
  expect(await githubAppToken({ ...app, api: server.url }, NOW, AbortSignal.timeout(20_000))).toBe('ghs_1');
  const [request] = server.requests;
  expect(request).toMatchObject({ method: 'POST', path: '/api/v3/app/installations/34/access_tokens' });
  const [head = '', claims = '', signature = ''] = (request?.headers.authorization ?? '')
    .replace('Bearer ', '')
    .split('.');
  const isSigned = createVerify('RSA-SHA256').update(`${head}.${claims}`).verify(publicKey, signature, 'base64url');
  expect(isSigned).toBe(true);
  const { iat, exp, iss } = JSON.parse(Buffer.from(claims, 'base64url').toString());
  expect({ iss, lifetime: exp - iat }).toEqual({ iss: '12', lifetime: 360 });
  expect(iat * 1000).toBeLessThan(NOW);
  await server.close();
});

test('a key that is none, and an App that is refused, are told without the key', async () => {
  const server = await recordingServer(() => ({
    status: 401,
    body: '{"message":"A JSON web token could not be decoded"}',
  }));
  const ask = (more: object) => githubAppToken({ ...app, api: server.url, ...more }, NOW, AbortSignal.timeout(20_000));
  await expect(ask({ privateKey: 's3cr3t' })).rejects.toMatchObject({
    code: 'FORGE_AUTH',
    message: expect.not.stringContaining('s3cr3t'),
  });
  await expect(ask({})).rejects.toMatchObject({ code: 'FORGE_AUTH' });
  await server.close();
});
