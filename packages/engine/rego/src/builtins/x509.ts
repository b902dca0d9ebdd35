import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { anyType, arrayOf, booleanType, fn, objectOf, stringType, tupleOf } from '../types/construct.ts';
import { fromJson } from '../value/json.ts';
import { isNumber } from '../value/kind.ts';
import { numberFromBigInt, toDouble } from '../value/number.ts';
import { type ObjectValue, sortedKeys, valueAt } from '../value/object.ts';
import type { PlainObject, Value } from '../value/value.ts';
import { type Builtin, type BuiltinContext, BuiltinFault } from './builtin.ts';
import { builtinFault, objectOperand, stringOperand } from './operand.ts';
import { certificateToJson, requestToJson } from './x509-json.ts';

const MAX_CERTIFICATES = 100;
const PEM = /-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END \1-----/g;
const MILLISECONDS = 1_000_000n;

/** Elements of PEM, or one of DER in base64 (or PEM in base64, as some write it). */
function readBlocks(name: string, text: string): { label: string; der: Buffer }[] {
  const plain = text.includes('-----BEGIN ') ? text : decodeOuter(name, text);
  if (typeof plain !== 'string') return [{ label: '', der: plain }];
  const blocks = [...plain.matchAll(PEM)].map(([, label = '', body = '']) => ({
    label,
    der: Buffer.from(body, 'base64'),
  }));
  if (blocks.length > MAX_CERTIFICATES) throw builtinFault(name, `more than ${MAX_CERTIFICATES} PEM blocks`);
  return blocks;
}

function decodeOuter(name: string, text: string): string | Buffer {
  const bare = text.replace(/[\r\n]/g, '');
  const bad = bare.search(/[^A-Za-z0-9+/=]/);
  if (bad !== -1 || bare.length % 4 !== 0) {
    throw builtinFault(name, `illegal base64 data at input byte ${bad === -1 ? bare.length - (bare.length % 4) : bad}`);
  }
  const bytes = Buffer.from(bare, 'base64');
  const decoded = bytes.toString('latin1');
  return decoded.includes('-----BEGIN ') ? decoded : bytes;
}

/** Runs what reads strangers' bytes; what it throws becomes a fault without any of the bytes. */
function guarded<T>(name: string, what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof BuiltinFault) throw error;
    throw builtinFault(name, `malformed ${what}`);
  }
}

function readCertificates(context: BuiltinContext, name: string, text: string): X509Certificate[] {
  context.spend(100 + (text.length >>> 2));
  const blocks = readBlocks(name, text).filter(({ label }) => label === '' || label === 'CERTIFICATE');
  if (blocks.length === 0) throw builtinFault(name, 'no certificates in input');
  return blocks.map(({ der }) => guarded(name, 'certificate', () => new X509Certificate(der)));
}

function certificatesToJson(name: string, certificates: readonly X509Certificate[]): Value[] {
  return certificates.map(({ raw }) => guarded(name, 'certificate', () => certificateToJson(raw)));
}

function parseCertificates(context: BuiltinContext, value: Value): Value {
  const name = 'crypto.x509.parse_certificates';
  return certificatesToJson(name, readCertificates(context, name, stringOperand(name, 1, value)));
}

interface VerifyOptions {
  readonly dnsName: string | undefined;
  /** Milliseconds since 1970. */
  readonly time: number;
}

function readOptions(context: BuiltinContext, name: string, options: ObjectValue | undefined): VerifyOptions {
  let dnsName: string | undefined;
  let time: number | undefined;
  for (const key of options === undefined ? [] : sortedKeys(options)) {
    const value = valueAt(options as ObjectValue, key) as Value;
    if (key === 'DNSName' && typeof value === 'string') dnsName = value === '' ? undefined : value;
    else if (key === 'CurrentTime' && isNumber(value)) time = toDouble(value) / 1e6;
    else if (key === 'MaxConstraintComparisons' && isNumber(value)) continue;
    else if (key === 'KeyUsages') continue;
    else throw builtinFault(name, 'invalid key option');
  }
  return { dnsName, time: time ?? Number(context.nowNs() / MILLISECONDS) };
}

