import { parseYamlDocuments, SekishoError } from '@sekisho/base';
import { type ChartBlocks, splitEntries } from './index-blocks.ts';

/** A version of a chart as index.yaml has it. */
export interface IndexEntry {
  readonly version: string;
  /** Absolute, or relative to the repository. The first one counts, as in Helm. */
  readonly url: string | undefined;
  /** SHA-256 of the archive in hex; undefined: the index has none. */
  readonly digest: string | undefined;
}

export interface RepositoryIndex {
  /** Undefined: there is no such chart. @throws SekishoError CHART_REPOSITORY_INDEX */
  get(name: string): readonly IndexEntry[] | undefined;
}

/** What is read in one go. A larger index is read chart by chart, as far as it is written like Helm writes it. */
const MAX_PARSED = 5 * 1024 * 1024;

/**
 * Reads an index.yaml, which may be JSON. Indexes are large, and a few charts of them are asked for: those are parsed, when they are.
 * Entries without a version are left out, as Helm does.
 *
 * @param what names the index in messages
 * @throws SekishoError CHART_REPOSITORY_INDEX
 */
export function parseIndex(text: string, what: string): RepositoryIndex {
  if (text.trimStart().startsWith('{')) return wholeIndex(parseJson(text, what), what);
  const blocks = splitEntries(text);
  return blocks === undefined ? wholeIndex(parseYaml(text, what, 0), what) : indexOfBlocks(blocks, what);
}

function wholeIndex(value: unknown, what: string): RepositoryIndex {
  const entries = fields(value)?.['entries'];
  const charts = entries === null || entries === undefined ? {} : fields(entries);
  if (charts === undefined || fields(value)?.['apiVersion'] === undefined)
    throw invalid(what, 'it lacks apiVersion and entries');
  const index = new Map(Object.entries(charts).map(([name, versions]) => [name, readEntries(versions)]));
  return { get: (name) => index.get(name) };
}

function indexOfBlocks(blocks: ChartBlocks, what: string): RepositoryIndex {
  const known = new Map<string, readonly IndexEntry[]>();
  return {
    get(name) {
      const block = blocks.get(name);
      if (block === undefined) return undefined;
      const entries = known.get(name) ?? readEntries(fields(parseYaml(block.text, what, block.firstLine - 1))?.[name]);
      known.set(name, entries);
      return entries;
    },
  };
}

function readEntries(versions: unknown): readonly IndexEntry[] {
  return Array.isArray(versions) ? versions.flatMap(readEntry) : [];
}

function readEntry(value: unknown): IndexEntry[] {
  const { version, urls, digest } = fields(value) ?? {};
  if (typeof version !== 'string' || version === '') return [];
  const [url]: unknown[] = Array.isArray(urls) ? urls : [];
  // What is no text (digits that YAML took for a number) fits nothing: better than not to be looked at.
  const hex = String(digest ?? '')
    .replace(/^sha256:/, '')
    .toLowerCase();
  return [{ version, url: typeof url === 'string' ? url : undefined, digest: hex === '' ? undefined : hex }];
}

/** @param linesBefore of the file, when `text` is a part of it */
function parseYaml(text: string, what: string, linesBefore: number): unknown {
  const options = { file: 'index.yaml', duplicateKeys: 'warning', maxBytes: MAX_PARSED, maxDocuments: 1 } as const;
  const { documents, diagnostics } = parseYamlDocuments(text, options);
  const fault = diagnostics.find(({ severity }) => severity === 'error');
  if (fault !== undefined) {
    const { line, column } = fault.origin ?? {};
    throw invalid(what, `index.yaml${line === undefined ? '' : `:${line + linesBefore}:${column}`}: ${fault.message}`);
  }
  return documents[0]?.value;
}

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid(what, 'it is no JSON');
  }
}

function fields(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
}

function invalid(what: string, why: string): SekishoError {
  return new SekishoError('CHART_REPOSITORY_INDEX', `The index of ${what} can't be used: ${why}.`, {
    hint: 'Is this the address of a chart repository? It should serve index.yaml.',
  });
}
