import { type Diagnostic, parseGlob } from '@sekisho/base';
import type { RegoVersion } from '../syntax/ast.ts';
import { parseJson } from '../value/json.ts';
import { isObject } from '../value/kind.ts';
import { setOwn } from '../value/object.ts';
import type { PlainObject, Value } from '../value/value.ts';
import type { BundleModule, Manifest } from './bundle.ts';
import { fileJson } from './canonical-json.ts';
import { bundleFault } from './faults.ts';
import { RootSet } from './roots.ts';

export const MANIFEST_FILE = '.manifest';
const HINT = 'See "Bundle File Format" of the OPA documentation.';

/** Reads `.manifest`. Members that are not known are left out of account, as OPA does. */
export function readManifest(text: string): { manifest?: Manifest; faults: readonly Diagnostic[] } {
  let json: Value;
  try {
    json = parseJson(text);
  } catch (error) {
    return { faults: [manifestFault(`it is no JSON: ${(error as Error).message}`)] };
  }
  if (!isObject(json)) return { faults: [manifestFault('it is no object')] };
  return new ManifestReader(json as PlainObject).read();
}

function manifestFault(message: string): Diagnostic {
  return bundleFault('BUNDLE_MANIFEST', MANIFEST_FILE, message, HINT);
}

class ManifestReader {
  readonly #json: PlainObject;
  readonly #faults: Diagnostic[] = [];

  constructor(json: PlainObject) {
    this.#json = json;
  }

  read(): { manifest?: Manifest; faults: readonly Diagnostic[] } {
    const revision = this.#member('revision', 'a string', (value) => typeof value === 'string') ?? '';
    const metadata = this.#member('metadata', 'an object', isObject) as PlainObject | undefined;
    const version = this.#member('rego_version', '0 or 1', isVersion);
    const roots = this.#roots();
    const versions = this.#fileVersions();
    const manifest: Manifest = {
      revision: revision as string,
      roots,
      ...(version !== undefined && { regoVersion: versionOf(version) }),
      ...(versions.size > 0 && { fileRegoVersions: versions }),
      ...(metadata !== undefined && { metadata }),
    };
    return this.#faults.length > 0 ? { faults: this.#faults } : { manifest, faults: [] };
  }

  /** Null counts as not written. */
  #member(name: string, wanted: string, isFine: (value: Value) => boolean): Value | undefined {
    const value = Object.hasOwn(this.#json, name) ? this.#json[name] : undefined;
    if (value === undefined || value === null) return undefined;
    if (isFine(value)) return value;
    this.#faults.push(manifestFault(`"${name}" is not ${wanted}`));
    return undefined;
  }

  #roots(): readonly string[] {
    const isList = (value: Value) =>
      Array.isArray(value) && (value as readonly Value[]).every((root) => typeof root === 'string');
    const list = this.#member('roots', 'an array of strings', isList) as readonly string[] | undefined;
    const roots = list?.map((root) => root.replace(/^\/+|\/+$/g, '')) ?? [''];
    const claimed = new RootSet();
    for (const root of roots) {
      const other = claimed.overlap(root);
      claimed.add(root);
      if (other === undefined) continue;
      const message = `manifest has overlapped roots: '${other.root}' and '${root}'`;
      this.#faults.push(bundleFault('BUNDLE_ROOTS_OVERLAP', MANIFEST_FILE, message, 'Keep the shorter one.'));
    }
    return roots;
  }

  #fileVersions(): ReadonlyMap<string, RegoVersion> {
    const versions = new Map<string, RegoVersion>();
    const object = this.#member('file_rego_versions', 'an object', isObject) as PlainObject | undefined;
    for (const [pattern, version] of Object.entries(object ?? {})) {
      if (!isVersion(version)) this.#faults.push(manifestFault(`the version of ${pattern} is not 0 or 1`));
      else if (parseGlob(pattern) === undefined) this.#faults.push(manifestFault(`${pattern} is no glob`));
      else versions.set(pattern, versionOf(version));
    }
    return versions;
  }
}

function isVersion(value: Value): boolean {
  return value === 0 || value === 1;
}

function versionOf(value: Value): RegoVersion {
  return value === 0 ? 'v0' : 'v1';
}

/** Finds the syntax that a manifest names for a file: by its path, else by the first pattern in order. */
export function versionFinder(manifest: Manifest, fallback: RegoVersion): (file: string) => RegoVersion {
  const own = manifest.regoVersion ?? fallback;
  const { fileRegoVersions } = manifest;
  if (fileRegoVersions === undefined) return () => own;
  const patterns = [...fileRegoVersions].sort(([a], [b]) => (a < b ? -1 : 1));
  const globs = patterns.map(([pattern, version]) => ({ glob: parseGlob(pattern), version }));
  return (file) => {
    const path = `/${file}`;
    return fileRegoVersions.get(path) ?? globs.find(({ glob }) => glob?.matches(path))?.version ?? own;
  };
}

/** As `opa build` writes it; the versions are those of the modules. */
export function writeManifest(manifest: Manifest, modules: readonly BundleModule[]): string {
  const v0 = modules.filter(({ version }) => version === 'v0');
  const isV0 = modules.length > 0 ? v0.length === modules.length : manifest.regoVersion === 'v0';
  const fields: [name: string, value: Value][] = [
    ['revision', manifest.revision],
    ['roots', manifest.roots],
    ['rego_version', isV0 ? 0 : 1],
  ];
  if (!isV0 && v0.length > 0) {
    const versions: Record<string, Value> = {};
    for (const { file } of v0) setOwn(versions, `/${file}`, 0);
    fields.push(['file_rego_versions', versions]);
  }
  if (manifest.metadata !== undefined) fields.push(['metadata', manifest.metadata]);
  return `{${fields.map(([name, value]) => `"${name}":${fileJson(value).trimEnd()}`).join(',')}}\n`;
}
