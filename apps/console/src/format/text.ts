import type { Origin } from '../api/types.ts';

/** `1 object`, `3 objects`, `12,000 objects`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString('en')} ${n === 1 ? one : many}`;
}

/** A commit or digest as people say it. */
export function shortDigest(digest: string): string {
  const bare = digest.replace(/^sha256:/, '');
  return /^[0-9a-f]{12,}$/.test(bare) ? bare.slice(0, 7) : digest;
}

/** `https://git.example.com/shop/config.git` → `git.example.com/shop/config`. */
export function shortRepository(url: string): string {
  return url.replace(/^https?:\/\//, '').replace(/\.git$/, '');
}

/** `Mori <mori@example.com>` → `Mori`. */
export function authorName(author: string): string {
  return author.replace(/\s*<[^>]*>\s*$/, '') || author;
}

/** The name people give the cluster that the server itself runs in. */
export function clusterName({ server, name }: { readonly server?: string; readonly name?: string }): string {
  if (name !== undefined && name !== '') return name;
  if (server === 'https://kubernetes.default.svc') return 'in-cluster';
  return server?.replace(/^https?:\/\//, '') ?? '';
}

/** A field's value in one line. */
export function formatValue(value: unknown): string {
  if (value === undefined) return '(none)';
  if (typeof value === 'string') return value === '' ? '""' : value;
  return JSON.stringify(value);
}

/** `web/deployment.yaml:12:7`, as far as known. */
export function formatOrigin({ file, line, column }: Origin): string {
  return [file, line, column].filter((part) => part !== undefined).join(':');
}
