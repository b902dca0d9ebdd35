import { createHmac, timingSafeEqual } from 'node:crypto';
import { anyType, booleanType, fn, objectOf, stringType, tupleOf } from '../types/construct.ts';
import { parseJson, toJson } from '../value/json.ts';
import { isNumber, isObject } from '../value/kind.ts';
import { compareNumbers, div, type NumberValue, numberFromBigInt, toInteger } from '../value/number.ts';
import { type ObjectValue, sortedKeys, valueAt } from '../value/object.ts';
import type { Value } from '../value/value.ts';
import { type Builtin, type BuiltinContext, BuiltinFault } from './builtin.ts';
import {
  createSignature,
  HMAC_HASHES,
  KeyError,
  readSigningKey,
  readVerificationKeys,
  SCHEMES,
  type VerificationKey,
  verifySignature,
} from './jwt-keys.ts';
import { builtinFault, objectOperand, stringOperand } from './operand.ts';

/** How often a token may hold a token. */
const MAX_NESTING = 10;
const BASE64URL = /^[A-Za-z0-9_-]*={0,2}$/;
const utf8 = new TextDecoder('utf-8', { fatal: true });

interface Token {
  readonly header: string;
  readonly payload: string;
  readonly signature: string;
}

function splitToken(name: string, text: string): Token {
  const parts = text.split('.');
  if (parts.length !== 3) throw builtinFault(name, `encoded JWT must have 3 sections, found ${parts.length}`);
  return { header: parts[0] as string, payload: parts[1] as string, signature: parts[2] as string };
}

function decodeBase64(name: string, text: string, what = ''): Buffer {
  const bare = text.replace(/=+$/, '');
  if (!BASE64URL.test(text) || bare.length % 4 === 1)
    throw builtinFault(name, `${what}illegal base64url string: ${text}`);
  return Buffer.from(bare, 'base64url');
}

function parseObject(name: string, bytes: Buffer, what: string): ObjectValue {
  let value: Value;
  try {
    value = parseJson(utf8.decode(bytes));
  } catch (error) {
    if (error instanceof BuiltinFault) throw error;
    throw builtinFault(name, `${what}not valid JSON`);
  }
  if (!isObject(value)) throw builtinFault(name, `${what}decoded JSON type was not an Object`);
  return value;
}

function decodeHeader(name: string, token: Token): ObjectValue {
  const header = parseObject(
    name,
    decodeBase64(name, token.header, 'JWT header had invalid encoding: '),
    'bad JWT header: ',
  );
  if (valueAt(header, 'enc') !== undefined) throw builtinFault(name, 'JWT is a JWE object, which is not supported');
  return header;
}

/** `[header, payload, signature in hexadecimal]`, of the innermost token; nothing is verified. */
function decode(context: BuiltinContext, value: Value): Value {
  const name = 'io.jwt.decode';
  let text = stringOperand(name, 1, value);
  for (let nesting = 0; nesting < MAX_NESTING; nesting++) {
    context.spend(1 + (text.length >>> 4));
    const token = splitToken(name, text);
    const header = decodeHeader(name, token);
    const payload = decodeBase64(name, token.payload, 'JWT payload had invalid encoding: ');
    const signature = decodeBase64(name, token.signature, 'JWT signature had invalid encoding: ');
    if (!isNested(header)) return [header, parseObject(name, payload, ''), signature.toString('hex')];
    text = innerToken(payload);
  }
  throw builtinFault(name, 'too many tokens inside each other');
}

function isNested(header: ObjectValue): boolean {
  const type = valueAt(header, 'cty');
  return typeof type === 'string' && type.toUpperCase() === 'JWT';
}

/** Some write the token inside as a JSON string. */
function innerToken(payload: Buffer): string {
  const text = payload.toString('utf8');
  return text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text;
}

function verifyBuiltin(algorithm: string): Builtin {
  const name = `io.jwt.verify_${algorithm.toLowerCase()}`;
  return {
    name,
    type: fn([stringType, stringType], booleanType),
    evaluate: (context, tokenValue, keyValue) => {
      const text = stringOperand(name, 1, tokenValue as Value);
      const secret = stringOperand(name, 2, keyValue as Value);
      context.spend(100 + (text.length >>> 4));
      const token = splitToken(name, text);
      const signature = decodeBase64(name, token.signature);
      if (HMAC_HASHES.has(algorithm)) return isHmacOf(algorithm, token, signature, secret);
      return isSignedByAny(algorithm, token, signature, verificationKeys(name, secret), undefined);
    },
  };
}

function isHmacOf(algorithm: string, token: Token, signature: Buffer, secret: string): boolean {
  const wanted = createHmac(HMAC_HASHES.get(algorithm) as string, secret)
    .update(`${token.header}.${token.payload}`)
    .digest();
  return wanted.length === signature.length && timingSafeEqual(wanted, signature);
}

