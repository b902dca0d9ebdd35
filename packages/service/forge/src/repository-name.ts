import { SekishoError } from '@sekisho/base';
import type { ForgeKind } from './types.ts';

export interface RepositoryName {
  /** With the port of an http address. */
  readonly host: string;
  readonly protocol: 'http' | 'https';
  /** Groups and name without `.git`: `team/config`. */
  readonly path: string;
}

/**
 * Takes an address apart. An ssh address names the host; its API is on https there.
 * @throws SekishoError FORGE_ADDRESS
 */
export function parseRepositoryName(repoURL: string): RepositoryName {
  const scp = /^(?:[^@/\s]+@)?([^:/\s]+):(?!\/)([^\s]+)$/.exec(repoURL);
  let host = scp?.[1] ?? '';
  let path = scp?.[2] ?? '';
  let protocol: 'http' | 'https' = 'https';
  if (scp === null) {
    const url = parseUrl(repoURL);
    const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:';
    if (url === undefined || !(isHttp || url.protocol === 'ssh:')) throw unreadable(repoURL);
    if (url.protocol === 'http:') protocol = 'http';
    host = isHttp ? url.host : url.hostname;
    path = url.pathname;
  }
  const parts = path
    .replace(/\.git\/?$/, '')
    .split('/')
    .filter((part) => part !== '');
  if (host === '' || parts.length < 2 || parts.includes('..')) throw unreadable(repoURL);
  return { host, protocol, path: parts.map((part) => decode(part)).join('/') };
}

/** The kind that a host's name tells; undefined for a name that says nothing. */
export function guessForge(repoURL: string): ForgeKind | undefined {
  let host: string;
  try {
    host = parseRepositoryName(repoURL).host.toLowerCase();
  } catch {
    return undefined;
  }
  if (host === 'github.com' || /(^|\.)github\./.test(host)) return 'github';
  if (/(^|\.)gitlab\./.test(host)) return 'gitlab';
  if (host === 'codeberg.org' || /(^|\.)(gitea|forgejo)\./.test(host)) return 'gitea';
  return undefined;
}

function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function unreadable(repoURL: string): SekishoError {
  const shown = repoURL.replace(/\/\/[^@/]*@/, '//').slice(0, 200);
  return new SekishoError('FORGE_ADDRESS', `${shown} names no repository on a forge`, {
    hint: 'Such as https://host/team/name.git.',
  });
}
