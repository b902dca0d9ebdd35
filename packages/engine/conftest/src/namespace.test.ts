import { expect, test } from 'vitest';
import { selectNamespaces } from './namespace.ts';

const available = ['main', 'k8s.simple', 'k8s.simple.deployment', 'commands'];

test.each([
  [['main'], ['main']],
  [['missing'], ['missing']],
  [['k8s.*'], ['k8s.simple', 'k8s.simple.deployment']],
  [['*'], ['commands', 'k8s.simple', 'k8s.simple.deployment', 'main']],
  [
    ['c*', 'm?in', 'main'],
    ['commands', 'main'],
  ],
  [['[a-c]*'], ['commands']],
  [['[!a-k]*'], ['main']],
  [['x*'], []],
])('selectNamespaces(%j)', (patterns, wanted) => {
  expect(selectNamespaces(patterns, available)).toEqual(wanted);
});

test('selectNamespaces refuses what is no pattern', () => {
  expect(() => selectNamespaces(['a[b'], available)).toThrow(expect.objectContaining({ code: 'CHECK_NAMESPACE' }));
});
