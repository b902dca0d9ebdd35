import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Folders that hold no source of ours. */
const SKIPPED = new Set(['node_modules', 'dist', 'testdata', '.git', '.sekisho', '.cache', 'coverage']);

/** All files below a folder (absolute paths, sorted) whose name ends with one of `endings`. */
export function listFiles(folder: string, endings: readonly string[]): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!SKIPPED.has(entry.name)) found.push(...listFiles(path, endings));
    } else if (endings.some((ending) => entry.name.endsWith(ending))) found.push(path);
  }
  return found.sort();
}

/** Source text with comments blanked, line numbers kept. Strings that look like comments are left alone. */
export function withoutComments(source: string): string {
  return source.replace(
    /("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)|\/\*[\s\S]*?\*\/|(?<![:\\/])\/\/[^\n]*/g,
    (match, text) => text ?? match.replace(/[^\n]/g, ' '),
  );
}

export function readSource(file: string): string {
  return withoutComments(readFileSync(file, 'utf8'));
}
