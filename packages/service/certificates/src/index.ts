export { type CertificateFacts, inspectCertificate, splitPem } from './inspect.ts';
export { type CertificatePair, createAuthority, issueCertificate } from './issue.ts';
