import { createLru, type Lru, SekishoError } from '@sekisho/base';
import type { FileTree, TreeEntry } from '@sekisho/render';
import type { Answers, Question } from './questions.ts';

/** Asks the process. */
export type Ask = <K extends Question['kind']>(question: Extract<Question, { kind: K }>) => Promise<Answers[K]>;

/** Folders and files by git's object ids: bases that many applications have come to a thread once. */
export interface ContentCache {
  readonly listings: Lru<string, Listing>;
  readonly contents: Lru<string, Uint8Array>;
}

interface Listing {
  readonly entries: readonly TreeEntry[];
  readonly byName: ReadonlyMap<string, TreeEntry>;
}

const MAX_ENTRIES = 200_000;
const MAX_BYTES = 32 * 1024 * 1024;

export function createContentCache(): ContentCache {
  return {
    listings: createLru({ maxWeight: MAX_ENTRIES, weigh: ({ entries }: Listing) => 1 + entries.length }),
    contents: createLru({ maxWeight: MAX_BYTES, weigh: (bytes: Uint8Array) => 256 + bytes.length }),
  };
}

/** Only git's own ids name a content for sure. */
const OBJECT_ID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

type Place = Pick<TreeEntry, 'type' | 'id'>;

/** A tree of the process, seen from a thread. It asks for what the cache does not have. */
export class ThreadTree implements FileTree {
  readonly #tree: number;
  readonly #root: Place | undefined;
  readonly #ask: Ask;
  readonly #cache: ContentCache;
  /** Of trees without such ids: for this render. */
  readonly #listed = new Map<string, Promise<Listing | undefined>>();

  constructor(tree: number, rootId: string | undefined, ask: Ask, cache: ContentCache) {
    this.#tree = tree;
    this.#root = rootId !== undefined && OBJECT_ID.test(rootId) ? { type: 'directory', id: rootId } : undefined;
    this.#ask = ask;
    this.#cache = cache;
  }

  async idOf(path: string): Promise<string | undefined> {
    if (this.#root === undefined) return this.#ask({ kind: 'idOf', tree: this.#tree, path });
    return (await this.#find(this.#root, path))?.id;
  }

  async list(path: string): Promise<readonly TreeEntry[] | undefined> {
    if (this.#root === undefined) return (await this.#list(path))?.entries;
    const found = await this.#find(this.#root, path);
    return found?.type === 'directory' ? (await this.#listing(found.id, path))?.entries : undefined;
  }

  async read(path: string, { maxBytes }: { readonly maxBytes: number }): Promise<Uint8Array> {
    const question = { kind: 'read', tree: this.#tree, path, maxBytes } as const;
    const found = this.#root === undefined ? undefined : await this.#find(this.#root, path);
    if (found === undefined || !OBJECT_ID.test(found.id)) return this.#ask(question);
    const known = this.#cache.contents.get(found.id);
    if (known !== undefined) {
      if (known.length <= maxBytes) return known;
      throw new SekishoError('TREE_TOO_LARGE', `${path} has ${known.length} bytes; at most ${maxBytes} are read`);
    }
    const bytes = await this.#ask(question);
    this.#cache.contents.set(found.id, bytes);
    return bytes;
  }

  /** Undefined: nothing there. Links are not followed. */
  async #find(root: Place, path: string): Promise<Place | undefined> {
    let at = root;
    let folder = '';
    for (const name of path.split('/')) {
      if (name === '' || name === '.') continue;
      if (at.type !== 'directory') return undefined;
      const next = (await this.#listing(at.id, folder))?.byName.get(name);
      if (next === undefined) return undefined;
      at = next;
      folder = folder === '' ? name : `${folder}/${name}`;
    }
    return at;
  }

  async #listing(id: string, path: string): Promise<Listing | undefined> {
    const known = this.#cache.listings.get(id);
    if (known !== undefined) return known;
    const listing = await this.#list(path);
    if (listing !== undefined && OBJECT_ID.test(id)) this.#cache.listings.set(id, listing);
    return listing;
  }

  #list(path: string): Promise<Listing | undefined> {
    let listed = this.#listed.get(path);
    if (listed === undefined) {
      listed = this.#ask({ kind: 'list', tree: this.#tree, path }).then(listingOf);
      this.#listed.set(path, listed);
    }
    return listed;
  }
}

function listingOf(entries: readonly TreeEntry[] | undefined): Listing | undefined {
  return entries && { entries, byName: new Map(entries.map((entry) => [entry.name, entry])) };
}
