import { Buffer } from 'node:buffer';
import { createCipheriv, createDecipheriv, createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import {
  GoObject,
  goFunction,
  type TemplateFunction,
  TemplateFunctionError,
  typeName,
  type Value,
} from '@sekisho/gotemplate';
import { encodeBase64, hashSync } from 'bcryptjs';
import { isAddress, issueCertificate, signerOf } from './certificate.ts';
import type { FunctionContext } from './context.ts';
import { decodeBase64 } from './encodings.ts';
import { derivePassword } from './password.ts';
import { ecdsaKey, ed25519Key, pemOf, rsaKey } from './private-key.ts';
import { Draws } from './random.ts';

const ANY = 'interface {}';
const S = 'string';
const CERTIFICATE = 'sprig.certificate';
const RSA_BITS = 2048;
const MAX_BCRYPT_BYTES = 72;

/** A `sprig.certificate`: both parts in PEM. */
function goCertificate(certificate: string, key: string): GoObject {
  return new GoObject({ type: CERTIFICATE, fields: { Cert: certificate, Key: key } });
}

function field(value: GoObject, name: 'Cert' | 'Key'): string {
  return String(value.fields[name] ?? '');
}

function bcrypt(password: string, draws: Draws): string {
  if (Buffer.byteLength(password) > MAX_BCRYPT_BYTES) {
    return 'failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes';
  }
  return hashSync(password, `$2a$10$${encodeBase64([...draws.bytes(16)], 16)}`);
}

/** 32 bytes, whatever the length of the password. */
function aesKey(password: string): Buffer {
  const key = Buffer.alloc(32);
  Buffer.from(password).copy(key);
  return key;
}

function encryptAes(password: string, text: string, draws: Draws): string {
  const iv = draws.bytes(16);
  const cipher = createCipheriv('aes-256-cbc', aesKey(password), iv);
  return Buffer.concat([iv, cipher.update(text), cipher.final()]).toString('base64');
}

function decryptAes(password: string, text: string): string {
  const data = decodeBase64(text);
  if (typeof data === 'string') throw new TemplateFunctionError(data);
  if (data.length < 16) {
    throw new TemplateFunctionError(
      `runtime error: slice bounds out of range [:16] with capacity ${Math.trunc((text.length * 3) / 4)}`,
    );
  }
  if (data.length % 16 !== 0) throw new TemplateFunctionError('crypto/cipher: input not full blocks');
  const decipher = createDecipheriv('aes-256-cbc', aesKey(password), data.subarray(0, 16)).setAutoPadding(false);
  const plain = Buffer.concat([decipher.update(data.subarray(16)), decipher.final()]);
  const end = plain.length - (plain.at(-1) ?? 0);
  if (end < 0) throw new TemplateFunctionError(`runtime error: slice bounds out of range [:${end}]`);
  return plain.subarray(0, end).toString();
}

function generateKey(kind: string, draws: Draws): string {
  switch (kind) {
    case '':
    case 'rsa':
      return pemOf(rsaKey(draws, 4096));
    case 'ecdsa':
      return pemOf(ecdsaKey(draws));
    case 'ed25519':
      return pemOf(ed25519Key(draws));
    case 'dsa':
      throw new TemplateFunctionError('DSA keys are not supported: no cluster takes them any more');
    default:
      return `Unknown type ${kind}`;
  }
}

function parseKey(pem: string): KeyObject {
  if (!pem.includes('-----BEGIN ')) throw new TemplateFunctionError('parsing private key: no PEM data in input');
  try {
    return createPrivateKey(pem);
  } catch {
    throw new TemplateFunctionError('parsing private key: no private key in PEM data');
  }
}

function listOf(value: Value, what: 'ip' | 'alternate dns'): string[] {
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value))
    throw new TemplateFunctionError(`error parsing ${what}s: ${typeName(value)} is not a list`);
  return value.map((item: Value) => {
    if (typeof item === 'string') return item;
    throw new TemplateFunctionError(
      what === 'ip'
        ? `error parsing ip: ${String(item)} is not a string`
        : `error processing alternate dns name: ${String(item)} is not a string`,
    );
  });
}

function addressesOf(value: Value): string[] {
  const addresses = listOf(value, 'ip');
  const strange = addresses.find((address) => !isAddress(address));
  if (strange !== undefined) throw new TemplateFunctionError(`error parsing ip: ${strange}`);
  return addresses;
}

