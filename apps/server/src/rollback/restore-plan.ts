import type { FileVersion, GitTree } from '@sekisho/git';
import type { SourceInputs } from '../applications/sources.ts';

/** How one source's files become again what they were. */
export interface RestorePlan {
  /** What to write, by path; null: to delete. */
  readonly changes: ReadonlyMap<string, FileVersion | null>;
  /** Paths where something else stands now that does not belong to the application. */
  readonly conflicts: readonly string[];
}

interface Side {
  readonly tree: GitTree;
  readonly inputs: Pick<SourceInputs, 'files'>;
}

/**
 * Compares the files that a source is rendered from at a good commit with those at the tip: what is missing or other comes
 * back, what was added goes. Files that the source is not rendered from stay as they are.
 *
 * @throws SekishoError of the trees
 */
export async function planRestore(good: Side, tip: Side): Promise<RestorePlan> {
  const before = await entriesOf(good);
  const now = await entriesOf(tip);
  const changes = new Map<string, FileVersion | null>();
  const conflicts = new Set<string>();
  for (const [path, { version }] of before) {
    const current = now.get(path)?.version ?? (await versionAt(tip.tree, path));
    if (version === 'other') conflicts.add(path);
    else if (current === 'other') conflicts.add(path);
    else if (current?.id !== version.id || current.mode !== version.mode) changes.set(path, version);
  }
  for (const [path, { isOwn }] of now) {
    // Behind a symbolic link lies what others may use, too: taking the link away is enough.
    if (isOwn && !before.has(path)) changes.set(path, null);
  }
  for (const [path, version] of changes) {
    const blocker = version === null ? undefined : await fileOnTheWay(tip.tree, path, changes);
    if (blocker !== undefined) conflicts.add(blocker);
  }
  return { changes, conflicts: [...conflicts].sort() };
}

interface Entry {
  readonly version: FileVersion | 'other';
  /** Not reached through a symbolic link. */
  readonly isOwn: boolean;
}

/** The files of a source as they lie in the repository, with the symbolic links that lead to them. */
async function entriesOf({ tree, inputs }: Side): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  for (const { path, realPath } of inputs.files) {
    const real = await versionAt(tree, realPath);
    if (real !== undefined && !entries.has(realPath))
      entries.set(realPath, { version: real, isOwn: path === realPath });
    if (path === realPath) continue;
    for (const link of await linksOn(tree, path)) {
      const version = await versionAt(tree, link);
      if (version !== undefined) entries.set(link, { version, isOwn: true });
    }
  }
  return entries;
}

const MAX_HOPS = 40;

/** The symbolic links that are followed on the way to a path. The renderer has seen to it that they stay inside. */
async function linksOn(tree: GitTree, path: string): Promise<string[]> {
  const links: string[] = [];
  let names = path.split('/');
  let directory: string[] = [];
  while (names.length > 0 && links.length < MAX_HOPS) {
    const [name = '', ...rest] = names;
    names = rest;
    if (name === '' || name === '.') continue;
    if (name === '..') {
      directory = directory.slice(0, -1);
      continue;
    }
    const here = [...directory, name].join('/');
    const entry = (await tree.list(directory.join('/')))?.find((item) => item.name === name);
    if (entry?.type !== 'symlink') {
      directory = [...directory, name];
      continue;
    }
    links.push(here);
    const target = new TextDecoder().decode(await tree.read(here, { maxBytes: 4096 }));
    names = [...directory, ...target.split('/'), ...rest];
    directory = [];
  }
  return links;
}

/** What git has at a path; 'other' for a folder or a submodule. */
async function versionAt(tree: GitTree, path: string): Promise<FileVersion | 'other' | undefined> {
  const slash = path.lastIndexOf('/');
  const entries = await tree.list(slash < 0 ? '' : path.slice(0, slash));
  const entry = entries?.find(({ name }) => name === path.slice(slash + 1));
  if (entry === undefined) return undefined;
  if (entry.type === 'directory' || entry.type === 'submodule') return 'other';
  if (entry.type === 'symlink') return { id: entry.id, mode: '120000' };
  return { id: entry.id, mode: entry.executable === true ? '100755' : '100644' };
}

/** A file (or link) that stands where the path needs a folder, and that is not taken away anyhow. */
async function fileOnTheWay(
  tree: GitTree,
  path: string,
  changes: ReadonlyMap<string, FileVersion | null>,
): Promise<string | undefined> {
  const parts = path.split('/');
  for (let length = 1; length < parts.length; length++) {
    const parent = parts.slice(0, length).join('/');
    const version = await versionAt(tree, parent);
    if (version === undefined) return undefined;
    if (version !== 'other') return changes.get(parent) === null ? undefined : parent;
  }
  return undefined;
}
