import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { compilePolicy } from '../index.ts';
import { parseJson, toJson } from '../value/json.ts';
import type { PlainObject } from '../value/value.ts';
import { type Bundle, optimizeBundle } from './index.ts';

const CASES = fileURLToPath(new URL('../../../../../../shared/conformance/rego/v1/', import.meta.url));
const LIMITS = { limits: { steps: 2_000_000 }, nowNs: 1n, randomBytes: (count: number) => new Uint8Array(count) };
const EACH = 10;
const hasCases = existsSync(CASES);
if (!hasCases) process.stderr.write(`optimised bundles: OPA's cases are skipped, ${CASES} is not there\n`);

interface Case extends PlainObject {
  readonly id: string;
  readonly query: string;
}

/** Undefined: the query can't be asked, or has no results because something is wrong. */
function resultsOf({ modules, data }: Bundle, { query, input }: Case): string | undefined {
  const { policy } = compilePolicy({ modules, data });
  const prepared = policy?.prepareQuery(query).query;
  if (prepared === undefined) return undefined;
  try {
    const results = prepared.evaluate({ ...LIMITS, ...(input !== undefined && { input }) });
    return toJson(results.map(({ bindings }) => toJson(bindings)).sort());
  } catch {
    return undefined;
  }
}

describe.skipIf(!hasCases)("OPA's own cases, with all packages optimised for", () => {
  for (const file of hasCases ? readdirSync(CASES) : []) {
    it(file, () => {
      const { cases } = parseJson(readFileSync(CASES + file, 'utf8')) as { cases: readonly Case[] } & PlainObject;
      for (const [index, one] of cases.entries()) {
        // Each case is compiled five times: some of them have to do.
        if (index % EACH !== 0) continue;
        // What a query replaces can't be known while building.
        if (one['want_result'] === undefined || one['input_term'] !== undefined || one.query.includes(' with '))
          continue;
        const texts = (one['modules'] ?? []) as readonly string[];
        const modules = texts.map((text, i) => ({ file: `m${i}.rego`, text, version: 'v1' as const }));
        const data = (one['data'] ?? {}) as PlainObject;
        const bundle: Bundle = { manifest: { revision: '', roots: [''] }, data, modules, isSigned: false };
        const wanted = resultsOf(bundle, one);
        const { policy } = compilePolicy({ modules, data });
        if (wanted === undefined || policy === undefined) continue;
        const entrypoints = [...policy.compiled.tree.children.keys()];
        const level = index % (2 * EACH) === 0 ? 2 : 1;
        const optimized = optimizeBundle(bundle, { entrypoints, level, evaluation: LIMITS }).bundle;
        expect(resultsOf(optimized as Bundle, one), `${one.id} at level ${level}`).toBe(wanted);
      }
    }, 60_000);
  }
});
