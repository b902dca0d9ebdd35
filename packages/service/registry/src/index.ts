export { BUNDLE_TITLE, readBundle } from './bundle.ts';
export { type BlobOptions, createRegistryClient, type RegistryClient, type RegistryOptions } from './client.ts';
export { type Credentials, dockerCredentials, type FindCredentials } from './credentials.ts';
export { digestOf, isDigest, verifyDigest } from './digest.ts';
export {
  createHttp,
  type Http,
  type HttpAnswer,
  type HttpFailure,
  type HttpRequest,
  parseUrl,
  type TlsOptions,
} from './http.ts';
export { type Descriptor, MANIFEST_TYPES, type Manifest } from './manifest.ts';
export { formatReference, parseReference, type Reference } from './reference.ts';
export { type BundleFile, MAX_UNPACKED_BYTES, MAX_UNPACKED_FILES, safePath, tooLarge, unpackTar } from './tar.ts';
