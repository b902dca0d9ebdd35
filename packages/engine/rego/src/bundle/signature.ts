import { createHash, createPrivateKey } from 'node:crypto';
import { type Diagnostic, parseGlob, SekishoError } from '@sekisho/base';
import { BuiltinFault } from '../builtins/builtin.ts';
import { JWT_BUILTINS } from '../builtins/jwt.ts';
import { HMAC_HASHES, SCHEMES } from '../builtins/jwt-keys.ts';
import { Evaluation } from '../runtime/evaluation.ts';
import { parseJson, toJson } from '../value/json.ts';
import { isObject } from '../value/kind.ts';
import { valueAt } from '../value/object.ts';
import type { PlainObject, Value } from '../value/value.ts';
import type { BundleFiles } from './bundle.ts';
import { canonicalJson, goNumber } from './canonical-json.ts';
import { isDataFile, readDataText } from './data.ts';
import { bundleFault } from './faults.ts';
import { decodeText, readPaths } from './files.ts';
import { MANIFEST_FILE } from './manifest.ts';

export const SIGNATURES_FILE = '.signatures.json';
const DEFAULT_ALGORITHM = 'RS256';
const DEFAULT_KEY_ID = 'default';

/** Names in signatures → names of hashes. MD5 and SHA-1 are not taken. */
const HASHES: ReadonlyMap<string, string> = new Map([
  ['SHA-224', 'sha224'],
  ['SHA-256', 'sha256'],
  ['SHA-384', 'sha384'],
  ['SHA-512', 'sha512'],
  ['SHA-512-224', 'sha512-224'],
  ['SHA-512-256', 'sha512-256'],
]);

export interface SigningOptions {
  /** A secret (HS256 and such), or a private key in PEM. */
  readonly key: string;
  /** Default `RS256`. */
  readonly algorithm?: string;
  /** Name of the key in the token's header. Default `default`, and none when there are claims. */
  readonly keyId?: string;
  /** Further members of the token's payload: `scope`, `keyid`, `iss`. */
  readonly claims?: PlainObject;
}

export interface TrustedKey {
  /** Default `default`. */
  readonly id?: string;
  /** A secret, or a public key or certificate in PEM. */
  readonly key: string;
  /** Default `RS256`. What the token says of it counts only if it is the same. */
  readonly algorithm?: string;
}

export interface Verification {
  readonly keys: readonly TrustedKey[];
  /** Which of them to use. Default: the one that the token names; if it names none, the only one. */
  readonly keyId?: string;
  /** The payload's `scope` must be this. Default empty: it has none. */
  readonly scope?: string;
  /** Globs of files that need no signature. */
  readonly exclude?: readonly string[];
}

/**
 * Signs a bundle.
 *
 * @returns content of `.signatures.json`
 * @throws SekishoError REGO_SIGNING (the key does not fit, the algorithm is not known, a file is damaged)
 */
export function signBundle(files: BundleFiles, options: SigningOptions): Uint8Array {
  const { key, algorithm = DEFAULT_ALGORITHM, claims } = options;
  const keyId = options.keyId ?? (claims === undefined ? DEFAULT_KEY_ID : undefined);
  const header = { alg: algorithm, ...(keyId !== undefined && { kid: keyId }), typ: 'JWT' };
  const listed: Value[] = [];
  const { files: clean, faults } = readPaths(files);
  for (const { message, origin } of faults) throw signingError(`${origin?.file}: ${message}`);
  for (const [name, content] of clean) {
    if (name === SIGNATURES_FILE) continue;
    const hash = digest(name, content, 'sha256');
    if (hash === undefined) throw signingError(`${name} can not be read.`);
    listed.push({ name, hash, algorithm: 'SHA-256' });
  }
  const payload: PlainObject = {
    ...claims,
    files: listed,
    ...(claims === undefined && keyId !== undefined && { keyid: keyId }),
  };
  const token = callBuiltin('io.jwt.encode_sign_raw', toJson(header), toJson(payload), signingKey(key, algorithm));
  if (typeof token !== 'string') throw signingError(`The bundle can not be signed: ${(token as BuiltinFault).message}`);
  return new TextEncoder().encode(`${toJson({ signatures: [token], plugin: '' })}\n`);
}

function signingError(message: string): SekishoError {
  return new SekishoError('REGO_SIGNING', message);
}

/** As a JWK, which the built-in takes. */
function signingKey(key: string, algorithm: string): string {
  if (HMAC_HASHES.has(algorithm)) return JSON.stringify({ kty: 'oct', k: Buffer.from(key).toString('base64url') });
  if (!SCHEMES.has(algorithm)) throw signingError(`${algorithm} is no algorithm of signatures.`);
  try {
    return JSON.stringify(createPrivateKey(key).export({ format: 'jwk' }));
  } catch {
    // The cause is not kept: it may hold parts of the key.
    throw signingError(`The key is no private key in PEM, which ${algorithm} needs.`);
  }
}

/** Gives what the built-in throws. */
function callBuiltin(name: string, ...args: readonly Value[]): Value | BuiltinFault | undefined {
  const context = new Evaluation();
  context.begin({});
  try {
    return JWT_BUILTINS.find((builtin) => builtin.name === name)?.evaluate?.(context, ...args);
  } catch (error) {
    if (error instanceof BuiltinFault) return error;
    throw error;
  }
}

/** Data and the manifest count by their content, other files by their bytes. Undefined: it can't be read. */
function digest(name: string, content: Uint8Array, hash: string): string | undefined {
  let bytes: Uint8Array | string = content;
  if (name === MANIFEST_FILE || isDataFile(name)) {
    const text = decodeText(content);
    if (text === undefined) return undefined;
    try {
      bytes = /\.ya?ml$/.test(name) ? canonicalJson(toJson(readDataText(name, text)), goNumber) : canonicalJson(text);
    } catch {
      return undefined;
    }
  }
  return createHash(hash).update(bytes).digest('hex');
}

