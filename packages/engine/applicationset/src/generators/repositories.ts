import type { FileTree, TreeEntry } from '@sekisho/render';
import type { GeneratorSources, SourceOptions, TreeRequest } from '../sources.ts';
import type { PathPattern } from './path-pattern.ts';

/** The repositories that a run reads: each tree is opened once, and its directories are listed once. */
export interface Repositories {
  open(request: TreeRequest): Promise<Repository>;
  /** All that were opened. */
  opened(): readonly TreeRequest[];
}

export interface Repository {
  readonly tree: FileTree;
  /** Paths of directories or files, in the order of a walk, that one of the patterns may match. @throws TooManyPaths */
  paths(type: 'directory' | 'file', patterns: readonly PathPattern[]): Promise<readonly string[]>;
}

export class TooManyPaths extends Error {}

export function createRepositories(sources: GeneratorSources, options: SourceOptions, maxPaths: number): Repositories {
  const known = new Map<string, { request: TreeRequest; repository: Promise<Repository> }>();
  return {
    async open(request) {
      const key = JSON.stringify([request.repoURL, request.revision]);
      let entry = known.get(key);
      if (entry === undefined) {
        const repository = sources.tree(request, options).then((tree) => createRepository(tree, options, maxPaths));
        entry = { request, repository };
        known.set(key, entry);
      }
      return entry.repository;
    },
    opened: () => [...known.values()].map(({ request }) => request),
  };
}

function createRepository(tree: FileTree, { signal }: SourceOptions, maxPaths: number): Repository {
  const listed = new Map<string, readonly TreeEntry[]>();
  async function list(directory: string): Promise<readonly TreeEntry[]> {
    const known = listed.get(directory);
    if (known !== undefined) return known;
    signal?.throwIfAborted();
    const entries = [...((await tree.list(directory)) ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1));
    listed.set(directory, entries);
    return entries;
  }
  return {
    tree,
    async paths(type, patterns) {
      const found: string[] = [];
      let seen = 0;
      const walk = async (directory: string): Promise<void> => {
        for (const { name, type: kind } of await list(directory)) {
          if (++seen > maxPaths) throw new TooManyPaths(`more than ${maxPaths} files and directories to look at`);
          const path = directory === '' ? name : `${directory}/${name}`;
          if (kind === 'directory') {
            // Argo CD has no eyes for hidden directories, and none for what lies in them.
            if (type === 'directory' && name.startsWith('.')) continue;
            if (type === 'directory') found.push(path);
            if (patterns.some((pattern) => pattern.mayHold(path))) await walk(path);
          } else if (kind === 'file' && type === 'file') found.push(path);
        }
      };
      if (patterns.length > 0) await walk('');
      return found;
    },
  };
}