/** With a key id, the key of that id where there is one; else every key. */
function isSignedByAny(
  algorithm: string,
  token: Token,
  signature: Buffer,
  keys: readonly VerificationKey[],
  keyId: Value | undefined,
): boolean {
  const named = keyId === undefined ? undefined : keys.find(({ id }) => id === keyId);
  const data = `${token.header}.${token.payload}`;
  return (named === undefined ? keys : [named]).some(({ key }) => verifySignature(algorithm, data, signature, key));
}

function verificationKeys(name: string, text: string): VerificationKey[] {
  try {
    return readVerificationKeys(text);
  } catch (error) {
    throw error instanceof KeyError ? builtinFault(name, error.message) : error;
  }
}

interface Constraints {
  keys?: readonly VerificationKey[];
  secret?: string;
  algorithm?: string;
  issuer?: string;
  audience?: string;
  time?: NumberValue;
}

const VERIFY = 'io.jwt.decode_verify';

function readConstraints(object: ObjectValue): Constraints {
  const constraints: Constraints = {};
  const text = (key: string, value: Value) => {
    if (typeof value !== 'string') throw builtinFault(VERIFY, `${key} constraint: must be a string`);
    return value;
  };
  for (const key of sortedKeys(object)) {
    const value = valueAt(object, key) as Value;
    if (key === 'cert') constraints.keys = verificationKeys(VERIFY, text('cert', value));
    else if (key === 'secret') constraints.secret = text('secret', value);
    else if (key === 'alg') constraints.algorithm = text('alg', value);
    else if (key === 'iss') constraints.issuer = text('iss', value);
    else if (key === 'aud') constraints.audience = text('aud', value);
    else if (key === 'time') {
      if (!isNumber(value)) throw builtinFault(VERIFY, 'token time constraint: must be a number');
      constraints.time = value;
    } else
      throw builtinFault(VERIFY, `unknown token validation constraint: ${typeof key === 'string' ? key : toJson(key)}`);
  }
  if (constraints.keys !== undefined && constraints.secret !== undefined) {
    throw builtinFault(VERIFY, 'duplicate key constraints');
  }
  if (constraints.keys === undefined && constraints.secret === undefined)
    throw builtinFault(VERIFY, 'no key constraint');
  return constraints;
}

/** `[true, header, payload]` of a token that all constraints hold for, else `[false, {}, {}]`. */
function decodeVerify(context: BuiltinContext, tokenValue: Value, constraintsValue: Value): Value {
  let text = stringOperand(VERIFY, 1, tokenValue);
  const constraints = readConstraints(objectOperand(VERIFY, 2, constraintsValue));
  const refused: Value = [false, {}, {}];
  for (let nesting = 0; nesting < MAX_NESTING; nesting++) {
    context.spend(100 + (text.length >>> 4));
    const token = splitToken(VERIFY, text);
    const header = decodeHeader(VERIFY, token);
    const signature = decodeBase64(VERIFY, token.signature, 'JWT signature had invalid encoding: ');
    if (!isSignatureFine(constraints, header, token, signature)) return refused;
    const payload = decodeBase64(VERIFY, token.payload, 'JWT payload had invalid encoding: ');
    if (isNested(header)) {
      text = innerToken(payload);
      continue;
    }
    const claims = parseObject(VERIFY, payload, '');
    return areClaimsFine(context, constraints, claims) ? [true, header, claims] : refused;
  }
  throw builtinFault(VERIFY, 'too many tokens inside each other');
}

function isSignatureFine(constraints: Constraints, header: ObjectValue, token: Token, signature: Buffer): boolean {
  const algorithm = valueAt(header, 'alg');
  if (typeof algorithm !== 'string') return false;
  if (constraints.algorithm !== undefined && constraints.algorithm !== algorithm) return false;
  // Extensions that must be understood: none is (RFC 7515, 4.1.11).
  if (valueAt(header, 'crit') !== undefined) return false;
  if (constraints.secret !== undefined) {
    return HMAC_HASHES.has(algorithm) && isHmacOf(algorithm, token, signature, constraints.secret);
  }
  return isSignedByAny(algorithm, token, signature, constraints.keys ?? [], valueAt(header, 'kid'));
}

function areClaimsFine(context: BuiltinContext, constraints: Constraints, claims: ObjectValue): boolean {
  if (constraints.issuer !== undefined && valueAt(claims, 'iss') !== constraints.issuer) return false;
  const audience = valueAt(claims, 'aud');
  if (constraints.audience === undefined ? audience !== undefined : !isFor(audience, constraints.audience))
    return false;
  const expires = claimedTime(claims, 'exp');
  const begins = claimedTime(claims, 'nbf');
  if (expires === undefined && begins === undefined) return true;
  const now = toInteger(div(constraints.time ?? numberFromBigInt(context.nowNs()), 1_000_000_000), 'floor');
  if (expires !== undefined && compareNumbers(now, expires) >= 0) return false;
  return begins === undefined || compareNumbers(now, begins) >= 0;
}

function isFor(audience: Value | undefined, wanted: string): boolean {
  return Array.isArray(audience) ? (audience as readonly Value[]).includes(wanted) : audience === wanted;
}

