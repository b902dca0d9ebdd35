export { type CertificateFacts, inspectCertificate, splitPem } from './inspect.ts';
export { type CertificatePair, createAuthority, issueServing } from './issue.ts';
