import { expect, test } from 'vitest';
import { redact, redactUrl } from './index.ts';

test('redact hides secrets as they are and as they look in a URL', () => {
  expect(redact('p@ss word, p%40ss%20word, p@ss', ['p@ss', 'p@ss word', 'x', ''])).toBe('******, ******, ******');
  expect(redact('a\ud800b', ['a\ud800b'])).toBe('******');
});

test.each([
  ['https://example.com/a.git', 'https://example.com/a.git'],
  ['https://user:secret@example.com/a.git', 'https://example.com/a.git'],
  ['https://token@example.com/a.git?access_token=x#y', 'https://example.com/a.git'],
  ['https://u:p@ss@example.com/a', 'https://example.com/a'],
  ['ssh://git@example.com:22/a.git', 'ssh://git@example.com:22/a.git'],
  ['ssh://git:secret@example.com/a.git', 'ssh://example.com/a.git'],
  ['git@example.com:team/a.git', 'git@example.com:team/a.git'],
  ['user:secret@example.com:team/a.git', 'user@example.com:team/a.git'],
  ['embedded:config', 'embedded:config'],
  ['/srv/git/a@b.git', '/srv/git/a@b.git'],
])('redactUrl(%s)', (url, expected) => {
  expect(redactUrl(url)).toBe(expected);
});
