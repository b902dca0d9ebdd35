import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseSource } from './source.ts';

test.each([
  ['oci://r.example/p:v1', { kind: 'oci', reference: 'oci://r.example/p:v1' }],
  ['oci::r.example/p:v1', { kind: 'oci', reference: 'r.example/p:v1' }],
  ['me.azurecr.io/p:v1', { kind: 'oci', reference: 'me.azurecr.io/p:v1' }],
  ['127.0.0.1:5000/p', { kind: 'oci', reference: '127.0.0.1:5000/p' }],
  [
    'git::https://g.example/a.git//sub/dir?ref=v1',
    { kind: 'git', url: 'https://g.example/a.git', ref: 'v1', folder: 'sub/dir' },
  ],
  ['git::ssh://git@g.example/a', { kind: 'git', url: 'ssh://git@g.example/a', ref: undefined, folder: '' }],
  ['https://g.example/a.git', { kind: 'git', url: 'https://g.example/a.git', ref: undefined, folder: '' }],
  ['github.com/a/b//policy', { kind: 'git', url: 'https://github.com/a/b', ref: undefined, folder: 'policy' }],
  ['git@g.example:a/b.git', { kind: 'git', url: 'git@g.example:a/b.git', ref: undefined, folder: '' }],
  ['./policies', { kind: 'file', path: './policies' }],
  ['file:///a/b', { kind: 'file', path: '/a/b' }],
])('parseSource(%j)', (text, wanted) => {
  expect(parseSource(text)).toEqual(wanted);
});

test('parseSource reads archives with a folder and a checksum', () => {
  expect(parseSource('https://w.example/p.tar.gz//kubernetes?checksum=sha256:ab')).toMatchObject({
    kind: 'http',
    url: new URL('https://w.example/p.tar.gz'),
    folder: 'kubernetes',
    checksum: 'sha256:ab',
  });
});

test.each([
  's3::https://s3.example/b',
  'hg::https://h.example/a',
  'git::--upload-pack=x',
  'git::ext::sh -c x',
  'git::https://g.example/a?ref=--x',
  'git::https://g.example/a//../..',
  'gopher://g.example/',
])('parseSource refuses %j', (text) => {
  expect(() => parseSource(text)).toThrow(expect.objectContaining({ code: 'CHECK_SOURCE' }));
});

test('parseSource of any text gives a source or a coded error, without what stands before an @', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.webUrl().map((url) => `git::${url}`),
      ),
      (text) => {
        try {
          parseSource(text);
        } catch (error) {
          expect(error).toMatchObject({ code: 'CHECK_SOURCE' });
        }
      },
    ),
  );
  expect(() => parseSource('gopher://me:secret@g.example/')).not.toThrow(/secret/);
});
