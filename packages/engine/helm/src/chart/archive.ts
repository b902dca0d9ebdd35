import { SekishoError } from '@sekisho/base';
import { Gunzip } from 'fflate';
import { ChartFault } from '../fault.ts';
import type { HelmLimits } from '../limits.ts';
import type { ChartFile } from './chart.ts';

const BLOCK = 512;
const text = new TextDecoder();

/**
 * Files of a chart's .tgz, below the one folder that it holds. Links, devices, paths that leave the folder and absolute
 * ones are refused; what it unpacks to is bounded while it is unpacked.
 *
 * @throws ChartFault CHART_ARCHIVE_INVALID | CHART_TOO_LARGE
 */
export function unpackChart(archive: Uint8Array, file: string, limits: HelmLimits): ChartFile[] {
  const invalid = (message: string) => new ChartFault('CHART_ARCHIVE_INVALID', message, { file });
  const bytes = gunzip(archive, file, limits);
  const files: ChartFile[] = [];
  for (const { name, data, type } of entriesOf(bytes, invalid)) {
    if (type === 'folder' || type === 'metadata') continue;
    if (type === 'other')
      throw invalid(`chart archive entry ${JSON.stringify(name)} is no file: links are not followed`);
    const parts = name.replaceAll('\\', '/').split('/');
    if (name.includes('\0') || parts[0] === '' || /^[A-Za-z]:/.test(name))
      throw invalid('chart contains illegally named files');
    if (parts.includes('..')) throw invalid('chart illegally references parent directory');
    const clean = parts.filter((part) => part !== '' && part !== '.');
    if (clean[0] === 'Chart.yaml') throw invalid('chart yaml not in base directory');
    if (clean.length < 2) continue;
    if (data.length > limits.maxFileBytes) throw tooLargeFile(name, limits, file);
    if (files.length === limits.maxFiles) throw tooMany(limits, file);
    files.push({ name: clean.slice(1).join('/'), data: withoutMark(data) });
  }
  if (files.length === 0) throw invalid('no files in chart archive');
  return files;
}

function tooMany({ maxFiles }: HelmLimits, file: string): ChartFault {
  return new ChartFault('CHART_TOO_LARGE', `chart holds more than ${maxFiles} files`, { file });
}

export function tooLargeFile(name: string, { maxFileBytes }: HelmLimits, file: string): ChartFault {
  return new ChartFault(
    'CHART_TOO_LARGE',
    `chart file ${JSON.stringify(name)} is larger than the maximum file size ${maxFileBytes}`,
    { file },
  );
}

/** Without the byte order mark that some editors write. */
export function withoutMark(data: Uint8Array): Uint8Array {
  return data[0] === 0xef && data[1] === 0xbb && data[2] === 0xbf ? data.subarray(3) : data;
}

const GZIP_HEADER = 10;
/** How much is unpacked at once: the limit is looked at in between. */
const CHUNK = 4 * 1024;

function gunzip(archive: Uint8Array, file: string, { maxChartBytes }: HelmLimits): Uint8Array {
  const invalid = (message: string) => new ChartFault('CHART_ARCHIVE_INVALID', message, { file });
  if (archive.length < GZIP_HEADER) throw invalid('unexpected EOF');
  if (archive[0] !== 0x1f || archive[1] !== 0x8b) throw invalid('gzip: invalid header');
  const parts: Uint8Array[] = [];
  let length = 0;
  const unpacker = new Gunzip((part) => {
    length += part.length;
    if (length > maxChartBytes) {
      throw new ChartFault('CHART_TOO_LARGE', `decompressed chart is larger than the maximum size ${maxChartBytes}`, {
        file,
      });
    }
    parts.push(part);
  });
  try {
    for (let at = 0; at < archive.length; at += CHUNK) {
      unpacker.push(archive.subarray(at, at + CHUNK), at + CHUNK >= archive.length);
    }
  } catch (error) {
    if (error instanceof ChartFault) throw error;
    if (error instanceof SekishoError) throw error;
    throw invalid('unexpected EOF');
  }
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

interface TarEntry {
  readonly name: string;
  readonly data: Uint8Array;
  readonly type: 'file' | 'folder' | 'metadata' | 'other';
}

/** POSIX.1-1988 (ustar) with the long names of GNU and of pax. */
function* entriesOf(bytes: Uint8Array, invalid: (message: string) => ChartFault): Generator<TarEntry> {
  let longName: string | undefined;
  for (let at = 0; at + BLOCK <= bytes.length; ) {
    const header = bytes.subarray(at, at + BLOCK);
    at += BLOCK;
    if (header.every((byte) => byte === 0)) return;
    const size = Number.parseInt(field(header, 124, 12).trim() || '0', 8);
    if (!(size >= 0) || at + size > bytes.length) throw invalid('unexpected EOF');
    const data = bytes.subarray(at, at + size);
    at += Math.ceil(size / BLOCK) * BLOCK;
    const flag = String.fromCharCode(header[156] ?? 0);
    if (flag === 'L') {
      longName = text.decode(data).replace(/\0.*$/s, '');
      continue;
    }
    if (flag === 'x') {
      longName = paxPath(text.decode(data)) ?? longName;
      continue;
    }
    const prefix = field(header, 257, 5) === 'ustar' ? field(header, 345, 155) : '';
    const short = field(header, 0, 100);
    yield { name: longName ?? (prefix === '' ? short : `${prefix}/${short}`), data, type: typeOf(flag) };
    longName = undefined;
  }
}

function typeOf(flag: string): TarEntry['type'] {
  if (flag === '0' || flag === '\0' || flag === '7') return 'file';
  if (flag === '5') return 'folder';
  return flag === 'g' ? 'metadata' : 'other';
}

function field(header: Uint8Array, at: number, length: number): string {
  const part = header.subarray(at, at + length);
  const end = part.indexOf(0);
  return text.decode(end < 0 ? part : part.subarray(0, end));
}

/** Records `LENGTH KEY=VALUE\n`. */
function paxPath(records: string): string | undefined {
  return /(?:^|\n)\d+ path=([^\n]*)\n/.exec(records)?.[1];
}
