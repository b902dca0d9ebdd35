import { decodeValue, type Edit, type Leaf, type ReadDocuments, replaceLeaf } from '../document.ts';
import { unflattenMetadata } from './flat-metadata.ts';
import { linesOf } from './lines.ts';

const PREFIX = 'sops_';

/** Reads `KEY=value` lines as SOPS does: nothing is a quote, `\n` is a line break, `#` begins a comment line. */
export function readDotenv(text: string): ReadDocuments {
  const metadata: [string, string][] = [];
  const leaves: Leaf[] = [];
  const removals: Edit[] = [];
  let metadataOffset: number | undefined;
  for (const line of linesOf(text)) {
    if (line.text === '') continue;
    if (line.text.startsWith('#')) {
      if (line.text.startsWith('#ENC[')) removals.push({ start: line.start, end: line.next, text: '' });
      continue;
    }
    const equals = line.text.indexOf('=');
    if (equals < 0) return { fault: { message: 'there is no = in the line', offset: line.start } };
    const key = line.text.slice(0, equals);
    const value = line.text.slice(equals + 1);
    if (key.startsWith(PREFIX)) {
      metadata.push([key.slice(PREFIX.length), value]);
      metadataOffset ??= line.start;
      removals.push({ start: line.start, end: line.next, text: '' });
      continue;
    }
    const start = line.start + equals + 1;
    const plain = value.replaceAll('\\n', '\n');
    leaves.push({ path: [key], start, end: start + value.length, text: plain, macText: plain });
  }
  if (metadataOffset === undefined) return { documents: [] };
  return {
    documents: [
      {
        metadata: unflattenMetadata(metadata),
        metadataOffset,
        leaves,
        removals,
        write: (value, leaf) => replaceLeaf(leaf, decodeValue(value)?.replaceAll('\n', '\\n')),
      },
    ],
  };
}
