import { parseUrl } from '@sekisho/registry';
import { wrongAddress } from './failure.ts';
import type { ChartCredentials } from './types.ts';

/** Where charts are: a repository with an index.yaml, or a path in a registry. */
export type RepositoryAddress =
  | { readonly type: 'http'; readonly url: URL; readonly credentials: ChartCredentials }
  /** `host/path`, without a scheme. */
  | { readonly type: 'oci'; readonly path: string; readonly credentials: ChartCredentials };

/**
 * Reads `https://…`, `http://…`, `oci://…`; without a scheme it is a registry, as in Argo CD. User and password in an address become
 * credentials, unless others are given.
 *
 * @throws SekishoError CHART_REPOSITORY_ADDRESS
 */
export function parseRepository(text: string, credentials: ChartCredentials = {}): RepositoryAddress {
  const [, scheme, rest = ''] = /^(?:([A-Za-z][A-Za-z0-9+.-]*):\/\/)?(.*)$/s.exec(text) ?? [];
  if (scheme === undefined || scheme.toLowerCase() === 'oci') {
    const path = rest.replace(/\/+$/, '');
    if (scheme === undefined && !path.includes('/')) throw wrongAddress(text, 'it names no host and path');
    return { type: 'oci', path, credentials };
  }
  const url = parseUrl(text);
  if (url === undefined) throw wrongAddress(text, 'only https, http and oci are known');
  return { type: 'http', ...withoutUser(url, credentials) };
}

/** The address as it may be sent and told, with the credentials that stood in it. */
function withoutUser(
  url: URL,
  credentials: ChartCredentials,
): { readonly url: URL; readonly credentials: ChartCredentials } {
  if (url.username === '' && url.password === '') return { url, credentials };
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  const isGiven = credentials.username !== undefined || credentials.password !== undefined;
  const own = { username: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
  return { url: bare, credentials: isGiven ? credentials : { ...credentials, ...own } };
}
