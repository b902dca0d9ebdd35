import { type Lru, SekishoError } from '@sekisho/base';
import type { TreeEntry } from '@sekisho/render';
import type { ObjectReader } from './object-reader.ts';
import { type ParsedTree, parseTree } from './tree-object.ts';
import type { GitTree } from './types.ts';

/** Parsed folders by object id. Ids are made from content, so that all repositories can share one. */
export type TreeCache = Lru<string, ParsedTree>;

const maxTreeBytes = 64 * 1024 * 1024;

/** Loads folders through the reader and the cache; a folder that many ask for at once is read once. */
export interface TreeLoader {
  load(id: string): Promise<ParsedTree>;
}

export function createTreeLoader(reader: ObjectReader, cache: TreeCache): TreeLoader {
  const loading = new Map<string, Promise<ParsedTree>>();
  async function read(id: string): Promise<ParsedTree> {
    const object = await reader.contents(id, { maxBytes: maxTreeBytes });
    if (object?.type !== 'tree') throw notFound(`tree ${id} is missing`);
    const tree = parseTree(id, object.data);
    cache.set(id, tree);
    return tree;
  }
  return {
    async load(id) {
      const known = cache.get(id);
      if (known !== undefined) return known;
      let promise = loading.get(id);
      if (promise === undefined) {
        promise = read(id).finally(() => loading.delete(id));
        loading.set(id, promise);
      }
      return promise;
    },
  };
}

/** The files of the tree whose id `root` answers. */
export function createGitTree(reader: ObjectReader, loader: TreeLoader, root: () => Promise<string>): GitTree {
  /** Undefined: nothing there. Links are not followed. */
  async function find(path: string): Promise<Pick<TreeEntry, 'type' | 'id'> | undefined> {
    let at: Pick<TreeEntry, 'type' | 'id'> = { type: 'directory', id: await root() };
    for (const part of path.split('/')) {
      if (part === '' || part === '.') continue;
      if (part === '..' || at.type !== 'directory') return undefined;
      const next = (await loader.load(at.id)).byName.get(part);
      if (next === undefined) return undefined;
      at = next;
    }
    return at;
  }
  return {
    async idOf(path) {
      return (await find(path))?.id;
    },
    async list(path) {
      const found = await find(path);
      return found?.type === 'directory' ? (await loader.load(found.id)).entries : undefined;
    },
    async read(path, { maxBytes }) {
      const found = await find(path);
      if (found === undefined || (found.type !== 'file' && found.type !== 'symlink')) {
        throw notFound(`${path} is ${found === undefined ? 'not there' : `a ${found.type}, not a file`}`);
      }
      try {
        const object = await reader.contents(found.id, { maxBytes });
        if (object?.type !== 'blob') throw notFound(`${path} is missing from the repository`);
        return object.data;
      } catch (error) {
        if (error instanceof SekishoError && error.code === 'GIT_OBJECT_TOO_LARGE') {
          throw new SekishoError(
            'TREE_TOO_LARGE',
            `${path} has ${error.details['size']} bytes; at most ${maxBytes} are read`,
            {
              details: error.details,
            },
          );
        }
        throw error;
      }
    },
  };
}

function notFound(message: string): SekishoError {
  return new SekishoError('TREE_NOT_FOUND', message);
}
