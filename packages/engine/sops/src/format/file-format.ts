import type { ReadDocuments } from '../document.ts';
import { readDotenv } from './dotenv.ts';
import { readIni } from './ini.ts';

/** How a file is written; `binary` is a file of any other kind, wrapped in JSON. */
export type SopsFormat = 'yaml' | 'json' | 'dotenv' | 'ini' | 'binary';

const EXTENSIONS: readonly (readonly [ending: string, format: SopsFormat])[] = [
  ['.yaml', 'yaml'],
  ['.yml', 'yaml'],
  ['.json', 'json'],
  ['.env', 'dotenv'],
  ['.ini', 'ini'],
];

/** By the file's name, as SOPS chooses it. */
export function formatOf(path: string): SopsFormat {
  return EXTENSIONS.find(([ending]) => path.endsWith(ending))?.[1] ?? 'binary';
}

/** What each format has in a line of its own when it was encrypted. Cheap, and true for some that weren't. */
const MARKS: Readonly<Record<SopsFormat, RegExp>> = {
  yaml: /^(?:["']?sops["']?\s*:|\s*\{[\s\S]*["']?sops["']?\s*:)/m,
  json: /"sops"\s*:/,
  dotenv: /^sops_(?:mac|version)=/m,
  ini: /^\s*\[sops\]/m,
  binary: /^\s*\{[\s\S]*"sops"\s*:/,
};

export function hasMark(text: string, format: SopsFormat): boolean {
  return MARKS[format].test(text);
}

export async function readDocuments(text: string, format: SopsFormat): Promise<ReadDocuments> {
  if (format === 'dotenv') return readDotenv(text);
  if (format === 'ini') return readIni(text);
  // With the library for YAML, which is large.
  return (await import('./yaml.ts')).readYaml(text);
}
