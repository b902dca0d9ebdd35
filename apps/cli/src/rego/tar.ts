import { gzipSync } from 'node:zlib';

const BLOCK = 512;
const MAX_NAME = 100;

/**
 * A .tar.gz of files by path. It says nothing of when, where and by whom it was made: the same files give the same bytes.
 *
 * @see POSIX.1-2017, pax, "ustar Interchange Format"
 */
export function tarGz(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const blocks: Uint8Array[] = [];
  for (const [path, content] of files) {
    if (Buffer.byteLength(path) > MAX_NAME) {
      const record = Buffer.from(paxRecord(`path=${path}\n`));
      blocks.push(header('pax', record.length, 'x'), padded(record));
    }
    blocks.push(header(path, content.length, '0'), padded(content));
  }
  blocks.push(new Uint8Array(2 * BLOCK));
  return gzipSync(Buffer.concat(blocks), { level: 9 });
}

/** The length counts itself. */
function paxRecord(text: string): string {
  const bytes = Buffer.byteLength(text);
  let length = bytes + 2;
  while (`${length} `.length + bytes !== length) length++;
  return `${length} ${text}`;
}

function header(path: string, size: number, type: '0' | 'x'): Uint8Array {
  const block = Buffer.alloc(BLOCK);
  block.write(path.slice(0, MAX_NAME), 0, MAX_NAME, 'utf8');
  block.write('0000600\0', 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write('00000000000\0', 136);
  block.write('        ', 148);
  block.write(type, 156);
  block.write('ustar\u000000', 257);
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

function padded(content: Uint8Array): Uint8Array {
  const rest = content.length % BLOCK;
  return rest === 0 ? content : Buffer.concat([content, Buffer.alloc(BLOCK - rest)]);
}
