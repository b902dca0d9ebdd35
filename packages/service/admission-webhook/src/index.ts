export { type AdmissionServer, type AdmissionServerOptions, startAdmissionServer } from './admission-server.ts';
export { type CaBundlesOptions, keepCaBundles } from './certificates/ca-bundles.ts';
export { type FileCertificatesOptions, openFileCertificates } from './certificates/file-certificates.ts';
export type { Lifetimes } from './certificates/rotation.ts';
export {
  openSecretCertificates,
  type SecretCertificates,
  type SecretCertificatesOptions,
} from './certificates/secret-certificates.ts';
export type { CertificateSource } from './certificates/source.ts';
export type { ClientCheck } from './http/client-check.ts';
export type { ReviewPath } from './http/front.ts';
export { IGNORE_LABELS } from './http/label-guard.ts';
