import fc from 'fast-check';
import { gzipSync, zipSync } from 'fflate';
import { expect, test } from 'vitest';
import { unpack } from './archive.ts';

interface Entry {
  readonly name: string;
  readonly content?: string;
  /** `0` file, `5` folder, `2` symbolic link, `1` hard link, `L` long name, `x` pax */
  readonly type?: string;
}

/** A tar archive, damaged or not. */
function tar(...entries: readonly Entry[]): Uint8Array {
  const blocks = entries.flatMap(({ name, content = '', type = '0' }) => {
    const header = Buffer.alloc(512);
    header.write(name.slice(0, 100), 0);
    header.write('0000644\0', 100);
    header.write(`${Buffer.byteLength(content).toString(8).padStart(11, '0')}\0`, 124);
    header.write('        ', 148);
    header.write(type, 156);
    header.write('ustar\0', 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    const body = Buffer.from(content);
    return [header, body, Buffer.alloc((512 - (body.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

const text = (files: readonly { path: string; content: Uint8Array }[]) =>
  Object.fromEntries(files.map(({ path, content }) => [path, Buffer.from(content).toString()]));

test('unpack reads tar, tar.gz and zip', () => {
  const archive = tar(
    { name: 'a', type: '5' },
    { name: './a/b.rego', content: 'package b' },
    { name: 'c', content: '' },
  );
  const wanted = { 'a/b.rego': 'package b', c: '' };
  expect(text(unpack('x.tar', archive))).toEqual(wanted);
  expect(text(unpack('x.tar.gz', gzipSync(archive)))).toEqual(wanted);
  expect(text(unpack('x.zip', zipSync({ 'a/b.rego': Buffer.from('package b'), c: Buffer.alloc(0) })))).toEqual(wanted);
});

test('unpack knows long names', () => {
  const long = `${'d/'.repeat(80)}a.rego`;
  expect(
    text(unpack('x.tar', tar({ name: 'L', type: 'L', content: `${long}\0` }, { name: 'cut', content: '1' }))),
  ).toEqual({
    [long]: '1',
  });
  const record = ` path=${long}\n`;
  const pax = `${record.length + 3}${record}`;
  expect(text(unpack('x.tar', tar({ name: 'x', type: 'x', content: pax }, { name: 'cut', content: '1' })))).toEqual({
    [long]: '1',
  });
});

test.each([
  ['a path upwards', tar({ name: '../evil', content: 'x' })],
  ['a path upwards in the middle', tar({ name: 'a/../../evil', content: 'x' })],
  ['an absolute path', tar({ name: '/etc/evil', content: 'x' })],
  ['a drive', tar({ name: 'C:evil', content: 'x' })],
  ['a backslash', tar({ name: 'a\\..\\evil', content: 'x' })],
  ['a long name upwards', tar({ name: 'L', type: 'L', content: '../evil\0' }, { name: 'ok', content: 'x' })],
  ['a symbolic link', tar({ name: 'a', type: '2' })],
  ['a hard link', tar({ name: 'a', type: '1' })],
  ['a device', tar({ name: 'a', type: '3' })],
  ['a cut end', tar({ name: 'a', content: 'x'.repeat(2000) }).subarray(0, 1000)],
  ['a damaged header', Buffer.concat([Buffer.from('xx'), tar({ name: 'a', content: 'x' })])],
])('unpack refuses %s', (_, bytes) => {
  expect(() => unpack('x.tar', bytes)).toThrow(expect.objectContaining({ code: 'CHECK_ARCHIVE' }));
});

test('unpack refuses what leads out of a zip and what unfolds without end', () => {
  const evil = zipSync({ '../evil': Buffer.from('x') });
  expect(() => unpack('x.zip', evil)).toThrow(expect.objectContaining({ code: 'CHECK_ARCHIVE' }));
  const bomb = Buffer.from(gzipSync(Buffer.alloc(4096)));
  bomb.writeUInt32LE(0xffffffff, bomb.length - 4);
  expect(() => unpack('x.tgz', bomb)).toThrow(expect.objectContaining({ code: 'CHECK_ARCHIVE' }));
  bomb.writeUInt32LE(16, bomb.length - 4);
  expect(() => unpack('x.tgz', bomb)).toThrow(expect.objectContaining({ code: 'CHECK_ARCHIVE' }));
});

test('unpack of any bytes gives files or a coded error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3000 }), fc.constantFrom('x.tar', 'x.tgz', 'x.zip'), (bytes, name) => {
      try {
        unpack(name, bytes);
      } catch (error) {
        expect(error).toMatchObject({ code: 'CHECK_ARCHIVE' });
      }
    }),
  );
});
