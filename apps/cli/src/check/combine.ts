import type { CheckDocument, InputPath } from '@sekisho/conftest';
import type { InputFile } from './input-files.ts';

/** An entry of the one input that `--combine` makes. */
export interface CombinedEntry {
  readonly path: string;
  readonly contents: unknown;
}

/** All documents of all files, by path; a file with several documents has several entries. */
export function combinedEntries(inputs: readonly InputFile[]): CombinedEntry[] {
  return documentsByPath(inputs).map(({ path, document }) => ({ path, contents: document.value }));
}

/** The one document of all files; it knows in which file a path stands. */
export function combineInputs(inputs: readonly InputFile[]): CheckDocument {
  const documents = documentsByPath(inputs);
  return {
    input: combinedEntries(inputs),
    positionOf(path: InputPath) {
      const [index, key, ...rest] = path;
      if (typeof index !== 'number') return undefined;
      const entry = documents[index];
      if (entry === undefined || (key !== undefined && key !== 'contents' && key !== 'path')) return undefined;
      const position = entry.document.positionOf(key === 'contents' ? rest : []);
      return position === undefined ? undefined : { ...position, file: entry.path };
    },
  };
}

function documentsByPath(inputs: readonly InputFile[]) {
  const sorted = [...inputs].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  return sorted.flatMap(({ path, documents }) => documents.map((document) => ({ path, document })));
}
