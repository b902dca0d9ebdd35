import { SekishoError } from '@sekisho/base';
import type { FileTree, TreeEntry } from './file-tree.ts';

export type MemoryFile = string | Uint8Array | { readonly symlink: string } | { readonly submodule: true };

interface Directory {
  readonly entries: Map<string, Directory | MemoryFile>;
  /** Computed once: the tree does not change any more when somebody lists it. */
  listing?: readonly TreeEntry[];
}

/**
 * A tree from values: path to content. For tests, and for callers that have the files in memory.
 *
 * @throws SekishoError TREE_NOT_FOUND when a path is both a file and a directory
 */
export function memoryTree(files: Readonly<Record<string, MemoryFile>>): FileTree {
  const root: Directory = { entries: new Map() };
  for (const [path, file] of Object.entries(files)) add(root, path, file);

  return {
    async list(path) {
      const directory = find(root, path);
      if (directory === undefined || !isDirectory(directory)) return undefined;
      return listingOf(directory);
    },
    async read(path, { maxBytes }) {
      const node = find(root, path);
      if (node === undefined || isDirectory(node) || (isObject(node) && 'submodule' in node)) {
        throw new SekishoError('TREE_NOT_FOUND', `there is no file at ${path}`);
      }
      const bytes = bytesOf(node);
      if (bytes.length > maxBytes) {
        throw new SekishoError('TREE_TOO_LARGE', `${path} holds ${bytes.length} bytes, more than ${maxBytes}`);
      }
      return bytes;
    },
    async idOf(path) {
      const node = find(root, path);
      return node === undefined ? undefined : toEntry('', node).id;
    },
  };
}

function add(root: Directory, path: string, file: MemoryFile): void {
  const names = path.split('/');
  const last = names.pop() ?? '';
  let directory = root;
  for (const name of names) {
    let next = directory.entries.get(name);
    if (next === undefined) {
      next = { entries: new Map() };
      directory.entries.set(name, next);
    }
    if (!isDirectory(next)) throw new SekishoError('TREE_NOT_FOUND', `${path}: ${name} is a file, not a directory`);
    directory = next;
  }
  directory.entries.set(last, file);
}

function find(root: Directory, path: string): Directory | MemoryFile | undefined {
  let node: Directory | MemoryFile | undefined = root;
  for (const name of path === '' ? [] : path.split('/')) {
    if (node === undefined || !isDirectory(node)) return undefined;
    node = node.entries.get(name);
  }
  return node;
}

function listingOf(directory: Directory): readonly TreeEntry[] {
  directory.listing ??= [...directory.entries]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, node]) => toEntry(name, node));
  return directory.listing;
}

function toEntry(name: string, node: Directory | MemoryFile): TreeEntry {
  if (isDirectory(node)) return { name, type: 'directory', id: hash(JSON.stringify(listingOf(node))) };
  if (isObject(node) && 'submodule' in node) return { name, type: 'submodule', id: 'submodule' };
  const bytes = bytesOf(node);
  const id = hash(new TextDecoder('latin1').decode(bytes));
  if (isObject(node)) return { name, type: 'symlink', id };
  return { name, type: 'file', id, size: bytes.length };
}

function bytesOf(file: Exclude<MemoryFile, { submodule: true }>): Uint8Array {
  if (file instanceof Uint8Array) return file;
  return new TextEncoder().encode(typeof file === 'string' ? file : file.symlink);
}

function isDirectory(node: Directory | MemoryFile): node is Directory {
  return isObject(node) && 'entries' in node && node.entries instanceof Map;
}

function isObject<T>(node: T | string | Uint8Array): node is T {
  return typeof node === 'object' && !(node instanceof Uint8Array);
}

/** FNV-1a over two lanes: enough to tell contents apart in memory, no protection against anybody. */
function hash(text: string): string {
  let low = 0x811c9dc5;
  let high = 0x1b873593;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ (code + at), 0x85ebca6b);
  }
  return (
    (low >>> 0).toString(16).padStart(8, '0') + (high >>> 0).toString(16).padStart(8, '0') + text.length.toString(16)
  );
}
