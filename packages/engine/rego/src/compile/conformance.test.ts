import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { BUILTINS } from '../builtins/registry.ts';
import type { RegoFault } from '../fault.ts';
import type { Module } from '../syntax/ast.ts';
import { parseModule } from '../syntax/index.ts';
import { compileModules } from './compile-modules.ts';

interface Case {
  readonly id: string;
  readonly note: string;
  readonly rego_version: 'v0' | 'v1';
  readonly strict?: boolean;
  readonly modules: readonly string[];
  readonly want_ok?: boolean;
  readonly want_exact?: boolean;
  readonly want_errors?: readonly { readonly code?: string; readonly message?: string }[];
}

const folder = fileURLToPath(new URL('../../../../../../shared/conformance/rego/compile/', import.meta.url));
const present = existsSync(folder);
// biome-ignore lint/suspicious/noConsole: a skip must be seen
if (!present) console.warn(`skipped: cases of the Rego compiler, ${folder} is missing`);

function faultsOf(each: Case): readonly RegoFault[] {
  const parsed = each.modules.map((text, index) =>
    parseModule(text, { file: `m${index}.rego`, version: each.rego_version }),
  );
  const faults = parsed.flatMap((result) => result.faults);
  if (faults.length > 0) return faults;
  const modules = parsed.map(({ module }) => module).filter((module): module is Module => module !== undefined);
  return compileModules(modules, { builtins: BUILTINS, strict: each.strict === true }).faults;
}

describe.skipIf(!present)('compileModules finds what OPA finds', () => {
  for (const file of present ? readdirSync(folder) : []) {
    const { cases } = JSON.parse(readFileSync(`${folder}${file}`, 'utf8')) as { cases: readonly Case[] };
    it.each(cases)(`${file}: $note ($id)`, (each) => {
      const faults = faultsOf(each);
      if (each.want_ok === true) expect(faults).toEqual([]);
      for (const { code, message = '' } of each.want_errors ?? []) {
        const found = faults.some(
          (item) => (code === undefined || item.code === code) && item.message.includes(message),
        );
        expect(found, `${code}: ${message} in ${JSON.stringify(faults)}`).toBe(true);
      }
      if (each.want_exact === true) expect(faults).toHaveLength(each.want_errors?.length ?? 0);
    });
  }
});
