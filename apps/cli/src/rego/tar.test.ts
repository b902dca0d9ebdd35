import { expect, it } from 'vitest';
import { unpack } from '../check/pull/archive.ts';
import { tarGz } from './tar.ts';

it.each([
  ['a short path', '/data.json'],
  ['a path of 100 bytes', `/${'a'.repeat(99)}`],
  ['a long path', `/${'folder/'.repeat(30)}é.rego`],
  ['a path whose record has one digit more', `/${'b'.repeat(992)}`],
])('tarGz keeps %s', (_, path) => {
  const files = new Map([
    [path, Buffer.from('content')],
    ['/empty.rego', Buffer.alloc(0)],
    ['/block.rego', Buffer.alloc(512, 'x')],
  ]);
  const unpacked = unpack('bundle.tar.gz', tarGz(files), true);
  expect(unpacked.map((file) => [`/${file.path}`, Buffer.from(file.content).toString()])).toEqual(
    [...files].map(([name, content]) => [name, content.toString()]),
  );
});
