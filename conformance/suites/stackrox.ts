import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatDiagnostic } from '@sekisho/base';
import { deepEqual } from '@sekisho/kube';
import { formatPolicy, parsePolicies } from '@sekisho/policy';
import { exampleFault, readStackroxCases, type StackroxCases } from '../lib/stackrox-cases.ts';
import type { CaseResult, RunSuite } from '../suite.ts';

/**
 * Policies that StackRox ships: each is read without a fault, and written back it says the same; those for BUILD and
 * DEPLOY are violated by the bad example of our table, and not by the good one.
 */
export const run: RunSuite = async ({ casesDir, signal }) => {
  const folder = join(casesDir, 'policies');
  const examples = await readStackroxCases();
  const results: CaseResult[] = [];
  for (const file of (await readdir(folder)).sort()) {
    signal.throwIfAborted();
    const id = file.replace(/\.json$/, '');
    const reason = faultOf(id, await readFile(join(folder, file), 'utf8'), examples);
    results.push({
      id,
      passed: reason === undefined,
      ...(reason === undefined ? {} : { reason }),
    });
  }
  return results;
};

function faultOf(id: string, source: string, examples: StackroxCases): string | undefined {
  const { policies, diagnostics } = parsePolicies(source, `${id}.json`);
  const [policy] = policies;
  if (diagnostics.length > 0 || policy === undefined) return diagnostics.map(formatDiagnostic).join('; ');
  if (!deepEqual(withoutDefaults(JSON.parse(source)), formatPolicy(policy))) return 'written back it differs';
  return exampleFault(policy, id, examples);
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
