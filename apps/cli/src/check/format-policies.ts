import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { formatModule, parseModule } from '@sekisho/rego';
import { readPolicies } from './policy-files.ts';
import { policyFaults } from './rego-policy.ts';
import type { CheckWorld } from './world.ts';

/**
 * Formats `.rego` files, tests too.
 *
 * @returns files that were not formatted
 * @throws SekishoError CHECK_POLICY when one can't be parsed; then none is written
 */
export async function formatPolicies(
  paths: readonly string[],
  options: {
    readonly version: 'v0' | 'v1';
    readonly write: boolean;
    readonly world: CheckWorld;
    readonly signal: AbortSignal;
  },
): Promise<string[]> {
  const { version, write, world, signal } = options;
  const files = await readPolicies(paths, { cwd: world.cwd, signal, withTests: true });
  const changed: { file: string; text: string }[] = [];
  for (const { file, text } of files) {
    const { module, faults } = parseModule(text, { file, version });
    if (module === undefined || faults.length > 0) throw policyFaults(faults, files);
    const formatted = formatModule(module, { source: text });
    if (formatted !== text) changed.push({ file, text: formatted });
  }
  if (write) for (const { file, text } of changed) await writeFile(resolve(world.cwd, file), text);
  return changed.map(({ file }) => file);
}
