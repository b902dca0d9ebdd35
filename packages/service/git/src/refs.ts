import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** References of a bare repository, read from its files: no process, and no guessing of names by git. */
export interface RefReader {
  /** The object id that `ref` (full name, or HEAD) leads to; undefined when it does not exist. */
  read(ref: string): Promise<{ id: string; ref: string } | undefined>;
  /** All references below `prefix` (such as `refs/tags/`), full name → object id. */
  list(prefix: string): Promise<Map<string, string>>;
}

const idPattern = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const maxSymbolicDepth = 5;

/** Whether `name` can be (the rest of) a reference's name: the rules of git-check-ref-format. */
export function isRefName(name: string): boolean {
  if (name === '' || name.length > 255 || name === '@' || name.startsWith('-')) return false;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must be refused
  if (/[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\/\/|\.$|\/$|^\//.test(name)) return false;
  return name.split('/').every((part) => !part.startsWith('.') && !part.endsWith('.lock'));
}

export function createRefReader(gitDir: string): RefReader {
  let packed: { key: string; refs: Map<string, string> } | undefined;

  async function readPacked(): Promise<Map<string, string>> {
    const file = join(gitDir, 'packed-refs');
    const found = await stat(file, { bigint: true }).catch(ignoreMissing);
    if (found === undefined) return new Map();
    // Git replaces the file, so that a change shows in its inode.
    const key = `${found.ino}:${found.mtimeNs}:${found.size}`;
    if (packed?.key !== key) packed = { key, refs: parsePacked(await readFile(file, 'utf8')) };
    return packed.refs;
  }

  async function readLoose(ref: string): Promise<string | undefined> {
    const text = await readFile(join(gitDir, ref), 'utf8').catch(ignoreMissing);
    return text?.trim();
  }

  async function read(ref: string, depth = 0): Promise<{ id: string; ref: string } | undefined> {
    // A loose file wins. It is read first: packing writes packed-refs before it removes the file.
    const text = (await readLoose(ref)) ?? (await readPacked()).get(ref);
    if (text === undefined || text === '') return undefined;
    if (idPattern.test(text)) return { id: text, ref };
    const target = /^ref: *(refs\/\S+)$/.exec(text)?.[1];
    if (target === undefined || depth >= maxSymbolicDepth || !isRefName(target)) return undefined;
    return read(target, depth + 1);
  }

  async function listLoose(folder: string, refs: Map<string, string>): Promise<void> {
    const entries = await readdir(join(gitDir, folder), { withFileTypes: true }).catch(ignoreMissing);
    for (const entry of entries ?? []) {
      const name = `${folder}/${entry.name}`;
      if (entry.isDirectory()) await listLoose(name, refs);
      else if (!entry.name.endsWith('.lock')) {
        const found = await read(name);
        if (found !== undefined) refs.set(name, found.id);
      }
    }
  }

  return {
    read: (ref) => read(ref),
    async list(prefix) {
      const refs = new Map<string, string>();
      await listLoose(prefix.replace(/\/$/, ''), refs);
      for (const [name, id] of await readPacked()) if (name.startsWith(prefix) && !refs.has(name)) refs.set(name, id);
      return refs;
    },
  };
}

function parsePacked(text: string): Map<string, string> {
  const refs = new Map<string, string>();
  for (const line of text.split('\n')) {
    const space = line.indexOf(' ');
    if (space > 0 && idPattern.test(line.slice(0, space))) refs.set(line.slice(space + 1), line.slice(0, space));
  }
  return refs;
}

function ignoreMissing(error: unknown): undefined {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return undefined;
  throw error;
}
