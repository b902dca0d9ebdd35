import type { PlainValue } from './encrypted-value.ts';

/** A value of a file, in the order of the file: lists and maps are what their values' paths tell. */
export interface Leaf {
  /** Keys on the way; indexes of lists are not part of it. Bound to what is encrypted. */
  readonly path: readonly string[];
  /** Where its text stands in the file, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
  /** Of a text; undefined for numbers, booleans and times, which are never encrypted. */
  readonly text: string | undefined;
  /** What the MAC is made of when the value is not encrypted. */
  readonly macText: string;
}

/** Replaces a part of the file's text. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** One SOPS file: all documents of a YAML file that share one MAC. */
export interface SopsDocument {
  /** What stands under `sops`; scalars as text. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Where the metadata stands, for messages. */
  readonly metadataOffset: number;
  readonly leaves: readonly Leaf[];
  /** Takes the metadata out, and what is encrypted but no value (comments). */
  readonly removals: readonly Edit[];
  /** Puts a value in its place; undefined when the format has no way to. */
  readonly write: (value: PlainValue, leaf: Leaf) => Edit | undefined;
}

export type ReadDocuments =
  | { readonly documents: readonly SopsDocument[] }
  | { readonly fault: { readonly message: string; readonly offset: number } };

/** The edit that puts a text in the place of a value; none without a text. */
export function replaceLeaf({ start, end }: Leaf, text: string | undefined): Edit | undefined {
  return text === undefined ? undefined : { start, end, text };
}

/** Makes edits that don't overlap. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = '';
  let at = 0;
  for (const edit of [...edits].sort((a, b) => a.start - b.start)) {
    result += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + text.slice(at);
}

/** Nothing, with as many line breaks as there were: what follows keeps its line. */
export function removal(text: string, start: number, end: number): Edit {
  return { start, end, text: text.slice(start, end).replace(/[^\n]+/g, '') };
}

/** The text of a value; undefined when it is no UTF-8. */
export function decodeValue({ bytes }: PlainValue): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
