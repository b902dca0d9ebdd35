/**
 * Bundles as maps of path → bytes; archives are the caller's (OPA's are tar.gz with `/data.json`, mode 0600, times 0).
 *
 * - `readBundle(files, {verify?, version?, limits?}) → {bundle?, faults}`
 * - `mergeBundles([{name, bundle}]) → {bundle?, faults}`; a delta bundle: `applyPatch(bundle, delta)`
 * - `writeBundle(bundle) → {files?, faults}`, files in the order of the archive
 * - `signBundle(files, {key, algorithm?, keyId?, claims?})` → content of `.signatures.json`; `verifyBundle(files, verification)`
 * - `optimizeBundle(bundle, {entrypoints: ['authz/allow'], level?: 1 | 2}) → {bundle?, faults}`
 * - `pruneBundle(bundle, entrypoints) → {bundle?, faults}`
 */
export type {
  Bundle,
  BundleFiles,
  BundleLimits,
  BundleModule,
  Manifest,
  PatchOperation,
} from './bundle.ts';
export type { BundleFaultCode } from './faults.ts';
export { type OptimizeOptions, optimizeBundle } from './optimize.ts';
export { applyPatch } from './patch.ts';
export { pruneBundle } from './prune.ts';
export { type ReadBundleOptions, readBundle } from './read-bundle.ts';
export { type SigningOptions, signBundle, type TrustedKey, type Verification, verifyBundle } from './signature.ts';
export { mergeBundles, writeBundle } from './write-bundle.ts';
