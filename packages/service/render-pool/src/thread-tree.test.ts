import { createHash } from 'node:crypto';
import { SekishoError } from '@sekisho/base';
import type { FileTree, TreeEntry } from '@sekisho/render';
import { describe, expect, it } from 'vitest';
import { createAnswerer, type Question } from './questions.ts';
import { type Ask, type ContentCache, createContentCache, ThreadTree } from './thread-tree.ts';

const idOf = (text: string) => createHash('sha1').update(text).digest('hex');

/** A tree as git has it: `a/b/file.yaml` and a link. */
const ENTRIES: Readonly<Record<string, readonly TreeEntry[]>> = {
  '': [
    { name: 'a', type: 'directory', id: idOf('a') },
    { name: 'link', type: 'symlink', id: idOf('link') },
  ],
  a: [{ name: 'b', type: 'directory', id: idOf('b') }],
  'a/b': [{ name: 'file.yaml', type: 'file', id: idOf('file') }],
};
const TREE: FileTree = {
  list: async (path) => ENTRIES[path],
  async read(path, { maxBytes }) {
    if (path !== 'a/b/file.yaml') throw new SekishoError('TREE_NOT_FOUND', `there is no ${path}`);
    const bytes = Buffer.from('content');
    if (bytes.length > maxBytes) throw new SekishoError('TREE_TOO_LARGE', 'too large');
    return bytes;
  },
  idOf: async (path) => (path === '' ? idOf('root') : undefined),
};

function open(rootId: string | undefined, cache: ContentCache = createContentCache()) {
  const asked: string[] = [];
  const answer = createAnswerer([TREE], {}, () => undefined);
  const ask = ((question: Question) => {
    asked.push('path' in question ? `${question.kind} ${question.path}` : question.kind);
    return answer(question);
  }) as Ask;
  return { asked, tree: new ThreadTree(0, rootId, ask, cache) };
}

const ANY = { maxBytes: 1000 };

describe('ThreadTree', () => {
  it('asks for a folder and a file once, whoever reads them', async () => {
    const cache = createContentCache();
    const first = open(idOf('root'), cache);
    expect(Buffer.from(await first.tree.read('a/b/file.yaml', ANY)).toString()).toBe('content');
    expect(first.asked).toEqual(['list ', 'list a', 'list a/b', 'read a/b/file.yaml']);
    const second = open(idOf('root'), cache);
    expect(Buffer.from(await second.tree.read('a/b/file.yaml', ANY)).toString()).toBe('content');
    expect(await second.tree.list('a')).toBe(await first.tree.list('a'));
    expect(await second.tree.idOf('a/b/file.yaml')).toBe(idOf('file'));
    expect(second.asked).toEqual([]);
  });

  it('says what the tree says', async () => {
    for (const rootId of [idOf('root'), undefined]) {
      const { tree } = open(rootId);
      expect(await tree.list('nope')).toBeUndefined();
      expect(await tree.list('a/b')).toEqual(ENTRIES['a/b']);
      expect(await tree.idOf('')).toBe(idOf('root'));
      expect(await tree.idOf('a/nope')).toBeUndefined();
      await expect(tree.read('a/b', ANY)).rejects.toMatchObject({ code: 'TREE_NOT_FOUND' });
      await expect(tree.read('a/b/file.yaml', { maxBytes: 3 })).rejects.toMatchObject({ code: 'TREE_TOO_LARGE' });
      await tree.read('a/b/file.yaml', ANY);
      await expect(tree.read('a/b/file.yaml', { maxBytes: 3 })).rejects.toMatchObject({ code: 'TREE_TOO_LARGE' });
    }
  });

  it('trusts only ids that git made', async () => {
    const cache = createContentCache();
    await open('root-1', cache).tree.read('a/b/file.yaml', ANY);
    expect([cache.listings.size, cache.contents.size]).toEqual([0, 0]);
  });
});
