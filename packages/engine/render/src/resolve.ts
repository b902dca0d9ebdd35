import { isSekishoError } from '@sekisho/base';
import type { FileTree, TreeEntry } from './file-tree.ts';
import { childPath, joinPath } from './path.ts';

/** What stands at a path once symlinks are followed. */
export type Resolved =
  | { readonly type: 'file'; readonly path: string; readonly id: string; readonly size: number | undefined }
  | { readonly type: 'directory'; readonly path: string; readonly id: string | undefined }
  | { readonly type: 'submodule'; readonly path: string }
  | { readonly type: 'missing'; readonly path: string }
  /** A symlink on the way leads out of the repository. */
  | { readonly type: 'escape'; readonly path: string; readonly target: string }
  /** Symlinks that lead to each other, or too many of them. */
  | { readonly type: 'loop'; readonly path: string };

/** As many as Linux follows. */
const MAX_HOPS = 40;
const MAX_TARGET_BYTES = 4096;

/** Looks paths up in a tree, following symlinks inside it; each directory is listed once. */
export class TreeResolver {
  readonly #tree: FileTree;
  readonly #listings = new Map<string, Promise<ReadonlyMap<string, TreeEntry> | undefined>>();
  /** Everything that lookups depended on: path to id. */
  readonly reads = new Map<string, string>();

  constructor(tree: FileTree) {
    this.#tree = tree;
  }

  /** The entries of a directory by name; undefined when there is none. */
  list(path: string): Promise<ReadonlyMap<string, TreeEntry> | undefined> {
    let listing = this.#listings.get(path);
    if (listing === undefined) {
      listing = this.#tree.list(path).then((entries) => entries && byName(entries));
      this.#listings.set(path, listing);
    }
    return listing;
  }

  /** The text of a symlink; undefined when it's longer than any path. */
  async target(path: string): Promise<string | undefined> {
    try {
      return new TextDecoder().decode(await this.#tree.read(path, { maxBytes: MAX_TARGET_BYTES }));
    } catch (error) {
      if (isSekishoError(error, 'TREE_TOO_LARGE')) return undefined;
      throw error;
    }
  }

  /** @param path plain form */
  async resolve(path: string): Promise<Resolved> {
    let names = path === '' ? [] : path.split('/');
    let directory = '';
    let directoryId = await this.#tree.idOf?.('');
    let hops = 0;
    while (names.length > 0) {
      const [name = '', ...rest] = names;
      const entry = (await this.list(directory))?.get(name);
      const here = childPath(directory, name);
      if (entry === undefined) return { type: 'missing', path: here };
      switch (entry.type) {
        case 'submodule':
          return { type: 'submodule', path: here };
        case 'file':
          if (rest.length > 0) return { type: 'missing', path: childPath(here, rest[0] ?? '') };
          return { type: 'file', path: here, id: entry.id, size: entry.size };
        case 'directory':
          directory = here;
          directoryId = entry.id;
          names = rest;
          break;
        case 'symlink': {
          this.reads.set(here, entry.id);
          if (++hops > MAX_HOPS) return { type: 'loop', path: here };
          const target = await this.target(here);
          const next = target === undefined ? undefined : followTarget(directory, target);
          if (next === undefined) return { type: 'escape', path: here, target: (target ?? '').slice(0, 200) };
          names = [...(next === '' ? [] : next.split('/')), ...rest];
          directory = '';
          directoryId = await this.#tree.idOf?.('');
          break;
        }
        default:
          entry.type satisfies never;
      }
    }
    return { type: 'directory', path: directory, id: directoryId };
  }
}

const namesOf = new WeakMap<readonly TreeEntry[], ReadonlyMap<string, TreeEntry>>();

/** Trees keep their listings, and a folder of thousands of applications is looked into by each of them. */
function byName(entries: readonly TreeEntry[]): ReadonlyMap<string, TreeEntry> {
  let names = namesOf.get(entries);
  if (names === undefined) {
    names = new Map(entries.map((entry) => [entry.name, entry]));
    namesOf.set(entries, names);
  }
  return names;
}

function followTarget(directory: string, target: string): string | undefined {
  if (target === '' || target.startsWith('/') || target.includes('\\') || target.includes('\0')) return undefined;
  return joinPath(directory, target);
}
