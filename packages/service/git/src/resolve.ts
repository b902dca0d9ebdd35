import { SekishoError } from '@sekisho/base';
import { parseCommit } from './commit-object.ts';
import type { ObjectReader } from './object-reader.ts';
import { isRefName, type RefReader } from './refs.ts';
import { parseTagRange } from './tag-range.ts';
import type { Revision } from './types.ts';

const maxCommitBytes = 4 * 1024 * 1024;

/** Reads the commit that `name` (an object id, perhaps abbreviated) is or, as an annotated tag, leads to. */
export async function readCommit(reader: ObjectReader, name: string): Promise<Revision | undefined> {
  const object = await reader.contents(`${name}^{commit}`, { maxBytes: maxCommitBytes });
  if (object?.type !== 'commit') return undefined;
  const { parents: _, ...revision } = parseCommit(object.id, object.data);
  return revision;
}

/**
 * Branch, then tag, then commit, then HEAD, then a semver range of tags. References are read from their files, so that no
 * revision syntax of git (`@{…}`, `:/…`, `~`) can be reached from a user's text.
 * @throws SekishoError GIT_REVISION_UNKNOWN | GIT_REVISION_AMBIGUOUS
 */
export async function resolveRevision(
  revision: string,
  { refs, reader, url }: { refs: RefReader; reader: ObjectReader; url: string },
): Promise<Revision> {
  const text = revision === '' ? 'HEAD' : revision;
  const byRef = async (ref: string): Promise<Revision | undefined> => {
    const found = await refs.read(ref);
    const commit = found && (await readCommit(reader, found.id));
    if (found === undefined || commit === undefined) return undefined;
    const tag = /^refs\/tags\/(.*)$/.exec(ref)?.[1];
    return { ...commit, ref: found.ref, ...(tag === undefined ? {} : { tags: [tag] }) };
  };

  if (isRefName(text)) {
    const candidates = text.startsWith('refs/') ? [text] : [`refs/heads/${text}`, `refs/tags/${text}`];
    for (const candidate of candidates) {
      const found = await byRef(candidate);
      if (found !== undefined) return found;
    }
  }
  if (/^[0-9a-fA-F]{7,64}$/.test(text)) {
    const found = await readCommit(reader, text.toLowerCase());
    if (found !== undefined) return found;
  }
  if (text === 'HEAD') {
    const found = await byRef('HEAD');
    if (found !== undefined) return found;
  }
  const range = parseTagRange(text);
  if (range !== undefined) {
    const tags = [...(await refs.list('refs/tags/')).keys()].map((ref) => ref.slice('refs/tags/'.length));
    const best = range.best(tags);
    const found = best === undefined ? undefined : await byRef(`refs/tags/${best}`);
    if (found !== undefined) return found;
    throw unknown(url, text, 'No tag is a version inside this range.');
  }
  throw unknown(url, text, text === 'HEAD' ? 'The repository has no commit yet: push one.' : undefined);
}

function unknown(url: string, revision: string, hint: string | undefined): SekishoError {
  return new SekishoError('GIT_REVISION_UNKNOWN', `${url} has no revision ${JSON.stringify(revision.slice(0, 200))}`, {
    hint: hint ?? 'Name a branch, a tag, a commit (at least 7 digits) or a semver range of tags.',
  });
}
