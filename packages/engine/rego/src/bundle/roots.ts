import type { Diagnostic } from '@sekisho/base';
import { isObject } from '../value/kind.ts';
import type { PlainObject, Value } from '../value/value.ts';
import type { Bundle } from './bundle.ts';
import { bundleFault } from './faults.ts';

/** Paths below `data` (`a/b`, empty: all) that are claimed. Looking one up takes time by its own length. */
export class RootSet {
  /** Who claims each root. */
  readonly #owners = new Map<string, string>();
  /** What lies above a root → that root. */
  readonly #above = new Map<string, string>();

  constructor(roots: Iterable<string> = []) {
    for (const root of roots) this.add(root);
  }

  add(root: string, owner = ''): void {
    this.#owners.set(root, owner);
    for (const path of lineOf(root)) if (path !== root) this.#above.set(path, root);
  }

  /** Whether a path lies at a root or below it. */
  covers(path: string): boolean {
    for (const part of lineOf(path)) if (this.#owners.has(part)) return true;
    return false;
  }

  /** Whether a root lies below a path. */
  isBelow(path: string): boolean {
    return this.#above.has(path);
  }

  /** A root that claims documents of another one, and whose it is. */
  overlap(root: string): { readonly root: string; readonly owner: string } | undefined {
    const found = [...lineOf(root)].find((part) => this.#owners.has(part)) ?? this.#above.get(root);
    return found === undefined ? undefined : { root: found, owner: this.#owners.get(found) ?? '' };
  }
}

/** `''`, `a`, `a/b` for `a/b`. */
function* lineOf(path: string): Generator<string, void, undefined> {
  yield '';
  for (let end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1)) yield path.slice(0, end);
  if (path !== '') yield path;
}

/** Faults for base documents outside of the roots. */
export function checkData(file: string, roots: readonly string[], data: PlainObject): Diagnostic[] {
  if (roots.includes('')) return [];
  const set = new RootSet(roots);
  const faults: Diagnostic[] = [];
  const visit = (object: PlainObject, prefix: string) => {
    for (const key of Object.keys(object)) {
      const path = prefix === '' ? key : `${prefix}/${key}`;
      if (set.covers(path)) continue;
      const value = object[key] as Value;
      if (set.isBelow(path) && isObject(value)) visit(value as PlainObject, path);
      else faults.push(outside(file, roots, `data at path '/${path}'`));
    }
  };
  visit(data, '');
  return faults;
}

/** A fault for what the roots do not permit. */
export function outside(file: string, roots: readonly string[], what: string): Diagnostic {
  const hint = 'Add its root to "roots" in .manifest, or move it.';
  const shown = roots.length > 10 ? `${roots.slice(0, 10).join(' ')} …` : roots.join(' ');
  return bundleFault('BUNDLE_ROOTS', file, `manifest roots [${shown}] do not permit ${what}`, hint);
}

/** Faults for bundles that can't be there together. */
export function checkOverlap(bundles: readonly { readonly name: string; readonly bundle: Bundle }[]): Diagnostic[] {
  const faults: Diagnostic[] = [];
  const claimed = new RootSet();
  for (const { name, bundle } of bundles) {
    const { roots } = bundle.manifest;
    for (const root of roots) {
      const other = claimed.overlap(root);
      if (other === undefined) continue;
      const message = `roots of the bundles ${other.owner} and ${name} overlap: '${other.root}' and '${root}'`;
      faults.push(bundleFault('BUNDLE_ROOTS_OVERLAP', name, message, 'Give each bundle "roots" of its own.'));
    }
    for (const root of roots) claimed.add(root, name);
  }
  return faults;
}
