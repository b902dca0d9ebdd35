import { parseYamlGradually, SekishoError } from '@sekisho/base';

/** A version of a chart as index.yaml has it. */
export interface IndexEntry {
  readonly version: string;
  /** Absolute, or relative to the repository. The first one counts, as in Helm. */
  readonly url: string | undefined;
  /** SHA-256 of the archive in hex; undefined: the index has none. */
  readonly digest: string | undefined;
}

/** Charts by name. What else the index says of them is forgotten: indexes are large. */
export type RepositoryIndex = ReadonlyMap<string, readonly IndexEntry[]>;

/**
 * Reads an index.yaml, which may be JSON. Entries without a version are left out, as Helm does.
 *
 * @param what   names the index in messages
 * @param pause  lets others have their turn
 * @throws SekishoError CHART_REPOSITORY_INDEX
 */
export async function parseIndex(
  text: string,
  what: string,
  options: { readonly maxBytes: number; readonly pause: () => Promise<void> },
): Promise<RepositoryIndex> {
  const value = text.trimStart().startsWith('{') ? parseJson(text, what) : await parseYaml(text, what, options);
  const entries = fields(value)?.['entries'];
  const charts = entries === null || entries === undefined ? {} : fields(entries);
  if (charts === undefined || fields(value)?.['apiVersion'] === undefined) {
    throw invalid(what, 'it lacks apiVersion and entries');
  }
  const index = new Map<string, readonly IndexEntry[]>();
  for (const [name, versions] of Object.entries(charts)) {
    if (Array.isArray(versions)) index.set(name, versions.flatMap(readEntry));
  }
  return index;
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

async function parseYaml(
  text: string,
  what: string,
  { maxBytes, pause }: { readonly maxBytes: number; readonly pause: () => Promise<void> },
): Promise<unknown> {
  const options = { file: 'index.yaml', duplicateKeys: 'warning', maxBytes, maxDocuments: 1 } as const;
  const { documents, diagnostics } = await parseYamlGradually(text, options, pause);
  const fault = diagnostics.find(({ severity }) => severity === 'error');
  if (fault !== undefined) {
    const { line, column } = fault.origin ?? {};
    throw invalid(what, `index.yaml${line === undefined ? '' : `:${line}:${column}`}: ${fault.message}`);
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
