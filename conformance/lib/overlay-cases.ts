import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseYamlDocuments } from '@sekisho/base';
import { generateOverlay } from './overlay-generator.ts';

/** A tree with a kustomization to build. */
export interface OverlayCase {
  readonly id: string;
  /** Folder of the outermost kustomization. */
  readonly folder: string;
  readonly files: Readonly<Record<string, string | Uint8Array>>;
}

/** What a file of cases has for each id. */
interface WrittenCase {
  /** A folder of the case that gets the files of `shared/`. */
  readonly shared?: string;
  readonly files: Readonly<Record<string, string | { readonly base64: string }>>;
}

const GENERATED = 240;

/** The written cases of a folder, then the generated ones: always the same. */
export function overlayCases(folder: string): OverlayCase[] {
  const shared = readTexts(join(folder, 'shared'));
  const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  const written = files.sort().flatMap((name) => readCases(join(folder, name), shared));
  const generated = Array.from({ length: GENERATED }, (_, index) => ({
    id: `generated/${String(index).padStart(3, '0')}`,
    folder: 'top',
    files: generateOverlay(index, shared),
  }));
  return [...written, ...generated];
}

function readCases(path: string, shared: Readonly<Record<string, string>>): OverlayCase[] {
  const { documents, diagnostics } = parseYamlDocuments(readFileSync(path, 'utf8'), { file: path });
  if (diagnostics.length > 0) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  const cases = documents[0]?.value as Readonly<Record<string, WrittenCase>>;
  return Object.entries(cases).map(([id, { shared: into, files }]) => {
    const all: Record<string, string | Uint8Array> = {};
    if (into !== undefined) {
      for (const [name, text] of Object.entries(shared)) all[into === '' ? name : `${into}/${name}`] = text;
    }
    for (const [name, content] of Object.entries(files)) {
      all[name] = typeof content === 'string' ? content : Buffer.from(content.base64, 'base64');
    }
    return { id, folder: Object.keys(all).some((name) => name.startsWith('top/')) ? 'top' : '', files: all };
  });
}

function readTexts(folder: string): Record<string, string> {
  const names = readdirSync(folder).sort();
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}
