import { SekishoError } from '@sekisho/base';
import type { TreeEntry } from '@sekisho/render';

/** A parsed folder. */
export interface ParsedTree {
  readonly entries: readonly TreeEntry[];
  readonly byName: ReadonlyMap<string, TreeEntry>;
  /** Rough memory use. */
  readonly bytes: number;
}

const types: Readonly<Record<string, Pick<TreeEntry, 'type' | 'executable'>>> = {
  '40000': { type: 'directory' },
  '040000': { type: 'directory' },
  '100644': { type: 'file' },
  '100664': { type: 'file' },
  '100755': { type: 'file', executable: true },
  '120000': { type: 'symlink' },
  '160000': { type: 'submodule' },
};

/**
 * Parses git's binary tree format: `MODE SP NAME NUL ID` repeated, ids as long as the repository's hash.
 * Names that could never be a path part (`..`, with `/`) are a fault of the whole tree: git itself refuses to check them out.
 * @throws SekishoError GIT_TREE_INVALID
 */
export function parseTree(id: string, data: Buffer): ParsedTree {
  const idBytes = id.length / 2;
  const entries: TreeEntry[] = [];
  const byName = new Map<string, TreeEntry>();
  const invalid = (reason: string) => new SekishoError('GIT_TREE_INVALID', `tree ${id} is broken: ${reason}`);
  let offset = 0;
  while (offset < data.length) {
    const space = data.indexOf(0x20, offset);
    if (space < 0 || space - offset > 6) throw invalid('an entry has no mode');
    const nul = data.indexOf(0, space + 1);
    if (nul < 0 || nul + 1 + idBytes > data.length) throw invalid('the last entry is cut');
    const mode = data.toString('latin1', offset, space);
    const kind = types[mode];
    if (kind === undefined) throw invalid(`mode ${JSON.stringify(mode)} is unknown`);
    const name = data.toString('utf8', space + 1, nul);
    if (name === '' || name === '.' || name === '..' || name.includes('/')) {
      throw invalid(`an entry is named ${JSON.stringify(name)}`);
    }
    offset = nul + 1 + idBytes;
    const entry: TreeEntry = Object.freeze({ name, ...kind, id: data.toString('hex', nul + 1, offset) });
    if (byName.has(name)) throw invalid(`two entries are named ${JSON.stringify(name)}`);
    entries.push(entry);
    byName.set(name, entry);
  }
  return { entries: Object.freeze(entries), byName, bytes: 200 + entries.length * 240 + data.length };
}
