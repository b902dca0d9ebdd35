import fc from 'fast-check';
import { expect, it } from 'vitest';
import { repositoryName } from './index.ts';

it.each([
  ['https://forge.example/Org/Repo.git', 'forge.example/org/repo'],
  ['https://user:secret@forge.example:8443/org/repo/', 'forge.example/org/repo'],
  ['git@forge.example:org/repo.git', 'forge.example/org/repo'],
  ['ssh://git@forge.example:2222/org/repo.git', 'forge.example/org/repo'],
  ['forge.example:org/sub/repo', 'forge.example/org/sub/repo'],
  ['https://dev.azure.example/org/project/_git/repo', 'dev.azure.example/org/project/_git/repo'],
  ['git@ssh.dev.azure.example:v3/org/project/repo', 'dev.azure.example/org/project/_git/repo'],
  ['', undefined],
  ['https://forge.example/', undefined],
  ['not an address', undefined],
])('%s', (address, name) => {
  expect(repositoryName(address)).toBe(name);
});

it('never throws', () => {
  fc.assert(fc.property(fc.string(), (text) => void repositoryName(text)));
});