interface SignedFile {
  readonly hash: string;
  readonly algorithm: string;
}

/**
 * Checks the signature of a bundle: the token is signed by a trusted key, every file is listed in it with its hash, and no
 * listed one is missing.
 *
 * @returns what is wrong (BUNDLE_SIGNATURE, BUNDLE_PATH, BUNDLE_TOO_LARGE); nothing when all holds
 */
export function verifyBundle(files: BundleFiles, verification: Verification): readonly Diagnostic[] {
  const { files: clean, faults } = readPaths(files);
  return faults.length > 0 ? faults : verifyFiles(clean, verification);
}

/** @param files  by path without a slash before it */
export function verifyFiles(files: ReadonlyMap<string, Uint8Array>, verification: Verification): Diagnostic[] {
  const content = files.get(SIGNATURES_FILE);
  if (content === undefined) return [fault('bundle missing .signatures.json file')];
  const token = readToken(content);
  if (typeof token !== 'string') return [token];
  const listed = readPayload(token, verification);
  if ('code' in listed) return [listed];
  return compareFiles(files, listed, verification);
}

function fault(message: string, file = SIGNATURES_FILE): Diagnostic {
  return bundleFault('BUNDLE_SIGNATURE', file, message, 'Do not use this bundle.');
}

function readToken(content: Uint8Array): string | Diagnostic {
  let json: Value;
  try {
    json = parseJson(decodeText(content) ?? '');
  } catch {
    return fault('it is no JSON');
  }
  const signatures = isObject(json) ? valueAt(json, 'signatures') : undefined;
  const plugin = isObject(json) ? (valueAt(json, 'plugin') ?? '') : '';
  if (plugin !== '' && plugin !== '_default') return fault('it was signed by a plugin that is not known');
  if (!Array.isArray(signatures) || signatures.length !== 1 || typeof signatures[0] !== 'string')
    return fault('missing JWT (expected exactly one)');
  return signatures[0];
}

/** The files that a trusted key has signed. */
function readPayload(token: string, verification: Verification): ReadonlyMap<string, SignedFile> | Diagnostic {
  const decoded = callBuiltin('io.jwt.decode', token);
  if (!Array.isArray(decoded)) return fault(`the JWT is damaged: ${(decoded as BuiltinFault | undefined)?.message}`);
  const [header, payload] = decoded as readonly PlainObject[];
  if (header === undefined || payload === undefined) return fault('the JWT is damaged');
  const trusted = chooseKey(header, payload, verification);
  if (trusted === undefined) return fault('verification key ID is not known, or not given');
  const algorithm = trusted.algorithm ?? DEFAULT_ALGORITHM;
  // Which algorithm is used is not for the one to say whose token is checked.
  if (member(header, 'alg') !== algorithm) return fault(`the JWT is not signed with ${algorithm}`);
  if (callBuiltin(`io.jwt.verify_${algorithm.toLowerCase()}`, token, trusted.key) !== true)
    return fault('failed to verify JWT signature');
  if ((member(payload, 'scope') ?? '') !== (verification.scope ?? '')) return fault('scope mismatch');
  return readFiles(member(payload, 'files'));
}

function member(object: PlainObject, name: string): Value | undefined {
  return isObject(object) ? valueAt(object, name) : undefined;
}

function chooseKey(header: PlainObject, payload: PlainObject, verification: Verification): TrustedKey | undefined {
  const { keys, keyId } = verification;
  const wanted = keyId ?? member(header, 'kid') ?? member(payload, 'keyid');
  if (wanted === undefined || wanted === '') return keys.length === 1 ? keys[0] : undefined;
  return keys.find(({ id = DEFAULT_KEY_ID }) => id === wanted);
}

function readFiles(list: Value | undefined): ReadonlyMap<string, SignedFile> | Diagnostic {
  if (!Array.isArray(list)) return fault('the JWT lists no files');
  const files = new Map<string, SignedFile>();
  for (const item of list as readonly Value[]) {
    const [name, hash, algorithm] = ['name', 'hash', 'algorithm'].map((key) => member(item as PlainObject, key));
    if (typeof name !== 'string' || typeof hash !== 'string' || typeof algorithm !== 'string')
      return fault('the list of files in the JWT is damaged');
    if (!HASHES.has(algorithm)) return fault(`${algorithm} is no hash that is taken`, name);
    files.set(name.replace(/^\//, ''), { hash: hash.toLowerCase(), algorithm });
  }
  return files;
}

function compareFiles(
  files: ReadonlyMap<string, Uint8Array>,
  listed: ReadonlyMap<string, SignedFile>,
  { exclude = [] }: Verification,
): Diagnostic[] {
  const excluded = exclude.map((pattern) => parseGlob(pattern));
  if (excluded.includes(undefined)) throw new SekishoError('REGO_SIGNING', 'A pattern of files to exclude is no glob.');
  const isExcluded = (name: string) => excluded.some((glob) => glob?.matches(name));
  const faults: Diagnostic[] = [];
  for (const [name, content] of files) {
    if (name === SIGNATURES_FILE || isExcluded(name)) continue;
    const signed = listed.get(name);
    if (signed === undefined) faults.push(fault('file not included in bundle signature', name));
    else if (digest(name, content, HASHES.get(signed.algorithm) as string) !== signed.hash)
      faults.push(fault('digest mismatch', name));
  }
  for (const name of listed.keys())
    if (!files.has(name)) faults.push(fault('specified in bundle signatures but not found in the target bundle', name));
  return faults;
}
