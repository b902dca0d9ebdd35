// Holds the tables of docs/reference against the server: every metric and every route of the API is described, and
// nothing is described that is gone. Part of `npm run docs`.
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { listFiles, readSource } from './lib/source-files.ts';

const METRICS_SOURCES = ['apps/server/src', 'packages'];
const METRICS_PAGE = 'docs/reference/metrics.md';
/** Its table of endpoints is what a running server has: a test of the server holds one against the other. */
const ENDPOINTS = 'SECURITY.md';
const API_PAGE = 'docs/reference/api.md';
const ROUTE_ROW = /^\| `((?:GET|POST|PUT|PATCH|DELETE) \/[^`?]*)[^`]*`/gm;

/** All differences, one line each. */
export function checkReference(root: string): string[] {
  return [
    ...compare(METRICS_PAGE, 'series', seriesInSource(root), inRows(root, METRICS_PAGE, /^\| `(sekisho_\w+)`/gm)),
    ...compare(API_PAGE, 'route', endpoints(root), inRows(root, API_PAGE, ROUTE_ROW)),
  ];
}

function compare(page: string, what: string, used: ReadonlySet<string>, described: ReadonlySet<string>): string[] {
  const missing = [...used].filter((name) => !described.has(name));
  const gone = [...described].filter((name) => !used.has(name));
  return [
    ...missing.map((name) => `${page}: the ${what} ${name} is not described`),
    ...gone.map((name) => `${page}: there is no ${what} ${name}`),
  ];
}

function inRows(root: string, page: string, row: RegExp): Set<string> {
  const path = join(root, page);
  if (!existsSync(path)) return new Set();
  return new Set([...readFileSync(path, 'utf8').matchAll(row)].map(([, name = '']) => name));
}

function seriesInSource(root: string): Set<string> {
  const series = new Set<string>();
  for (const folder of METRICS_SOURCES) {
    if (!existsSync(join(root, folder))) continue;
    for (const file of listFiles(join(root, folder), ['.ts'])) {
      if (/\.(?:test|bench)\.ts$/.test(file) || !relative(root, file).includes('src/')) continue;
      for (const [, name = ''] of readSource(file).matchAll(/\bname: '(sekisho_\w+)'/g)) series.add(name);
    }
  }
  return series;
}

/** `GET /api/v1/applications/:namespace` is described as `GET /api/v1/applications/NAMESPACE`. */
function endpoints(root: string): Set<string> {
  const rows = inRows(root, ENDPOINTS, ROUTE_ROW);
  return new Set([...rows].map((route) => route.replace(/:(\w+)/g, (_, name: string) => name.toUpperCase())));
}
