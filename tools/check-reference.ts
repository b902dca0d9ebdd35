// Holds the tables of docs/reference against the server: every metric, every annotation and every route of
// the API is described, and nothing is described that is gone. Part of `npm run docs`.
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { listFiles, readSource } from './lib/source-files.ts';

const SOURCES = ['apps', 'packages'];
const SERIES = /\bname: '(sekisho_\w+)'/g;
const METRICS_PAGE = 'docs/reference/metrics.md';
/** Its table of endpoints is what a running server has: a test of the server holds one against the other. */
const ENDPOINTS = 'SECURITY.md';
const API_PAGE = 'docs/reference/api.md';
const ANNOTATIONS_PAGE = 'docs/reference/annotations.md';
/** As it stands in the source: between quotes, alone. */
const ANNOTATION = /['"`](sekisho\.dev\/[a-z-]+)['"`]/g;
const ROUTE_ROW = /^\| `((?:GET|POST|PUT|PATCH|DELETE) \/[^`?]*)[^`]*`/gm;

/** All differences, one line each. */
export function checkReference(root: string): string[] {
  return [
    ...compare(METRICS_PAGE, 'series', inSources(root, SERIES), inRows(root, METRICS_PAGE, /^\| `(sekisho_\w+)`/gm)),
    ...compare(
      ANNOTATIONS_PAGE,
      'name',
      inSources(root, ANNOTATION),
      inRows(root, ANNOTATIONS_PAGE, /`(sekisho\.dev\/[a-z-]+)`/g),
    ),
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

/** What the pattern finds in the source of the program, tests left out. */
function inSources(root: string, pattern: RegExp): Set<string> {
  const found = new Set<string>();
  for (const folder of SOURCES) {
    if (!existsSync(join(root, folder))) continue;
    for (const file of listFiles(join(root, folder), ['.ts'])) {
      if (/\.(?:test|bench)\.ts$/.test(file) || !relative(root, file).includes('src/')) continue;
      for (const [, name = ''] of readSource(file).matchAll(pattern)) found.add(name);
    }
  }
  return found;
}

/** `GET /api/v1/applications/:namespace` is described as `GET /api/v1/applications/NAMESPACE`. */
function endpoints(root: string): Set<string> {
  const rows = inRows(root, ENDPOINTS, ROUTE_ROW);
  return new Set([...rows].map((route) => route.replace(/:(\w+)/g, (_, name: string) => name.toUpperCase())));
}
