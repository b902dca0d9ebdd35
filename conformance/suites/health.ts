import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseYamlDocuments } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import { healthOf } from '@sekisho/sync';
import type { CaseResult, RunSuite } from '../suite.ts';

/** The health that Argo CD gives to objects of built-in kinds: `index.json` lists `{file, health}`. */
export const run: RunSuite = async ({ casesDir, signal }) => {
  const index: { file: string; health: string }[] = JSON.parse(await readFile(join(casesDir, 'index.json'), 'utf8'));
  const results: CaseResult[] = [];
  for (const { file, health } of index) {
    signal.throwIfAborted();
    const text = await readFile(join(casesDir, file), 'utf8');
    // One of the objects has a key twice; the API server that it came from took the last.
    const { documents, diagnostics } = parseYamlDocuments(text, { file, duplicateKeys: 'warning' });
    const fault = diagnostics.find((diagnostic) => diagnostic.severity === 'error');
    const given = fault?.message ?? healthOf(documents[0]?.value as KubeObject, {})?.status ?? 'none';
    results.push({ id: file, passed: given === health, reason: `wanted ${health}, got ${given}` });
  }
  return results;
};
