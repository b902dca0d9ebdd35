import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatDiagnostic } from '@sekisho/base';
import { deepEqual } from '@sekisho/kube';
import { formatPolicy, parsePolicies } from '@sekisho/policy';
import type { CaseResult, RunSuite } from '../suite.ts';

/** Policies that StackRox ships: each is read without a fault, and written back it says the same. */
export const run: RunSuite = async ({ casesDir, signal }) => {
  const folder = join(casesDir, 'policies');
  const results: CaseResult[] = [];
  for (const file of (await readdir(folder)).sort()) {
    signal.throwIfAborted();
    const reason = faultOf(file, await readFile(join(folder, file), 'utf8'));
    results.push({
      id: file.replace(/\.json$/, ''),
      passed: reason === undefined,
      ...(reason === undefined ? {} : { reason }),
    });
  }
  return results;
};

function faultOf(file: string, source: string): string | undefined {
  const { policies, diagnostics } = parsePolicies(source, file);
  const [policy] = policies;
  if (diagnostics.length > 0 || policy === undefined) return diagnostics.map(formatDiagnostic).join('; ');
  return deepEqual(withoutDefaults(JSON.parse(source)), formatPolicy(policy)) ? undefined : 'written back it differs';
}

/** What proto3 JSON may leave out: false, '', empty lists, null. */
function withoutDefaults(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDefaults);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, entry]) => !(entry === false || entry === '' || entry === null || isEmptyList(entry)))
      .map(([key, entry]) => [key, withoutDefaults(entry)]),
  );
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}
