/**
 * Bundles as maps of path → bytes; archives are the caller's (OPA's are tar.gz with `/data.json`, mode 0600, times 0).
 *
 * - `readBundle(files, {verify?, name?, version?, limits?}) → {bundle?, faults: Diagnostic[]}`
 * - `mergeBundles([{name, bundle}]) → {bundle?, faults}`: refuses overlapping roots; a delta bundle: `applyPatch(bundle, delta)`
 * - `writeBundle(bundle) → {files?: Map<'/data.json' | '/a.rego' | '/.manifest', Uint8Array>, faults}`, in the order of the archive
 * - `signBundle(files, {key, algorithm?, keyId?, claims?}) → Uint8Array` of `.signatures.json`; `verifyBundle(files, verification) → Diagnostic[]`
 * - `optimizeBundle(bundle, {entrypoints, level?, namespace?}) → {bundle?, faults}`
 */
export type {
  Bundle,
  BundleFiles,
  BundleLimits,
  BundleModule,
  Manifest,
  PatchOperation,
} from './bundle.ts';