function buildCertificate(certificate: string, key: string): GoObject {
  const [cert, secret] = [decodeBase64(certificate), decodeBase64(key)];
  if (typeof cert === 'string') throw new TemplateFunctionError('unable to decode base64 certificate');
  if (typeof secret === 'string') throw new TemplateFunctionError('unable to decode base64 private key');
  if (!cert.includes('-----BEGIN ')) throw new TemplateFunctionError('unable to decode certificate');
  try {
    new X509Certificate(cert);
  } catch {
    throw new TemplateFunctionError('error parsing certificate: it is no X.509 certificate');
  }
  parseKey(secret.toString());
  return goCertificate(cert.toString(), secret.toString());
}

export function cryptoFunctions({ random, now, beforeKey }: FunctionContext): Record<string, TemplateFunction> {
  const draws = new Draws(random);
  const issue = (name: Value, ips: Value, names: Value, days: bigint, key: KeyObject, ca?: GoObject): GoObject => {
    const request = {
      commonName: String(name),
      addresses: addressesOf(ips),
      names: listOf(names, 'alternate dns'),
      from: Number(now() / 1_000_000_000n) * 1000,
      days: Number(days),
      serial: serialOf(draws),
      key,
    };
    const isAuthority = ca === undefined && ips === AUTHORITY;
    const signer =
      ca === undefined ? undefined : signerOf(new X509Certificate(field(ca, 'Cert')).raw, parseKey(field(ca, 'Key')));
    return goCertificate(issueCertificate({ ...request, isAuthority }, signer), pemOf(key));
  };
  const fresh = (): KeyObject => {
    beforeKey?.();
    return rsaKey(draws, RSA_BITS);
  };
  return {
    derivePassword: goFunction(['uint32', S, S, S, S], (counter: Value, ...rest: [string, string, string, string]) =>
      derivePassword(BigInt(String(counter)), ...rest),
    ),
    encryptAES: goFunction([S, S], (password: string, text: string) => encryptAes(password, text, draws)),
    decryptAES: goFunction([S, S], decryptAes),
    bcrypt: goFunction([S], (password: string) => bcrypt(password, draws)),
    htpasswd: goFunction([S, S], (user: string, password: string) =>
      user.includes(':') ? `invalid username: ${user}` : `${user}:${bcrypt(password, draws)}`,
    ),
    genPrivateKey: goFunction([S], (kind: string) => {
      beforeKey?.();
      return generateKey(kind, draws);
    }),
    buildCustomCert: goFunction([S, S], buildCertificate),
    genCA: goFunction([S, 'int'], (name: string, days: bigint) => issue(name, AUTHORITY, null, days, fresh())),
    genCAWithKey: goFunction([S, 'int', S], (name: string, days: bigint, key: string) =>
      issue(name, AUTHORITY, null, days, parseKey(key)),
    ),
    genSelfSignedCert: goFunction(
      [S, `[]${ANY}`, `[]${ANY}`, 'int'],
      (name: string, ips: Value, names: Value, days: bigint) => issue(name, ips, names, days, fresh()),
    ),
    genSelfSignedCertWithKey: goFunction(
      [S, `[]${ANY}`, `[]${ANY}`, 'int', S],
      (name: string, ips: Value, names: Value, days: bigint, key: string) =>
        issue(name, ips, names, days, parseKey(key)),
    ),
    genSignedCert: goFunction(
      [S, `[]${ANY}`, `[]${ANY}`, 'int', CERTIFICATE],
      (name: string, ips: Value, names: Value, days: bigint, ca: GoObject) =>
        issue(name, ips, names, days, fresh(), ca),
    ),
    genSignedCertWithKey: goFunction(
      [S, `[]${ANY}`, `[]${ANY}`, 'int', CERTIFICATE, S],
      (name: string, ips: Value, names: Value, days: bigint, ca: GoObject, key: string) =>
        issue(name, ips, names, days, parseKey(key), ca),
    ),
  };
}

/** Stands for the addresses of an authority: it has none. */
const AUTHORITY: readonly string[] = [];

/** A positive number of 16 bytes. */
function serialOf(draws: Draws): Buffer {
  const serial = draws.bytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  return serial;
}
