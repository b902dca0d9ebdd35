import { createPublicKey } from 'node:crypto';
import { numberFromBigInt } from '../value/number.ts';
import type { PlainObject, Value } from '../value/value.ts';
import { type DerElement, DerError, readDer, readInteger, readOid, readText } from './der.ts';
import { formatAddress } from './ip-address.ts';

// Certificates and requests as Go's crypto/x509 gives them in JSON.

const NAME_FIELDS: Readonly<Record<string, string>> = {
  '2.5.4.6': 'Country',
  '2.5.4.7': 'Locality',
  '2.5.4.8': 'Province',
  '2.5.4.9': 'StreetAddress',
  '2.5.4.10': 'Organization',
  '2.5.4.11': 'OrganizationalUnit',
  '2.5.4.17': 'PostalCode',
};
/** `x509.SignatureAlgorithm`. */
const SIGNATURES: Readonly<Record<string, number>> = {
  ...{ '1.2.840.113549.1.1.4': 2, '1.2.840.113549.1.1.5': 3, '1.2.840.113549.1.1.11': 4 },
  ...{ '1.2.840.113549.1.1.12': 5, '1.2.840.113549.1.1.13': 6, '1.2.840.10045.4.1': 9 },
  ...{ '1.2.840.10045.4.3.2': 10, '1.2.840.10045.4.3.3': 11, '1.2.840.10045.4.3.4': 12, '1.3.101.112': 16 },
};
const PSS = '1.2.840.113549.1.1.10';
/** `x509.PublicKeyAlgorithm`. */
const KEY_ALGORITHMS: Readonly<Record<string, number>> = { rsa: 1, dsa: 2, ec: 3, ed25519: 4 };
const USAGE_PREFIX = '1.3.6.1.5.5.7.3.';
/** `x509.ExtKeyUsage` by the last number. */
const EXTENDED_USAGES: Readonly<Record<string, number>> = { 1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 7, 8: 8, 9: 9 };
const KNOWN_EXTENSIONS = new Set([
  '2.5.29.14',
  '2.5.29.15',
  '2.5.29.17',
  '2.5.29.19',
  '2.5.29.31',
  '2.5.29.35',
  '2.5.29.37',
]);

interface Extension {
  readonly id: string;
  readonly isCritical: boolean;
  readonly value: Buffer;
  readonly json: PlainObject;
}

/** @throws DerError */
export function certificateToJson(raw: Buffer): PlainObject {
  const [certificate] = readDer(raw);
  const [tbs, algorithm, signature] = readDer(need(certificate).content);
  const fields = readDer(need(tbs).content);
  const hasVersion = fields[0]?.tag === 0xa0;
  const version = hasVersion ? Number(readInteger(need(readDer(need(fields[0]).content)[0]).content)) + 1 : 1;
  const [serial, , issuer, validity, subject, publicKey, ...rest] = hasVersion ? fields.slice(1) : fields;
  const [notBefore, notAfter] = readDer(need(validity).content);
  const extensions = readExtensions(rest.find(({ tag }) => tag === 0xa3));
  return {
    Raw: base64(raw),
    RawTBSCertificate: base64(need(tbs).whole),
    RawSubjectPublicKeyInfo: base64(need(publicKey).whole),
    RawSubject: base64(need(subject).whole),
    RawIssuer: base64(need(issuer).whole),
    Signature: base64(need(signature).content.subarray(1)),
    SignatureAlgorithm: signatureAlgorithm(need(algorithm)),
    ...publicKeyMembers(need(publicKey).whole),
    Version: version,
    SerialNumber: numberFromBigInt(readInteger(need(serial).content)),
    Issuer: nameToJson(need(issuer)),
    Subject: nameToJson(need(subject)),
    NotBefore: timeText(need(notBefore)),
    NotAfter: timeText(need(notAfter)),
    ...extensionMembers(extensions),
    ...UNREAD,
  };
}

/** What Go also gives, and Kubernetes' certificates don't have: always as if it was absent. */
const UNREAD: PlainObject = {
  ...{ ExcludedDNSDomains: null, ExcludedEmailAddresses: null, ExcludedIPRanges: null, ExcludedURIDomains: null },
  ...{ PermittedDNSDomains: null, PermittedEmailAddresses: null, PermittedIPRanges: null, PermittedURIDomains: null },
  ...{ PermittedDNSDomainsCritical: false, IssuingCertificateURL: null, OCSPServer: null, Policies: null },
  ...{ PolicyIdentifiers: null, PolicyMappings: null, InhibitAnyPolicy: 0, InhibitAnyPolicyZero: false },
  ...{ InhibitPolicyMapping: 0, InhibitPolicyMappingZero: false, RequireExplicitPolicy: 0 },
  ...{ RequireExplicitPolicyZero: false, ExtraExtensions: null },
};

