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

/** What each format has when it was encrypted. Cheap, in linear time, and true for some that weren't. */
const MARKS = {
  yaml: /^["']?sops["']?[ \t]*:/m,
  json: /["']sops["']\s*:/,
  dotenv: /^sops_(?:mac|version)=/m,
  ini: /^[ \t]*\[sops\]/m,
} as const;

/**
 * The format of an encrypted file; undefined for one that has no mark of being encrypted.
 *
 * @param named what its name says. Files of other names may have been encrypted with `--input-type`: what is in them tells
 */
export function encryptedFormat(text: string, named: SopsFormat): SopsFormat | undefined {
  const isJson = /^\s*\{/.test(text) && MARKS.json.test(text);
  switch (named) {
    case 'yaml':
      return isJson || MARKS.yaml.test(text) ? 'yaml' : undefined;
    case 'json':
      return isJson ? 'json' : undefined;
    case 'binary':
      if (isJson) return 'binary';
      return (['dotenv', 'ini', 'yaml'] as const).find((format) => MARKS[format].test(text));
    default:
      return MARKS[named].test(text) ? named : undefined;
  }
}

export async function readDocuments(text: string, format: SopsFormat): Promise<ReadDocuments> {
  if (format === 'dotenv') return readDotenv(text);
  if (format === 'ini') return readIni(text);
  // With the library for YAML, which is large.
  return (await import('./yaml.ts')).readYaml(text);
}
