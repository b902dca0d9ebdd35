import { decodeValue, type Edit, type Leaf, type ReadDocuments, replaceLeaf } from '../document.ts';
import { unflattenMetadata } from './flat-metadata.ts';
import { linesOf } from './lines.ts';

const METADATA_SECTION = 'sops';
/** What SOPS calls the section of keys before the first header. */
const FIRST_SECTION = 'DEFAULT';
const COMMENT = /^\s*[;#]/;

/** Reads INI as SOPS does: `key = value` in sections; `"""` begins a text of several lines, and quotes around a value go. */
export function readIni(text: string): ReadDocuments {
  const metadata: [string, string][] = [];
  const leaves: Leaf[] = [];
  const removals: Edit[] = [];
  let metadataOffset: number | undefined;
  let section = FIRST_SECTION;
  let readTo = 0;
  for (const line of linesOf(text)) {
    if (line.start < readTo) continue;
    const isMetadata = section === METADATA_SECTION;
    const header = /^\s*\[(.+)\]\s*$/.exec(line.text)?.[1];
    if (header !== undefined) {
      section = header.trim();
      if (section === METADATA_SECTION) metadataOffset ??= line.start;
    }
    if (section === METADATA_SECTION) removals.push({ start: line.start, end: line.next, text: '' });
    if (header !== undefined || line.text.trim() === '') continue;
    if (COMMENT.test(line.text)) {
      if (!isMetadata && line.text.includes('ENC[')) removals.push({ start: line.start, end: line.next, text: '' });
      continue;
    }
    const separator = line.text.search(/[=:]/);
    if (separator < 0) return { fault: { message: 'there is no = in the line', offset: line.start } };
    const key = line.text.slice(0, separator).trim();
    const value = line.text.slice(separator + 1);
    const start = line.start + separator + 1 + (value.length - value.trimStart().length);
    const written = valueAt(text, start, line.start + line.text.length);
    readTo = Math.max(line.next, written.end);
    if (isMetadata) metadata.push([key, written.text]);
    else leaves.push({ path: [section, key], start, end: written.end, text: written.text, macText: written.text });
  }
  if (metadataOffset === undefined) return { documents: [] };
  return {
    documents: [
      {
        metadata: unflattenMetadata(metadata),
        metadataOffset,
        leaves,
        removals,
        write: (value, leaf) => replaceLeaf(leaf, quote(decodeValue(value))),
      },
    ],
  };
}

function valueAt(text: string, start: number, lineEnd: number): { text: string; end: number } {
  for (const mark of ['"""', '`']) {
    if (!text.startsWith(mark, start)) continue;
    const end = text.indexOf(mark, start + mark.length);
    if (end >= 0) return { text: text.slice(start + mark.length, end), end: end + mark.length };
  }
  const value = text.slice(start, lineEnd).trimEnd();
  const isQuoted = value.length >= 2 && /^["']/.test(value) && value.endsWith(value.charAt(0));
  return { text: isQuoted ? value.slice(1, -1) : value, end: start + value.length };
}

function quote(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (text.includes('\n') || text.includes('`')) return `"""${text}"""`;
  return /[#;]|^\s|\s$|^(["']).*\1$/.test(text) ? `\`${text}\`` : text;
}
