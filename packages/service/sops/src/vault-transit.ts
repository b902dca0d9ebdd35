import { SekishoError } from '@sekisho/base';
import { request } from 'undici';
import type { KeySource } from './key-source.ts';
import { serviceFailure } from './optional-module.ts';

export interface VaultAccess {
  /** The only server that gets the token: the addresses in files are whatever somebody wrote there. */
  readonly address: string;
  readonly token: string;
  /** Of Vault Enterprise, or OpenBao. */
  readonly namespace?: string | undefined;
}

const MAX_ANSWER_BYTES = 64 * 1024;

/** Opens with the transit engine of HashiCorp Vault or OpenBao, over HTTP. */
export function vaultTransitSource({ address, token, namespace }: VaultAccess): KeySource<'hc_vault'> {
  return {
    type: 'hc_vault',
    async open(key, signal) {
      if (!isSameServer(key.address, address))
        return { reason: `the token given is for ${originOf(address) ?? 'no address'}, and for no other server` };
      const path = [...key.enginePath.split('/').filter((part) => part !== ''), 'decrypt', key.name];
      if (path.includes('..') || path.includes('.')) return { reason: 'its path is none of a transit engine' };
      const url = new URL(
        `v1/${path.map(encodeURIComponent).join('/')}`,
        address.endsWith('/') ? address : `${address}/`,
      );
      const { status, body } = await post(url, { ciphertext: key.encrypted }, signal, {
        'x-vault-token': token,
        'x-vault-request': 'true',
        ...(namespace === undefined ? {} : { 'x-vault-namespace': namespace }),
      });
      if (status !== 200) {
        const isAway = status === 429 || status >= 500;
        if (!isAway) return { reason: `Vault answered ${status}` };
        throw new SekishoError('SOPS_KEY_SERVICE', `Vault at ${url.origin} answered ${status}`, { retryable: true });
      }
      const plaintext = (body as { data?: { plaintext?: unknown } }).data?.plaintext;
      return typeof plaintext === 'string' ? Buffer.from(plaintext, 'base64') : { reason: 'Vault gave nothing' };
    },
  };
}

async function post(url: URL, body: object, signal: AbortSignal, headers: Record<string, string>) {
  try {
    const answer = await request(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal,
    });
    let text = '';
    for await (const chunk of answer.body.setEncoding('utf8')) {
      text += chunk;
      if (text.length > MAX_ANSWER_BYTES) throw new Error('the answer is too large');
    }
    return { status: answer.statusCode, body: answer.statusCode === 200 ? (JSON.parse(text) as unknown) : undefined };
  } catch (error) {
    throw serviceFailure(`Vault at ${url.origin}`, error);
  }
}

function isSameServer(a: string, b: string): boolean {
  const origin = originOf(a);
  return origin !== undefined && origin === originOf(b);
}

function originOf(address: string): string | undefined {
  return URL.canParse(address) ? new URL(address).origin : undefined;
}
