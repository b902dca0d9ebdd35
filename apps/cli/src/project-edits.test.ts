import { describe, expect, it } from 'vitest';
import { addEntry, addText, changeAt, changeRole, moveKind, removeEntry, removeText } from './project-edits.ts';

const kind = { group: 'apps', kind: 'Deployment' };

describe('edits of a project', () => {
  it.each<[title: string, edit: (spec: Record<string, unknown>) => unknown, from: object, to: object]>([
    ['a text is added', addText('sourceRepos', 'a'), {}, { sourceRepos: ['a'] }],
    ['a text is removed', removeText('sourceRepos', 'a'), { sourceRepos: ['a', 'b'] }, { sourceRepos: ['b'] }],
    [
      'an entry is added',
      addEntry('destinations', { server: 'x' }),
      { roles: [] },
      { roles: [], destinations: [{ server: 'x' }] },
    ],
    [
      'an entry is removed',
      removeEntry('l', { server: 'x' }),
      { l: [{ server: 'x', name: '' }, { server: 'y' }] },
      { l: [{ server: 'y' }] },
    ],
    [
      'an entry with more in it is another one',
      removeEntry('l', kind),
      { l: [{ ...kind, name: 'x' }] },
      { l: [{ ...kind, name: 'x' }] },
    ],
    ['a kind is moved', moveKind(kind, 'no', 'yes'), { no: [kind] }, { no: [], yes: [kind] }],
    ['an entry is changed', changeAt('l', 1, (entry) => ({ ...entry, a: 1 })), { l: [{}, {}] }, { l: [{}, { a: 1 }] }],
    ['an entry is taken out', changeAt('l', 0, () => undefined), { l: [{}, { a: 1 }] }, { l: [{ a: 1 }] }],
    [
      'a role is changed',
      changeRole('b', (role) => ({ ...role, groups: ['g'] })),
      { roles: [{ name: 'a' }, { name: 'b' }] },
      { roles: [{ name: 'a' }, { name: 'b', groups: ['g'] }] },
    ],
  ])('%s', (_title, edit, from, to) => {
    const before = structuredClone(from);
    expect(edit(from as Record<string, unknown>)).toEqual(to);
    expect(from).toEqual(before);
  });

  it.each([
    addText('l', 'a'),
    removeText('l', 'b'),
    addEntry('e', { a: 1 }),
    removeEntry('e', { a: 2 }),
    moveKind({ a: 1 }, 'x', 'e'),
  ])('nothing to do gives the same spec (%#)', (edit) => {
    const spec = { l: ['a'], e: [{ a: 1 }] };
    expect(edit(spec)).toBe(spec);
  });

  it('what is not there can not be changed', () => {
    expect(() => changeAt('l', 3, (entry) => entry)({ l: [] })).toThrow('l has no entry 3; it has 0');
    expect(() => changeRole('x', (role) => role)({})).toThrow('there is no role x');
  });
});
