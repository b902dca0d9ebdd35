import type { Diagnostic } from '@sekisho/base';
import type { RegoVersion } from '../syntax/ast.ts';
import { parseModule } from '../syntax/parser.ts';
import {
  type Bundle,
  type BundleFiles,
  type BundleLimits,
  type BundleModule,
  EMPTY_MANIFEST,
  type Manifest,
} from './bundle.ts';
import { DataMerger, isDataFile } from './data.ts';
import { bundleFault, moduleFault } from './faults.ts';
import { decodeText, readPaths } from './files.ts';
import { MANIFEST_FILE, readManifest, versionFinder } from './manifest.ts';
import { PATCH_FILE, readPatch } from './patch.ts';
import { checkData, outside, RootSet } from './roots.ts';
import { SIGNATURES_FILE, type Verification, verifyFiles } from './signature.ts';

export interface ReadBundleOptions {
  /** The bundle must be signed so. Default: signatures are not looked at. */
  readonly verify?: Verification;
  /** Syntax of modules for which the manifest names none; default `v1`. */
  readonly version?: RegoVersion;
  readonly limits?: BundleLimits;
}

/**
 * Reads a bundle: `.manifest`, `data.json`, `data.yaml` and `data.yml` at any depth, modules (`*.rego`), or `patch.json` of a
 * delta bundle. Other files are left alone. Nothing of a bundle is read whose signature does not hold.
 *
 * @returns the bundle, or all faults (see BundleFaultCode)
 */
export function readBundle(
  files: BundleFiles,
  options: ReadBundleOptions = {},
): { bundle?: Bundle; faults: readonly Diagnostic[] } {
  const { files: clean, faults } = readPaths(files, options.limits);
  if (faults.length > 0) return { faults };
  if (options.verify !== undefined) {
    const refused = verifyFiles(clean, options.verify);
    if (refused.length > 0) return { faults: refused };
  }
  return new BundleReader(clean, options.version ?? 'v1').read();
}

class BundleReader {
  readonly #files: ReadonlyMap<string, Uint8Array>;
  readonly #version: RegoVersion;
  readonly #faults: Diagnostic[] = [];
  #manifest: Manifest = EMPTY_MANIFEST;

  constructor(files: ReadonlyMap<string, Uint8Array>, version: RegoVersion) {
    this.#files = files;
    this.#version = version;
  }

  read(): { bundle?: Bundle; faults: readonly Diagnostic[] } {
    const manifestText = this.#text(MANIFEST_FILE);
    if (manifestText !== undefined) {
      const { manifest, faults } = readManifest(manifestText);
      this.#faults.push(...faults);
      this.#manifest = manifest ?? EMPTY_MANIFEST;
    }
    const isSigned = this.#files.has(SIGNATURES_FILE);
    const bundle = this.#files.has(PATCH_FILE) ? this.#delta(isSigned) : this.#snapshot(isSigned);
    return this.#faults.length > 0 ? { faults: this.#faults } : { bundle, faults: [] };
  }

  #text(file: string): string | undefined {
    const bytes = this.#files.get(file);
    if (bytes === undefined) return undefined;
    const text = decodeText(bytes);
    if (text === undefined) this.#faults.push(bundleFault('BUNDLE_ENCODING', file, 'it is no text in UTF-8'));
    return text;
  }

  #delta(isSigned: boolean): Bundle {
    for (const file of this.#files.keys())
      if (isDataFile(file) || file.endsWith('.rego'))
        this.#faults.push(bundleFault('BUNDLE_PATCH', file, 'delta bundle expected to contain only patch file'));
    const { patch = [], faults } = readPatch(this.#text(PATCH_FILE) ?? '', this.#manifest.roots);
    this.#faults.push(...faults);
    return { manifest: this.#manifest, data: {}, modules: [], patch, isSigned };
  }

  #snapshot(isSigned: boolean): Bundle {
    const merger = new DataMerger();
    const modules: BundleModule[] = [];
    const versionOf = versionFinder(this.#manifest, this.#version);
    for (const file of this.#files.keys()) {
      const isData = isDataFile(file);
      const text = isData || file.endsWith('.rego') ? this.#text(file) : undefined;
      if (text === undefined) continue;
      if (isData) merger.addFile(file, text);
      else modules.push({ file, text, version: versionOf(file) });
    }
    this.#faults.push(...merger.faults, ...checkData('data.json', this.#manifest.roots, merger.data));
    this.#checkModules(modules);
    return { manifest: this.#manifest, data: merger.data, modules, isSigned };
  }

  #checkModules(modules: readonly BundleModule[]): void {
    const { roots } = this.#manifest;
    const claimed = new RootSet(roots);
    for (const { file, text, version } of modules) {
      const { module, faults } = parseModule(text, { file, version });
      this.#faults.push(...faults.map(moduleFault));
      const path = module?.package.path ?? [];
      if (module !== undefined && !claimed.covers(path.join('/')))
        this.#faults.push(outside(file, roots, `'package ${path.join('.')}' in module`));
    }
  }
}