/** Root first, then intermediates, then the leaf; `[true, leaf first]` when each is signed by the one before it. */
function parseAndVerify(context: BuiltinContext, name: string, value: Value, optionsValue?: Value): Value {
  const text = stringOperand(name, 1, value);
  const given = optionsValue === undefined ? undefined : objectOperand(name, 2, optionsValue);
  const options = readOptions(context, name, given);
  let chain: X509Certificate[];
  try {
    chain = readCertificates(context, name, text);
  } catch (error) {
    if (error instanceof BuiltinFault) return [false, []];
    throw error;
  }
  context.spend(chain.length * 100);
  const usages = given === undefined ? undefined : valueAt(given, 'KeyUsages');
  if (chain.length < 2 || !isChainFine(chain, options) || !allows(chain.at(-1) as X509Certificate, usages))
    return [false, []];
  return [true, certificatesToJson(name, [...chain].reverse())];
}

function isChainFine(chain: readonly X509Certificate[], { dnsName, time }: VerifyOptions): boolean {
  const inTime = chain.every(({ validFrom, validTo }) => Date.parse(validFrom) <= time && time <= Date.parse(validTo));
  const leaf = chain.at(-1) as X509Certificate;
  if (!inTime || (dnsName !== undefined && leaf.checkHost(dnsName, { subject: 'never' }) === undefined)) return false;
  return chain.slice(1).every((certificate, index) => {
    const issuer = chain[index] as X509Certificate;
    return issuer.ca && isPathAllowed(issuer, chain.length - 2 - index) && isIssuedBy(certificate, issuer);
  });
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
  } catch {
    return false;
  }
}

const NAME_CONSTRAINTS = '2.5.29.30';

/**
 * Whether an issuer lets so many intermediates follow. Issuers that limit names, or have critical extensions that nobody
 * reads here, are refused altogether.
 */
function isPathAllowed(issuer: X509Certificate, following: number): boolean {
  const json = certificateToJson(issuer.raw);
  const extensions = (json.Extensions ?? []) as readonly { Id: readonly number[] }[];
  if (json.UnhandledCriticalExtensions !== null) return false;
  if (extensions.some(({ Id }) => Id.join('.') === NAME_CONSTRAINTS)) return false;
  const limit = json.MaxPathLen as number;
  return limit < 0 || (limit === 0 && json.MaxPathLenZero !== true) || following <= limit;
}

const USAGES: readonly string[] = [
  ...['KeyUsageAny', 'KeyUsageServerAuth', 'KeyUsageClientAuth', 'KeyUsageCodeSigning', 'KeyUsageEmailProtection'],
  ...[
    'KeyUsageIPSECEndSystem',
    'KeyUsageIPSECTunnel',
    'KeyUsageIPSECUser',
    'KeyUsageTimeStamping',
    'KeyUsageOCSPSigning',
  ],
];

/** Without a wish, server authentication. */
function allows(leaf: X509Certificate, wanted: Value | undefined): boolean {
  const names = Array.isArray(wanted) ? (wanted as readonly Value[]) : ['KeyUsageServerAuth'];
  const json = certificateToJson(leaf.raw);
  if (json.UnhandledCriticalExtensions !== null) return false;
  const usages = json.ExtKeyUsage;
  if (usages === null || names.includes('KeyUsageAny')) return true;
  const own = usages as readonly number[];
  return own.includes(0) || names.some((name) => own.includes(USAGES.indexOf(name as string)));
}

function parseRequest(context: BuiltinContext, value: Value): Value {
  const name = 'crypto.x509.parse_certificate_request';
  const text = stringOperand(name, 1, value);
  context.spend(100 + (text.length >>> 2));
  const request = readBlocks(name, text).find(
    ({ label }) => label === '' || /^(?:NEW )?CERTIFICATE REQUEST$/.test(label),
  );
  if (request === undefined) throw builtinFault(name, 'invalid PEM-encoded certificate signing request');
  return guarded(name, 'certificate request', () => requestToJson(request.der));
}

function privateKeys(context: BuiltinContext, name: string, text: string): KeyObject[] {
  context.spend(100 + (text.length >>> 2));
  const plain = text.includes('-----BEGIN ') ? text : decodeOuter(name, text);
  if (typeof plain !== 'string') throw builtinFault(name, 'failed to parse private key');
  return [...plain.matchAll(PEM)]
    .filter(([, label = '']) => label.endsWith('PRIVATE KEY'))
    .map(([pem]) => guarded(name, 'private key', () => createPrivateKey(pem)));
}

