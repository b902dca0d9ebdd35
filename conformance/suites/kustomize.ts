import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildKustomization, type SourceEntry, type SourceFiles } from '@sekisho/kustomize';
import type { CaseResult, RunSuite } from '../suite.ts';

interface KustomizeCase {
  readonly name: string;
  readonly dir: string;
  readonly files: Readonly<Record<string, string>>;
  /** What `kubectl kustomize` prints. */
  readonly expected?: string;
  /** The first line of what it says when it fails. */
  readonly error?: string;
}

/** Overlays and what `kubectl kustomize` makes of them, byte for byte. */
export const run: RunSuite = async ({ casesDir, signal }) => {
  const cases: KustomizeCase[] = JSON.parse(await readFile(join(casesDir, 'cases.json'), 'utf8'));
  const results: CaseResult[] = [];
  for (const { name, dir, files, expected = '', error } of cases) {
    const { text, diagnostics } = await buildKustomization(memoryFiles(files), dir, { signal });
    const [fault] = diagnostics;
    const given = fault === undefined ? text : `error: ${fault.message.split('\n')[0]}`;
    const wanted = error ?? expected;
    results.push({ id: name, passed: given === wanted, reason: firstDifference(wanted, given) });
  }
  return results;
};

function firstDifference(wanted: string, given: string): string {
  const lines = given.split('\n');
  const index = wanted.split('\n').findIndex((line, at) => line !== lines[at]);
  const at = index < 0 ? wanted.split('\n').length : index;
  return `line ${at + 1}: wanted ${JSON.stringify(wanted.split('\n')[at])}, got ${JSON.stringify(lines[at])}`;
}

function memoryFiles(files: Readonly<Record<string, string>>): SourceFiles {
  const folders = new Map<string, Map<string, SourceEntry>>([['', new Map()]]);
  for (const path of Object.keys(files)) {
    const parts = path.split('/');
    for (let depth = 0; depth < parts.length; depth++) {
      const folder = parts.slice(0, depth).join('/');
      const entry: SourceEntry = { name: parts[depth] ?? '', type: depth === parts.length - 1 ? 'file' : 'directory' };
      const entries = folders.get(folder) ?? new Map<string, SourceEntry>();
      folders.set(folder, entries.set(entry.name, entry));
    }
  }
  return {
    read: async (path) => {
      const text = Object.hasOwn(files, path) ? files[path] : undefined;
      return text === undefined ? undefined : new TextEncoder().encode(text);
    },
    list: async (path) => {
      const entries = folders.get(path);
      return entries === undefined ? undefined : [...entries.values()];
    },
  };
}