/** @throws DerError */
export function requestToJson(raw: Buffer): PlainObject {
  const [request] = readDer(raw);
  const [tbs, algorithm, signature] = readDer(need(request).content);
  const [version, subject, publicKey, attributes] = readDer(need(tbs).content);
  const parsed = (attributes === undefined ? [] : readDer(attributes.content)).map((attribute) => {
    const [type, values] = readDer(attribute.content);
    return { type: readOid(need(type).content), values: need(values) };
  });
  const requested = parsed.find(({ type }) => type.join('.') === '1.2.840.113549.1.9.14');
  const extensions = requested === undefined ? [] : readExtensions(requested.values);
  const names = alternativeNames(extensions);
  return {
    Raw: base64(raw),
    RawTBSCertificateRequest: base64(need(tbs).whole),
    RawSubjectPublicKeyInfo: base64(need(publicKey).whole),
    RawSubject: base64(need(subject).whole),
    Version: Number(readInteger(need(version).content)),
    Signature: base64(need(signature).content.subarray(1)),
    SignatureAlgorithm: signatureAlgorithm(need(algorithm)),
    ...publicKeyMembers(need(publicKey).whole),
    Subject: nameToJson(need(subject)),
    Attributes:
      requested === undefined
        ? null
        : [
            {
              Type: requested.type,
              Value: [extensions.map(({ json }) => ({ Type: json.Id ?? null, Value: json.Value ?? null }))],
            },
          ],
    Extensions: orNull(extensions.map(({ json }) => json)),
    ExtraExtensions: null,
    DNSNames: names.DNSNames,
    EmailAddresses: names.EmailAddresses,
    IPAddresses: names.IPAddresses,
    URIs: names.URIs,
  };
}

function need<T>(part: T | undefined): T {
  if (part === undefined) throw new DerError('a part is missing');
  return part;
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64');
}

function orNull(list: readonly Value[]): Value {
  return list.length === 0 ? null : list;
}

function signatureAlgorithm(element: DerElement): number {
  const [oid, parameters] = readDer(element.content);
  const id = readOid(need(oid).content).join('.');
  if (id !== PSS) return SIGNATURES[id] ?? 0;
  const hex = parameters?.whole.toString('hex') ?? '';
  // By the hash that the parameters name.
  return hex.includes('0609608648016503040201') ? 13 : hex.includes('0609608648016503040202') ? 14 : 15;
}

function publicKeyMembers(spki: Buffer): { PublicKeyAlgorithm: number; PublicKey: Value } {
  try {
    const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
    const jwk = key.export({ format: 'jwk' });
    const big = (text: string | undefined) =>
      numberFromBigInt(BigInt(`0x${Buffer.from(text ?? '', 'base64url').toString('hex')}`));
    const algorithm = KEY_ALGORITHMS[key.asymmetricKeyType ?? ''] ?? 0;
    if (jwk.kty === 'RSA') return { PublicKeyAlgorithm: algorithm, PublicKey: { N: big(jwk.n), E: big(jwk.e) } };
    if (jwk.kty === 'EC')
      return { PublicKeyAlgorithm: algorithm, PublicKey: { Curve: {}, X: big(jwk.x), Y: big(jwk.y) } };
    return { PublicKeyAlgorithm: algorithm, PublicKey: Buffer.from(jwk.x ?? '', 'base64url').toString('base64') };
  } catch {
    return { PublicKeyAlgorithm: 0, PublicKey: null };
  }
}

function nameToJson(element: DerElement): PlainObject {
  const names: Value[] = [];
  const fields: Record<string, string[]> = {};
  let commonName = '';
  let serialNumber = '';
  for (const set of readDer(element.content)) {
    for (const pair of readDer(set.content)) {
      const [type, value] = readDer(pair.content);
      const id = readOid(need(type).content);
      const text = readText(need(value));
      if (text === undefined) continue;
      names.push({ Type: id, Value: text });
      const key = id.join('.');
      const field = NAME_FIELDS[key];
      if (field !== undefined) {
        fields[field] ??= [];
        fields[field].push(text);
      } else if (key === '2.5.4.3') commonName = text;
      else if (key === '2.5.4.5') serialNumber = text;
    }
  }
  const lists = Object.values(NAME_FIELDS).map((field) => [field, fields[field] ?? null]);
  return {
    ...(Object.fromEntries(lists) as PlainObject),
    CommonName: commonName,
    SerialNumber: serialNumber,
    Names: orNull(names),
    ExtraNames: null,
  };
}

function timeText(element: DerElement): string {
  const digits = element.content.toString('latin1');
  const year = element.tag === 0x17 ? (Number(digits.slice(0, 2)) >= 50 ? '19' : '20') : '';
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(year + digits);
  if (parts === null) throw new DerError('malformed time');
  const [, y, month, day, hour, minute, second] = parts;
  return `${y}-${month}-${day}T${hour}:${minute}:${second}Z`;
}

