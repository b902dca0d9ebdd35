import { Buffer } from 'node:buffer';
import { createHash, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { isIP } from 'node:net';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  id_kp_clientAuth,
  id_kp_serverAuth,
  KeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  Name,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from '@peculiar/asn1-x509';

export interface CertificateRequest {
  readonly commonName: string;
  readonly addresses: readonly string[];
  readonly names: readonly string[];
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly days: number;
  readonly serial: Buffer;
  readonly isAuthority: boolean;
  readonly key: KeyObject;
}

/** Who signs. */
export interface Signer {
  readonly key: KeyObject;
  readonly name: Name;
  /** Subject key identifier of its certificate, if it has one. */
  readonly identifier: ArrayBuffer | undefined;
}

const COMMON_NAME = '2.5.4.3';
const DAY_MS = 86_400_000;

/** A certificate in PEM, as Sprig makes it; without a signer it signs itself. */
export function issueCertificate(request: CertificateRequest, signer?: Signer): string {
  const publicKey = createPublicKey(request.key).export({ type: 'spki', format: 'der' });
  const subjectPublicKeyInfo = AsnConvert.parse(publicKey, SubjectPublicKeyInfo);
  const subject = nameOf(request.commonName);
  const signing = signer ?? { key: request.key, name: subject, identifier: undefined };
  const signature = new AlgorithmIdentifier(algorithmOf(signing.key));
  const until = request.from + request.days * DAY_MS;
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: toBuffer(request.serial),
    signature,
    issuer: signing.name,
    validity: new Validity({ notBefore: new Date(request.from), notAfter: new Date(until) }),
    subject,
    subjectPublicKeyInfo,
    extensions: new Extensions(extensionsOf(request, subjectPublicKeyInfo, signing.identifier)),
  });
  const signed = sign(hashOf(signing.key), Buffer.from(AsnConvert.serialize(tbsCertificate)), signing.key);
  const certificate = new Certificate({
    tbsCertificate,
    signatureAlgorithm: signature,
    signatureValue: toBuffer(signed),
  });
  const body = Buffer.from(AsnConvert.serialize(certificate)).toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${(body.match(/.{1,64}/g) ?? []).join('\n')}\n-----END CERTIFICATE-----\n`;
}

/** Whom a certificate speaks for, for signing with its key. */
export function signerOf(der: Uint8Array, key: KeyObject): Signer {
  const { tbsCertificate } = AsnConvert.parse(der, Certificate);
  const found = tbsCertificate.extensions?.find(({ extnID }) => extnID === id_ce_subjectKeyIdentifier);
  const identifier =
    found === undefined ? undefined : AsnConvert.parse(found.extnValue.buffer, SubjectKeyIdentifier).buffer;
  return { key, name: tbsCertificate.subject, identifier };
}

function nameOf(commonName: string): Name {
  const value = new AttributeValue(
    /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(commonName) ? { printableString: commonName } : { utf8String: commonName },
  );
  return new Name([new RelativeDistinguishedName([new AttributeTypeAndValue({ type: COMMON_NAME, value })])]);
}

function algorithmOf(key: KeyObject): { algorithm: string; parameters?: ArrayBuffer | null } {
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return { algorithm: '1.2.840.113549.1.1.11', parameters: null };
    case 'ec':
      return { algorithm: '1.2.840.10045.4.3.2' };
    default:
      return { algorithm: '1.3.101.112' };
  }
}

function hashOf(key: KeyObject): string | null {
  return key.asymmetricKeyType === 'ed25519' ? null : 'sha256';
}

function extensionsOf(
  request: CertificateRequest,
  { subjectPublicKey }: SubjectPublicKeyInfo,
  authority: ArrayBuffer | undefined,
): Extension[] {
  const { isAuthority, addresses, names } = request;
  const usage = isAuthority
    ? KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment | KeyUsageFlags.keyCertSign
    : KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment;
  const extensions = [
    extension(id_ce_keyUsage, new KeyUsage(usage), true),
    extension(id_ce_extKeyUsage, new ExtendedKeyUsage([id_kp_serverAuth, id_kp_clientAuth])),
    extension(id_ce_basicConstraints, new BasicConstraints(isAuthority ? { cA: true } : {}), true),
  ];
  if (isAuthority) {
    const identifier = createHash('sha1').update(Buffer.from(subjectPublicKey)).digest();
    extensions.push(extension(id_ce_subjectKeyIdentifier, new SubjectKeyIdentifier(toBuffer(identifier))));
  }
  if (authority !== undefined) {
    const keyIdentifier = new KeyIdentifier(authority);
    extensions.push(extension(id_ce_authorityKeyIdentifier, new AuthorityKeyIdentifier({ keyIdentifier })));
  }
  if (addresses.length + names.length > 0) {
    const alternatives = [
      ...names.map((dNSName) => new GeneralName({ dNSName })),
      ...addresses.map((iPAddress) => new GeneralName({ iPAddress })),
    ];
    extensions.push(extension(id_ce_subjectAltName, new SubjectAlternativeName(alternatives)));
  }
  return extensions;
}

function extension(extnID: string, value: object, critical = false): Extension {
  return new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) });
}

function toBuffer(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}

export function isAddress(text: string): boolean {
  return isIP(text) !== 0;
}