function claimedTime(claims: ObjectValue, claim: string): NumberValue | undefined {
  const value = valueAt(claims, claim);
  if (value === undefined || isNumber(value)) return value;
  throw builtinFault(VERIFY, `${claim} value must be a number`);
}

/** JSON as Go writes it: these are escaped for the sake of HTML. */
function goJson(value: Value): string {
  return toJson(value).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function encodeSign(name: string, header: string, payload: string, key: string): string {
  const headers = parseHeaders(name, header);
  const algorithm = valueAt(headers, 'alg');
  if (algorithm === undefined)
    throw builtinFault(name, 'missing or invalid \'alg\' header: jwsbb: header "alg" not found');
  if (typeof algorithm !== 'string') throw builtinFault(name, "missing or invalid 'alg' header");
  const jwk = parseKey(name, key);
  if (!HMAC_HASHES.has(algorithm) && !SCHEMES.has(algorithm)) {
    throw builtinFault(name, `unknown JWS algorithm: ${algorithm}`);
  }
  const type = valueAt(headers, 'typ');
  if ((type === undefined || type === 'JWT') && !isJson(payload)) {
    throw builtinFault(name, 'type is JWT but payload is not JSON');
  }
  const data = `${Buffer.from(header).toString('base64url')}.${Buffer.from(payload).toString('base64url')}`;
  return `${data}.${signWith(name, algorithm, data, jwk).toString('base64url')}`;
}

function parseHeaders(name: string, header: string): ObjectValue {
  let headers: Value;
  try {
    headers = parseJson(header);
  } catch {
    throw builtinFault(name, "missing or invalid 'alg' header: cannot parse JSON");
  }
  if (!isObject(headers)) throw builtinFault(name, "missing or invalid 'alg' header: not an object");
  return headers;
}

function parseKey(name: string, key: string): Record<string, unknown> {
  const failed = 'jwk.Parse: failed to parse sole key: jwk.ParseKey: ';
  let jwk: unknown;
  try {
    jwk = JSON.parse(key);
  } catch {
    throw builtinFault(name, `${failed}the key is not JSON`);
  }
  const { kty } = (jwk ?? {}) as { kty?: unknown };
  if (typeof kty !== 'string' || !['RSA', 'EC', 'OKP', 'oct'].includes(kty)) {
    throw builtinFault(name, `${failed}invalid key type from JSON (${typeof kty === 'string' ? kty : ''})`);
  }
  return jwk as Record<string, unknown>;
}

function signWith(name: string, algorithm: string, data: string, jwk: Record<string, unknown>): Buffer {
  const hash = HMAC_HASHES.get(algorithm);
  if (hash === undefined) {
    try {
      return createSignature(algorithm, data, readSigningKey(jwk, algorithm));
    } catch (error) {
      throw builtinFault(
        name,
        error instanceof KeyError ? error.message : `failed to sign with the algorithm ${algorithm}`,
      );
    }
  }
  if (jwk.kty !== 'oct' || typeof jwk.k !== 'string' || jwk.k === '') {
    throw builtinFault(name, `invalid key type for the algorithm ${algorithm}`);
  }
  return createHmac(hash, Buffer.from(jwk.k, 'base64url')).update(data).digest();
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Headers and claims with members sorted, as Go writes maps. */
function encodeSignValues(headers: Value, payload: Value, key: Value): string {
  const name = 'io.jwt.encode_sign';
  const parts = [headers, payload, key].map((part, index) => goJson(objectOperand(name, index + 1, part)));
  return encodeSign(name, parts[0] as string, parts[1] as string, parts[2] as string);
}

function encodeSignRaw(headers: Value, payload: Value, key: Value): string {
  const name = 'io.jwt.encode_sign_raw';
  const header = stringOperand(name, 1, headers);
  return encodeSign(name, header, stringOperand(name, 2, payload), stringOperand(name, 3, key));
}

const anyObject = objectOf(anyType, anyType);
const stringKeyed = objectOf(stringType, anyType);

export const JWT_BUILTINS: readonly Builtin[] = [
  {
    name: 'io.jwt.decode',
    type: fn([stringType], tupleOf([anyObject, anyObject, stringType])),
    evaluate: (context, token) => decode(context, token as Value),
  },
  {
    name: VERIFY,
    type: fn([stringType, stringKeyed], tupleOf([booleanType, anyObject, anyObject])),
    nondeterministic: true,
    evaluate: (context, token, constraints) => decodeVerify(context, token as Value, constraints as Value),
  },
  {
    name: 'io.jwt.encode_sign',
    type: fn([stringKeyed, stringKeyed, stringKeyed], stringType),
    nondeterministic: true,
    evaluate: (_, headers, payload, key) => encodeSignValues(headers as Value, payload as Value, key as Value),
  },
  {
    name: 'io.jwt.encode_sign_raw',
    type: fn([stringType, stringType, stringType], stringType),
    nondeterministic: true,
    evaluate: (_, headers, payload, key) => encodeSignRaw(headers as Value, payload as Value, key as Value),
  },
  ...[...HMAC_HASHES.keys(), ...SCHEMES.keys()].map(verifyBuiltin),
];