function parseRsaKey(context: BuiltinContext, value: Value): Value {
  const name = 'crypto.x509.parse_rsa_private_key';
  const [key] = privateKeys(context, name, stringOperand(name, 1, value));
  if (key === undefined || key.asymmetricKeyType !== 'rsa')
    throw builtinFault(name, 'failed to parse a RSA private key');
  return fromJson(key.export({ format: 'jwk' }));
}

/** As Go's structures of keys. */
function parseKeys(context: BuiltinContext, value: Value): Value {
  const name = 'crypto.parse_private_keys';
  const text = stringOperand(name, 1, value);
  if (text === '') throw builtinFault(name, 'input is empty');
  return privateKeys(context, name, text).map(keyToJson);
}

function keyToJson(key: KeyObject): Value {
  const jwk = key.export({ format: 'jwk' });
  const whole = (text: string | undefined) =>
    BigInt(`0x${Buffer.from(text ?? '', 'base64url').toString('hex') || '0'}`);
  const big = (text: string | undefined) => numberFromBigInt(whole(text));
  if (jwk.kty === 'RSA') {
    const precomputed = { Dp: big(jwk.dp), Dq: big(jwk.dq), Qinv: big(jwk.qi), CRTValues: [] };
    const primes = [big(jwk.p), big(jwk.q)];
    return { N: big(jwk.n), E: big(jwk.e), D: big(jwk.d), Primes: primes, Precomputed: precomputed };
  }
  if (jwk.kty === 'EC') return { Curve: {}, X: big(jwk.x), Y: big(jwk.y), D: big(jwk.d) };
  return Buffer.concat([Buffer.from(jwk.d ?? '', 'base64url'), Buffer.from(jwk.x ?? '', 'base64url')]).toString(
    'base64',
  );
}

function parseKeyPair(context: BuiltinContext, certificateValue: Value, keyValue: Value): Value {
  const name = 'crypto.x509.parse_keypair';
  const certificates = readCertificates(context, name, stringOperand(name, 1, certificateValue));
  const [key] = privateKeys(context, name, stringOperand(name, 2, keyValue));
  const [leaf] = certificates;
  if (leaf === undefined || key === undefined) throw builtinFault(name, 'failed to find any PEM data in key input');
  if (!leaf.checkPrivateKey(key)) throw builtinFault(name, 'tls: private key does not match public key');
  // Only lists of certificates have this member.
  const { URIStrings: _, ...leafMembers } = guarded(name, 'certificate', () => certificateToJson(leaf.raw));
  return {
    Certificate: certificates.map(({ raw }) => raw.toString('base64')),
    PrivateKey: keyToJson(key),
    Leaf: leafMembers,
    OCSPStaple: null,
    SignedCertificateTimestamps: null,
    SupportedSignatureAlgorithms: null,
  } satisfies PlainObject;
}

const structure = objectOf(stringType, anyType);
const verified = tupleOf([booleanType, arrayOf(structure)]);
const VERIFY = 'crypto.x509.parse_and_verify_certificates';

export const X509_BUILTINS: readonly Builtin[] = [
  {
    name: 'crypto.x509.parse_certificates',
    type: fn([stringType], arrayOf(structure)),
    evaluate: (context, text) => parseCertificates(context, text as Value),
  },
  {
    name: VERIFY,
    type: fn([stringType], verified),
    nondeterministic: true,
    evaluate: (context, text) => parseAndVerify(context, VERIFY, text as Value),
  },
  {
    name: `${VERIFY}_with_options`,
    type: fn([stringType, structure], verified),
    nondeterministic: true,
    evaluate: (context, text, options) =>
      parseAndVerify(context, `${VERIFY}_with_options`, text as Value, options as Value),
  },
  {
    name: 'crypto.x509.parse_certificate_request',
    type: fn([stringType], structure),
    evaluate: (context, text) => parseRequest(context, text as Value),
  },
  {
    name: 'crypto.x509.parse_keypair',
    type: fn([stringType, stringType], structure),
    evaluate: (context, certificate, key) => parseKeyPair(context, certificate as Value, key as Value),
  },
  {
    name: 'crypto.x509.parse_rsa_private_key',
    type: fn([stringType], structure),
    evaluate: (context, text) => parseRsaKey(context, text as Value),
  },
  {
    name: 'crypto.parse_private_keys',
    type: fn([stringType], arrayOf(structure)),
    evaluate: (context, text) => parseKeys(context, text as Value),
  },
];
