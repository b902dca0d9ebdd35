import { type Clock, createLru, type Logger, SekishoError } from '@sekisho/base';
import { isAncestor } from './ancestry.ts';
import type { GitCommand } from './command.ts';
import { parseCommit } from './commit-object.ts';
import { createGitTree, createTreeLoader, type TreeCache } from './git-tree.ts';
import { createKnownRevisions } from './known-revisions.ts';
import { createObjectReader, type ObjectReader } from './object-reader.ts';
import { createRefReader, type RefReader } from './refs.ts';
import { resolveRevision } from './resolve.ts';
import { parseSignedCommit, type SignedCommit } from './signature/signed-commit.ts';
import type { GitTree, LogOptions, RefChange, Revision } from './types.ts';

/** What every repository needs to be read. */
export interface ContentContext {
  readonly command: GitCommand;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly readerIdleMs: number;
  readonly treeCache: TreeCache;
}

/** A bare repository on disk, as something to read. */
export interface Content {
  readonly gitDir: string;
  readonly reader: ObjectReader;
  readonly refs: RefReader;
  resolve(revision: string): Promise<Revision>;
  /** Everything that may move references runs in here: {@link KnownRevisions}. */
  whileWriting<T>(write: () => Promise<T>): Promise<T>;
  tree(commit: string): GitTree;
  log(options: LogOptions): Promise<Revision[]>;
  signedCommit(commit: string): Promise<SignedCommit>;
  /** What moved between two pictures of all references. */
  changes(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): Promise<RefChange[]>;
  close(): Promise<void>;
}

const maxCommitBytes = 4 * 1024 * 1024;
const maxLog = 1000;
const maxTrees = 16;

export function openContent(gitDir: string, url: string, context: ContentContext): Content {
  const { command } = context;
  const reader = createObjectReader({ ...context, gitDir, idleMs: context.readerIdleMs });
  const refs = createRefReader(gitDir);
  const loader = createTreeLoader(reader, context.treeCache);
  const { resolve, whileWriting } = createKnownRevisions((revision) =>
    resolveRevision(revision, { refs, reader, url }),
  );
  /** Many applications look at one commit: its root is looked up once. */
  const trees = createLru<string, GitTree>({ maxWeight: maxTrees });

  function openTree(commit: string): GitTree {
    let root: Promise<string> | undefined;
    const findRoot = async () => {
      const object = /^[0-9a-f]{40,64}$/.test(commit) ? await reader.info(`${commit}^{tree}`) : undefined;
      if (object === undefined) {
        throw new SekishoError('GIT_REVISION_UNKNOWN', `${url} has no commit ${JSON.stringify(commit.slice(0, 80))}`);
      }
      return object.id;
    };
    return createGitTree(reader, loader, () => {
      // A failure is not kept: the commit may arrive with the next push.
      root ??= findRoot().catch((error) => {
        root = undefined;
        throw error;
      });
      return root;
    });
  }

  return {
    gitDir,
    reader,
    refs,
    resolve,
    whileWriting,
    tree(commit) {
      const known = trees.get(commit);
      if (known !== undefined) return known;
      const tree = openTree(commit);
      trees.set(commit, tree);
      return tree;
    },
    async log({ revision, path, paths = [], since, max, signal }) {
      const { commit } = await resolve(revision);
      const before = since === undefined ? [] : [`^${(await resolve(since)).commit}`];
      const count = Math.max(1, Math.min(maxLog, Math.trunc(max)));
      const args = ['log', '-z', '--format=raw', '--no-color', '--no-decorate', `--max-count=${count}`, commit];
      const touching = [...(path ? [path] : []), ...paths];
      const { code, stdout, stderr } = await command.run([...args, ...before, '--', ...touching], { gitDir, signal });
      if (code !== 0) throw new SekishoError('GIT_FAILED', `git log failed in ${url}: ${stderr.trim().slice(-500)}`);
      return parseRawLog(stdout);
    },
    async signedCommit(commit) {
      const object = /^[0-9a-f]{40,64}$/.test(commit)
        ? await reader.contents(commit, { maxBytes: maxCommitBytes })
        : undefined;
      if (object?.type !== 'commit') {
        throw new SekishoError('GIT_REVISION_UNKNOWN', `${url} has no commit ${JSON.stringify(commit.slice(0, 80))}`);
      }
      return parseSignedCommit(object.id, object.data);
    },
    async changes(before, after) {
      const found: RefChange[] = [];
      for (const ref of new Set([...before.keys(), ...after.keys()])) {
        const old = before.get(ref) ?? '';
        const next = after.get(ref) ?? '';
        if (old === next) continue;
        const branch = ref.startsWith('refs/heads/') && old !== '' && next !== '';
        const rewritten = branch && !(await isAncestor(old, next, { reader, command, gitDir }));
        found.push({ ref, old, new: next, ...(rewritten ? { rewritten } : {}) });
      }
      return found;
    },
    close: () => reader.close(),
  };
}

/** `git log -z --format=raw`: per commit `commit ID`, then the object with its message indented by four spaces. */
function parseRawLog(output: Buffer): Revision[] {
  const revisions: Revision[] = [];
  let offset = 0;
  while (offset < output.length) {
    const nul = output.indexOf(0, offset);
    const end = nul < 0 ? output.length : nul;
    const record = output.subarray(offset, end);
    offset = end + 1;
    const newline = record.indexOf(10);
    const id = record.toString('latin1', 'commit '.length, newline).split(' ', 1)[0] ?? '';
    const { parents: _, ...revision } = parseCommit(id, record.subarray(newline + 1));
    revisions.push(revision);
  }
  return revisions;
}
