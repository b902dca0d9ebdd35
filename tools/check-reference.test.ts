import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { checkReference } from './check-reference.ts';

const trees: string[] = [];
afterEach(() => {
  for (const tree of trees.splice(0)) rmSync(tree, { recursive: true });
});

function check(files: Record<string, string>): string[] {
  const root = mkdtempSync(join(tmpdir(), 'reference-'));
  trees.push(root);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return checkReference(root);
}

test('tables that say what the source has are good', () => {
  const problems = check({
    'apps/server/src/metrics.ts': "new Counter({ name: 'sekisho_a_total' }); const A = 'sekisho.dev/held';",
    'docs/reference/annotations.md': '| `sekisho.dev/held` | x |\n',
    'packages/service/a/src/b.ts': "new Gauge({ name: 'sekisho_b' })",
    'SECURITY.md':
      '| `GET /api/v1/apps/:name` | who |\n| `DELETE /api/v1/apps/:name` | who |\n| `GET /healthz` | anybody |\n',
    'docs/reference/metrics.md': '| `sekisho_a_total` | counter |\n| `sekisho_b` | gauge |\n',
    'docs/reference/api.md':
      '| `GET /api/v1/apps/NAME?revision=…` | x |\n| `DELETE /api/v1/apps/NAME` | z |\n| `GET /healthz` | y |\n',
  });
  expect(problems).toEqual([]);
});

test('what is missing and what is gone is named', () => {
  const problems = check({
    'apps/server/src/metrics.ts': "new Counter({ name: 'sekisho_a_total' }); const A = 'sekisho.dev/held';",
    'SECURITY.md': '| `POST /api/v1/apps` | who |\n',
    'docs/reference/metrics.md': '| `sekisho_b_total` | counter |\n',
    'docs/reference/api.md': '| `GET /api/v1/apps` | x |\n',
  });
  expect(problems).toEqual([
    'docs/reference/metrics.md: the series sekisho_a_total is not described',
    'docs/reference/metrics.md: there is no series sekisho_b_total',
    'docs/reference/annotations.md: the name sekisho.dev/held is not described',
    'docs/reference/api.md: the route POST /api/v1/apps is not described',
    'docs/reference/api.md: there is no route GET /api/v1/apps',
  ]);
});
