import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

/** Packages that a file loads, through whatever files. */
function packagesOf(file: string, known = new Set<string>()): ReadonlySet<string> {
  if (known.has(file)) return known;
  known.add(file);
  for (const [, names, specifier = ''] of readFileSync(file, 'utf8').matchAll(
    /^(?:import|export) (?!type )([^;']*?) from '([^']+)';/gm,
  )) {
    if (
      names
        ?.replaceAll(/[{}]/g, '')
        .split(',')
        .every((name) => /^\s*(?:type .*)?$/s.test(name))
    )
      continue;
    if (specifier.startsWith('.')) packagesOf(join(dirname(file), specifier), known);
    else known.add(specifier);
  }
  return known;
}

test('who asks policies loads no engine', () => {
  const loaded = [...packagesOf(join(import.meta.dirname, 'asking.ts'))].filter((name) => !name.endsWith('.ts'));
  expect(loaded.sort()).toEqual(['@sekisho/base', '@sekisho/kube']);
  expect(packagesOf(join(import.meta.dirname, 'index.ts'))).toContain('@sekisho/rego');
});
