import type { Diagnostic } from '@sekisho/base';
import { formatText } from '../syntax/format.ts';
import type { Bundle, BundleModule } from './bundle.ts';
import { fileJson } from './canonical-json.ts';
import { DataMerger } from './data.ts';
import { moduleFault } from './faults.ts';
import { MANIFEST_FILE, writeManifest } from './manifest.ts';
import { PATCH_FILE } from './patch.ts';
import { checkOverlap } from './roots.ts';

/**
 * A bundle's files as `opa build` makes them: all data in one `/data.json`, modules formatted, `/.manifest`; in this order, by
 * path with a slash before it. Of a delta bundle `/patch.json` and `/.manifest`. The same bundle gives the same bytes.
 *
 * @returns the files, or the faults of modules that can't be read (BUNDLE_MODULE)
 */
export function writeBundle(bundle: Bundle): { files?: Map<string, Uint8Array>; faults: readonly Diagnostic[] } {
  const encoder = new TextEncoder();
  const files = new Map<string, Uint8Array>();
  const faults: Diagnostic[] = [];
  const put = (path: string, text: string) => files.set(`/${path}`, encoder.encode(text));
  if (bundle.patch !== undefined) {
    const operations = bundle.patch.map(({ op, path, value }) => {
      const pointer = path.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
      return value === undefined ? { op, path: pointer } : { op, path: pointer, value };
    });
    put(PATCH_FILE, fileJson({ data: operations }));
  } else put('data.json', fileJson(bundle.data));
  for (const { file, text, version } of bundle.modules) {
    const formatted = formatText(text, { file, version });
    faults.push(...formatted.faults.map(moduleFault));
    if (formatted.text !== undefined) put(file, formatted.text);
  }
  put(MANIFEST_FILE, writeManifest(bundle.manifest, bundle.modules));
  return faults.length > 0 ? { faults } : { files, faults };
}

/**
 * Several bundles as one. The manifest of the only one is kept; of several the roots are put together, and revision and
 * metadata are left out, as `opa build` does.
 *
 * @param bundles  modules get the name (`policies/rbac`), where there is one, before their path
 * @returns the bundle, or faults (BUNDLE_ROOTS_OVERLAP, BUNDLE_DATA_CONFLICT)
 */
export function mergeBundles(bundles: readonly { readonly name: string; readonly bundle: Bundle }[]): {
  bundle?: Bundle;
  faults: readonly Diagnostic[];
} {
  const overlaps = checkOverlap(bundles);
  if (overlaps.length > 0) return { faults: overlaps };
  const merger = new DataMerger();
  const modules: BundleModule[] = [];
  for (const { name, bundle } of bundles) {
    merger.addValue(name, [], bundle.data);
    for (const module of bundle.modules) modules.push({ ...module, file: join(name, module.file) });
  }
  const [only, ...others] = bundles;
  const manifest =
    only !== undefined && others.length === 0
      ? only.bundle.manifest
      : { revision: '', roots: bundles.flatMap(({ bundle }) => bundle.manifest.roots) };
  const merged = { manifest, data: merger.data, modules, isSigned: false };
  return merger.faults.length > 0 ? { faults: merger.faults } : { bundle: merged, faults: [] };
}

function join(name: string, file: string): string {
  const folder = name.replace(/^\/+|\/+$/g, '');
  return folder === '' ? file : `${folder}/${file}`;
}
