import { SekishoError } from '@sekisho/base';

/** Where policies come from, as go-getter's addresses say it. */
export type PolicySource =
  | { readonly kind: 'oci'; readonly reference: string }
  | {
      readonly kind: 'git';
      readonly url: string;
      /** Branch, tag or commit; default: the repository's own. */
      readonly ref: string | undefined;
      /** Of the repository; '' is all of it. */
      readonly folder: string;
    }
  | { readonly kind: 'http'; readonly url: URL; readonly folder: string; readonly checksum: string | undefined }
  | { readonly kind: 'file'; readonly path: string };

/** Registries that need no `oci://`. */
const REGISTRIES = /(?:^|\.)(?:azurecr\.io|gcr\.io|pkg\.dev|ghcr\.io|amazonaws\.com|docker\.io|quay\.io)$/;
/** Forges whose addresses are repositories. */
const FORGES = /^(?:github\.com|gitlab\.com|bitbucket\.org)\//;

/**
 * Reads an address: `oci://…`, `git::URL//folder?ref=…`, `http(s)://…`, a path of this machine; without a scheme known registries
 * and forges are recognised.
 *
 * @throws SekishoError CHECK_SOURCE
 */
export function parseSource(text: string): PolicySource {
  const [, forced, rest = text] = /^([a-z0-9]+)::(.+)$/.exec(text) ?? [];
  switch (forced) {
    case 'git':
      return gitSource(rest, text);
    case 'oci':
      return { kind: 'oci', reference: rest };
    case 'file':
      return { kind: 'file', path: rest };
    case 'http':
    case 'https':
      return httpSource(rest, text);
    case undefined:
      break;
    default:
      throw refuse(text, `there is no way to fetch by ${forced}`);
  }
  if (rest.startsWith('oci://')) return { kind: 'oci', reference: rest };
  if (rest.startsWith('file://')) return { kind: 'file', path: decodeURIComponent(new URL(rest).pathname) };
  if (/^https?:\/\//.test(rest)) return /\.git(?:$|[/?])/.test(rest) ? gitSource(rest, text) : httpSource(rest, text);
  if (/^[a-z0-9+.-]+:\/\//.test(rest)) {
    if (rest.startsWith('ssh://') || rest.startsWith('git://')) return gitSource(rest, text);
    throw refuse(text, 'this kind of address is not known');
  }
  if (/^[\w.-]+@[\w.-]+:/.test(rest)) return gitSource(rest, text);
  if (FORGES.test(rest)) return gitSource(`https://${rest}`, text);
  const host = rest.split('/', 1)[0] ?? '';
  const name = host.replace(/:\d+$/, '');
  if (rest.includes('/') && (REGISTRIES.test(name) || /^(?:localhost|127\.0\.0\.1):\d+$/.test(host))) {
    return { kind: 'oci', reference: rest };
  }
  return { kind: 'file', path: rest };
}

function gitSource(address: string, text: string): PolicySource {
  const [withFolder = '', query = ''] = address.split('?', 2);
  const { base, folder } = splitFolder(withFolder);
  const parameters = new URLSearchParams(query);
  const ref = parameters.get('ref') ?? undefined;
  // What begins with a dash would be an option of git.
  if (base.startsWith('-') || ref?.startsWith('-') === true || ref === '') throw refuse(text, 'its ref is none');
  if (!/^(?:https?|ssh|git|file):\/\/|^[\w.-]+@[\w.-]+:|^\.{0,2}\//.test(base))
    throw refuse(text, 'git can not fetch it');
  return { kind: 'git', url: base, ref, folder };
}

function httpSource(address: string, text: string): PolicySource {
  const { base, folder } = splitFolder(address);
  let url: URL;
  try {
    url = new URL(base);
  } catch {
    throw refuse(text, 'it is no address');
  }
  const checksum = url.searchParams.get('checksum') ?? undefined;
  url.searchParams.delete('checksum');
  url.searchParams.delete('archive');
  return { kind: 'http', url, folder, checksum };
}

/** `URL//folder` */
function splitFolder(address: string): { base: string; folder: string } {
  const start = address.includes('://') ? address.indexOf('://') + 3 : 0;
  const at = address.indexOf('//', start);
  if (at < 0) return { base: address, folder: '' };
  const queryAt = address.indexOf('?', at);
  const end = queryAt < 0 ? address.length : queryAt;
  const folder = address.slice(at + 2, end);
  if (folder.split('/').includes('..')) throw refuse(address, 'its folder leads out');
  return { base: address.slice(0, at) + address.slice(end), folder };
}

function refuse(text: string, why: string): SekishoError {
  const shown = text.replace(/\/\/[^/@]*@/, '//').slice(0, 300);
  return new SekishoError('CHECK_SOURCE', `${JSON.stringify(shown)} can't be pulled: ${why}.`, {
    hint: 'Known are oci://registry/name:tag, git::URL//folder?ref=x, http(s):// files and archives, and paths.',
  });
}
