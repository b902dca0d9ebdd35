import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ChartFault } from '../fault.ts';
import { lockDigest, parseLock } from './lock.ts';

test('a lock has its dependencies and its digest', () => {
  const text = 'dependencies:\n- {name: a, repository: "https://x", version: 1.2.3}\n- name: b\ndigest: sha256:1\n';
  expect(parseLock(text, 'app/Chart.lock')).toEqual({
    digest: 'sha256:1',
    dependencies: [
      { name: 'a', repository: 'https://x', version: '1.2.3' },
      { name: 'b', repository: '', version: '' },
    ],
  });
  expect(parseLock('', 'Chart.lock')).toEqual({ digest: '', dependencies: [] });
});

test('the digest is that of Helm 4.1.4 for a dependency without a repository', () => {
  const dependency = { condition: '', tags: [], enabled: false, importValues: [], alias: '' };
  const declared = [
    { ...dependency, name: 'common', version: '>=1 <2', repository: 'file://../common' },
    { ...dependency, name: 'other', version: '1.x', repository: '' },
  ];
  const locked = [
    { name: 'common', repository: 'file://../common', version: '1.2.3' },
    { name: 'other', repository: '', version: '1.x' },
  ];
  expect(lockDigest(declared, locked)).toBe('sha256:9b83fef79f1e2bd044f0e9e9c4dc5749b92bc28c83947eb0a055e5eb5eb6661c');
});

const part = fc.oneof(
  fc.string(),
  fc.constantFrom('dependencies:\n', '- name: a\n', 'digest: ', '  version: 1\n', 'null', '[', '{', '*x', '\n'),
);

test('any text is a lock or a fault of the chart', () => {
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
      try {
        parseLock(parts.join(''), 'Chart.lock');
      } catch (error) {
        expect(error).toBeInstanceOf(ChartFault);
      }
    }),
  );
});
