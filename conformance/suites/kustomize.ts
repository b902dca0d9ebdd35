import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildKustomization } from '@sekisho/kustomize';
import { firstDifference } from '../lib/first-difference.ts';
import { memorySource } from '../lib/memory-source.ts';
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
    const { text, diagnostics } = await buildKustomization(memorySource(files), dir, { signal });
    const [fault] = diagnostics;
    const given = fault === undefined ? text : `error: ${fault.message.split('\n')[0]}`;
    const wanted = error ?? expected;
    results.push({ id: name, passed: given === wanted, reason: firstDifference(wanted, given) });
  }
  return results;
};
