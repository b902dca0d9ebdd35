// Holds the tables of docs/reference against the server's source: every metric and every route of the API is described,
// and nothing is described that is gone. Part of `npm run docs`.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { listFiles, readSource } from './lib/source-files.ts';

const METRICS_SOURCE = 'apps/server/src/metrics.ts';
const METRICS_PAGE = 'docs/reference/metrics.md';
const ROUTES_FOLDER = 'apps/server/src/http';
const API_PAGE = 'docs/reference/api.md';

/** All differences, one line each. */
export function checkReference(root: string): string[] {
  return [
    ...compare(METRICS_PAGE, 'series', seriesInSource(root), inRows(root, METRICS_PAGE, /^\| `(sekisho_\w+)`/gm)),
    ...compare(API_PAGE, 'route', routesInSource(root), inRows(root, API_PAGE, /^\| `((?:GET|POST) \/[^`?]*)[^`]*`/gm)),
  ];
}

function compare(page: string, what: string, used: ReadonlySet<string>, described: ReadonlySet<string>): string[] {
  const missing = [...used].filter((name) => !described.has(name));
  const gone = [...described].filter((name) => !used.has(name));
  return [
    ...missing.map((name) => `${page}: the ${what} ${name} is not described`),
    ...gone.map((name) => `${page}: no source has the ${what} ${name}`),
  ];
}

function inRows(root: string, page: string, row: RegExp): Set<string> {
  const path = join(root, page);
  if (!existsSync(path)) return new Set();
  return new Set([...readFileSync(path, 'utf8').matchAll(row)].map(([, name = '']) => name));
}

function seriesInSource(root: string): Set<string> {
  const path = join(root, METRICS_SOURCE);
  if (!existsSync(path)) return new Set();
  return new Set([...readSource(path).matchAll(/\bname: '(\w+)'/g)].map(([, name = '']) => name));
}

/** `api.get('/api/v1/applications/:namespace')` is described as `GET /api/v1/applications/NAMESPACE`. */
function routesInSource(root: string): Set<string> {
  const folder = join(root, ROUTES_FOLDER);
  if (!existsSync(folder)) return new Set();
  const routes = new Set<string>();
  for (const file of listFiles(folder, ['.ts'])) {
    if (file.endsWith('.test.ts')) continue;
    for (const [, verb = '', path = ''] of readSource(file).matchAll(/\.(get|post)\(\s*'(\/[^']*)'/g)) {
      routes.add(`${verb.toUpperCase()} ${path.replace(/:(\w+)/g, (_, name: string) => name.toUpperCase())}`);
    }
  }
  return routes;
}