function readExtensions(holder: DerElement | undefined): Extension[] {
  if (holder === undefined) return [];
  return readDer(need(readDer(holder.content)[0]).content).map((element) => {
    const parts = readDer(element.content);
    const id = readOid(need(parts[0]).content);
    const isCritical = parts.length === 3 && parts[1]?.content[0] !== 0;
    const value = need(parts.at(-1)).content;
    return { id: id.join('.'), isCritical, value, json: { Id: id, Critical: isCritical, Value: base64(value) } };
  });
}

function extensionMembers(extensions: readonly Extension[]): PlainObject {
  const find = (id: string) => extensions.find((extension) => extension.id === id)?.value;
  const first = (value: Buffer | undefined) => (value === undefined ? undefined : readDer(value)[0]);
  const constraints = first(find('2.5.29.19'));
  const limits = constraints === undefined ? [] : readDer(constraints.content);
  const isCa = limits[0]?.tag === 1 && limits[0].content[0] !== 0;
  const pathLength = limits.find(({ tag }) => tag === 2);
  const maxPath =
    pathLength === undefined ? (constraints === undefined ? 0 : -1) : Number(readInteger(pathLength.content));
  const usage = first(find('2.5.29.15'));
  const authority = first(find('2.5.29.35'));
  const usages = first(find('2.5.29.37'));
  const oids = usages === undefined ? [] : readDer(usages.content).map(({ content }) => readOid(content));
  const known = (oid: readonly number[]) => {
    const id = oid.join('.');
    if (id === '2.5.29.37.0') return 0;
    return id.startsWith(USAGE_PREFIX) ? EXTENDED_USAGES[id.slice(USAGE_PREFIX.length)] : undefined;
  };
  const keyId =
    authority === undefined ? undefined : readDer(authority.content).find(({ tag }) => tag === 0x80)?.content;
  const subjectKeyId = first(find('2.5.29.14'))?.content;
  const unhandled = extensions.filter(({ id, isCritical }) => isCritical && !KNOWN_EXTENSIONS.has(id));
  return {
    Extensions: orNull(extensions.map(({ json }) => json)),
    BasicConstraintsValid: constraints !== undefined,
    IsCA: isCa,
    MaxPathLen: maxPath,
    MaxPathLenZero: maxPath === 0 && pathLength !== undefined,
    KeyUsage: usage === undefined ? 0 : usageBits(usage.content),
    ExtKeyUsage: orNull(oids.map(known).filter((one) => one !== undefined)),
    UnknownExtKeyUsage: orNull(oids.filter((oid) => known(oid) === undefined)),
    SubjectKeyId: subjectKeyId === undefined ? null : base64(subjectKeyId),
    AuthorityKeyId: keyId === undefined ? null : base64(keyId),
    UnhandledCriticalExtensions: orNull(unhandled.map(({ json }) => json.Id ?? null)),
    CRLDistributionPoints: null,
    ...alternativeNames(extensions),
  };
}

/** `x509.KeyUsage`: the first bit of the string is the lowest. */
function usageBits(content: Buffer): number {
  let usage = 0;
  for (let bit = 0; bit < 9; bit++) {
    const byte = content[1 + (bit >> 3)] ?? 0;
    if ((byte & (0x80 >> (bit & 7))) !== 0) usage |= 1 << bit;
  }
  return usage;
}

interface AlternativeNames {
  readonly [name: string]: Value;
  readonly DNSNames: Value;
  readonly EmailAddresses: Value;
  readonly IPAddresses: Value;
  readonly URIs: Value;
  readonly URIStrings: Value;
}

function alternativeNames(extensions: readonly Extension[]): AlternativeNames {
  const value = extensions.find(({ id }) => id === '2.5.29.17')?.value;
  const names = value === undefined ? [] : readDer(need(readDer(value)[0]).content);
  const texts = (tag: number) =>
    names.filter((name) => name.tag === tag).map(({ content }) => content.toString('latin1'));
  const uris = texts(0x86);
  const addresses = names.filter(({ tag }) => tag === 0x87).map(({ content }) => addressText(content));
  return {
    DNSNames: orNull(texts(0x82)),
    EmailAddresses: orNull(texts(0x81)),
    IPAddresses: orNull(addresses),
    URIs: orNull(uris.map(uriToJson)),
    URIStrings: orNull(uris),
  };
}

function addressText(content: Buffer): string {
  if (content.length !== 4 && content.length !== 16) throw new DerError('malformed IP address');
  return formatAddress(content.length === 4 ? 32 : 128, BigInt(`0x${content.toString('hex')}`));
}

/** `url.URL`. */
function uriToJson(text: string): PlainObject {
  const parts = /^([a-z][a-z0-9+.-]*):(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/i.exec(text);
  const [, scheme = '', host, path = '', query = '', fragment = ''] = parts ?? [];
  const isOpaque = host === undefined && !path.startsWith('/');
  return {
    Scheme: scheme.toLowerCase(),
    Opaque: isOpaque ? path : '',
    User: null,
    Host: host ?? '',
    Path: isOpaque ? '' : path,
    RawPath: '',
    OmitHost: false,
    ForceQuery: false,
    RawQuery: query,
    Fragment: fragment,
    RawFragment: '',
  };
}
