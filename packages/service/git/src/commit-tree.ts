import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SekishoError } from '@sekisho/base';
import type { GitCommand } from './command.ts';
import type { FileVersion, Person } from './types.ts';

export interface NewCommit {
  readonly parent: string;
  /** What differs from the parent, by path; null: the file is gone. */
  readonly changes: ReadonlyMap<string, FileVersion | null>;
  readonly message: string;
  readonly author: Person;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes one commit out of files that the repository has already, in an index of its own: no checkout, and no reference
 * moves. A file in the place of a folder (or the other way round) takes it.
 *
 * @returns the commit's id, and the id of its tree
 * @throws SekishoError GIT_COMMIT_FAILED
 */
export async function writeCommit(
  command: GitCommand,
  gitDir: string,
  commit: NewCommit,
): Promise<{ commit: string; tree: string }> {
  const index = join(gitDir, `sekisho-index-${randomBytes(6).toString('hex')}`);
  const { signal } = commit;
  async function git(args: readonly string[], input?: string | Uint8Array): Promise<string> {
    const result = await command.run(args, {
      gitDir,
      env: { GIT_INDEX_FILE: index },
      signal,
      ...(input === undefined ? {} : { input }),
    });
    if (result.code === 0) return result.stdout.toString('latin1').trim();
    throw new SekishoError('GIT_COMMIT_FAILED', `the commit was not made: ${result.stderr.trim().slice(-500)}`);
  }
  try {
    await git(['read-tree', commit.parent]);
    await git(['update-index', '-z', '--index-info'], indexInfo(commit.changes, commit.parent.length));
    const tree = await git(['write-tree']);
    const id = await git(['hash-object', '-t', 'commit', '-w', '--stdin'], commitObject(commit, tree));
    return { commit: id, tree };
  } finally {
    await rm(index, { force: true });
    await rm(`${index}.lock`, { force: true });
  }
}

/** Deletions first, so that a folder can stand where a file was. */
function indexInfo(changes: NewCommit['changes'], idLength: number): Buffer {
  const gone: string[] = [];
  const there: string[] = [];
  for (const [path, file] of changes) {
    if (file === null) gone.push(`0 ${'0'.repeat(idLength)}\t${path}\0`);
    else there.push(`${file.mode} ${file.id}\t${path}\0`);
  }
  return Buffer.from([...gone, ...there].join(''));
}

/** The bytes of a commit object. */
function commitObject({ author, message, parent, now }: NewCommit, tree: string): Buffer {
  const seconds = Math.trunc(now / 1000);
  const who = `${personField(author.name) || 'unknown'} <${personField(author.email)}> ${seconds} +0000`;
  const head = `tree ${tree}\nparent ${parent}\nauthor ${who}\ncommitter ${who}\n`;
  return Buffer.from(`${head}\n${message.replace(/\0/g, '').trimEnd()}\n`);
}

/** A name or address without what would end its field. */
export function personField(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must go
  return text.replace(/[<>\u0000-\u001f]/g, ' ').trim();
}
