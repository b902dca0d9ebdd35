import type { Revision } from './types.ts';

export interface ParsedCommit extends Revision {
  readonly parents: readonly string[];
}

const maxSubject = 1024;

/** Parses a commit object. Strange people and dates (old histories have them) are read as well as they go. */
export function parseCommit(commit: string, data: Buffer): ParsedCommit {
  const end = data.indexOf('\n\n');
  const head = data.subarray(0, end < 0 ? data.length : end);
  const body = end < 0 ? Buffer.alloc(0) : data.subarray(end + 2, end + 2 + 64 * 1024);
  const headers = head.toString('latin1').split('\n');
  const decode = decoder(value(headers, 'encoding'));
  const author = decode(Buffer.from(value(headers, 'author') ?? '', 'latin1'));
  const person = /^(.*?) ?<([^>]*)>(?: +(-?\d+)(?: [+-]\d+)?)?/.exec(author);
  return {
    commit,
    tree: value(headers, 'tree') ?? '',
    parents: headers.filter((line) => line.startsWith('parent ')).map((line) => line.slice('parent '.length)),
    authorName: (person?.[1] ?? '').trim(),
    authorEmail: person?.[2] ?? '',
    authorDate: isoDate(Number(person?.[3] ?? 0)),
    message: subjectOf(decode(body)),
  };
}

function value(headers: readonly string[], name: string): string | undefined {
  return headers.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1);
}

function decoder(encoding: string | undefined): (bytes: Uint8Array) => string {
  try {
    const decode = new TextDecoder(encoding ?? 'utf-8');
    return (bytes) => decode.decode(bytes);
  } catch {
    return (bytes) => new TextDecoder().decode(bytes);
  }
}

function isoDate(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? new Date(0).toISOString() : date.toISOString();
}

/** The first paragraph on one line, as git's %s. */
function subjectOf(message: string): string {
  const [paragraph = ''] = message.replace(/^\s+/, '').split(/\n\s*\n/, 1);
  const subject = paragraph.trim().replace(/\s*\n\s*/g, ' ');
  return subject.length > maxSubject ? `${subject.slice(0, maxSubject - 1)}…` : subject;
}
