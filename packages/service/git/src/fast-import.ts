import { SekishoError } from '@sekisho/base';
import type { GitCommand } from './command.ts';
import { personField } from './commit-tree.ts';
import type { Content } from './content.ts';
import type { CommitRequest } from './types.ts';

const attempts = 5;

/**
 * Adds one commit through one `git fast-import` process. It refuses to move a branch to a commit that does not contain the
 * branch's tip, which makes this optimistic: when somebody pushed in between, the commit is made again on the new tip.
 */
export async function commitFiles(content: Content, command: GitCommand, request: CommitRequest): Promise<string> {
  const ref = `refs/heads/${request.branch}`;
  for (let attempt = 1; ; attempt++) {
    const parent = (await content.refs.read(ref))?.id;
    const stream = await importStream(content, request, ref, parent);
    if (stream === undefined && parent !== undefined) return parent;
    const result = await command.run(['fast-import', '--quiet', '--date-format=now'], {
      gitDir: content.gitDir,
      input: stream ?? '',
      maxOutputBytes: 4096,
    });
    const commit = result.stdout.toString('latin1').trim();
    if (result.code === 0 && /^[0-9a-f]{40,64}$/.test(commit)) return commit;
    const raced = /new tip [0-9a-f]+ does not contain|cannot lock ref/.test(result.stderr);
    if (!raced || attempt >= attempts) {
      throw new SekishoError('GIT_COMMIT_FAILED', `the commit was not made: ${firstLine(result.stderr)}`, {
        retryable: raced,
      });
    }
  }
}

/** Undefined: no file differs from the parent. */
async function importStream(
  content: Content,
  request: CommitRequest,
  ref: string,
  parent: string | undefined,
): Promise<Buffer | undefined> {
  const parts: (string | Uint8Array)[] = [];
  const who = `${personField(request.author.name)} <${personField(request.author.email)}> now`;
  const message = Buffer.from(request.message.endsWith('\n') ? request.message : `${request.message}\n`);
  parts.push(`commit ${ref}\nmark :1\nauthor ${who}\ncommitter ${who}\ndata ${message.length}\n`, message, '\n');
  if (parent !== undefined) parts.push(`from ${parent}\n`);
  const tree = parent === undefined ? undefined : content.tree(parent);
  let changes = 0;
  for (const [path, text] of Object.entries(request.files)) {
    checkPath(path);
    const slash = path.lastIndexOf('/');
    const siblings = await tree?.list(slash < 0 ? '' : path.slice(0, slash));
    const entry = siblings?.find(({ name }) => name === path.slice(slash + 1));
    if (text === null) {
      if (entry === undefined) continue;
      changes += 1;
      parts.push(`D ${quote(path)}\n`);
      continue;
    }
    const data = typeof text === 'string' ? Buffer.from(text) : text;
    if (entry?.type === 'file' && (await isSame(tree, path, data))) continue;
    changes += 1;
    const mode = entry?.type === 'file' && entry.executable === true ? '100755' : '100644';
    parts.push(`M ${mode} inline ${quote(path)}\ndata ${data.length}\n`, data, '\n');
  }
  if (changes === 0 && parent !== undefined) return undefined;
  parts.push('\nget-mark :1\n');
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
}

async function isSame(tree: ReturnType<Content['tree']> | undefined, path: string, data: Uint8Array): Promise<boolean> {
  try {
    const now = await tree?.read(path, { maxBytes: data.length });
    return now !== undefined && Buffer.compare(now, data) === 0;
  } catch (error) {
    if (error instanceof SekishoError && error.code === 'TREE_TOO_LARGE') return false;
    throw error;
  }
}

function checkPath(path: string): void {
  const bad =
    path === '' ||
    path.includes('\0') ||
    path.split('/').some((part) => part === '' || part === '.' || part === '..' || /^\.git$/i.test(part));
  if (bad) throw new SekishoError('GIT_PATH_INVALID', `${JSON.stringify(path)} cannot be a file's path in git`);
}

/** A path as fast-import reads it: in quotes, with C escapes. */
function quote(path: string): string {
  return `"${path.replace(/["\\]/g, '\\$&').replace(/\n/g, '\\n')}"`;
}

function firstLine(stderr: string): string {
  const line = stderr.split('\n').find((text) => text.trim() !== '') ?? 'git gave no reason';
  return line.slice(0, 500);
}
