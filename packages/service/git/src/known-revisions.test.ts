import { describe, expect, it } from 'vitest';
import { createKnownRevisions } from './known-revisions.ts';
import type { Revision } from './types.ts';

function revision(commit: string): Revision {
  return { commit, tree: '', authorName: '', authorEmail: '', authorDate: '', message: '' };
}

describe('createKnownRevisions', () => {
  it('reads a name once between two writes', async () => {
    let reads = 0;
    const known = createKnownRevisions(async () => revision(String(++reads)));
    expect((await known.resolve('main')).commit).toBe('1');
    expect((await known.resolve('main')).commit).toBe('1');
    await known.whileWriting(async () => {});
    expect((await known.resolve('main')).commit).toBe('2');
  });

  it('remembers nothing that it read while something was written', async () => {
    let now = 'old';
    const known = createKnownRevisions(async () => revision(now));
    await known.whileWriting(async () => {
      expect((await known.resolve('main')).commit).toBe('old');
      now = 'new';
      expect((await known.resolve('main')).commit).toBe('new');
    });
    expect((await known.resolve('main')).commit).toBe('new');
  });

  it('does not keep what a read that a write overtook has found', async () => {
    let finish: (found: Revision) => void = () => {};
    let next = new Promise<Revision>((resolve) => {
      finish = resolve;
    });
    const known = createKnownRevisions(() => next);
    const early = known.resolve('main');
    await known.whileWriting(async () => {});
    next = Promise.resolve(revision('new'));
    finish(revision('old'));
    expect((await early).commit).toBe('old');
    expect((await known.resolve('main')).commit).toBe('new');
  });

  it('does not keep failures', async () => {
    let broken = true;
    const known = createKnownRevisions(async () => {
      if (broken) throw new Error('unreadable');
      return revision('1');
    });
    await expect(known.resolve('main')).rejects.toThrow('unreadable');
    broken = false;
    expect((await known.resolve('main')).commit).toBe('1');
  });
});
