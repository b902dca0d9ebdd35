import { CelFault } from '../runtime/fault.ts';
import { EntryMap } from '../value/map.ts';
import { CelOpaque } from '../value/opaque.ts';
import { textCost } from './cost.ts';
import { globalFunction, method, type Overload } from './function.ts';
import { isValid } from './is-valid.ts';

/** Scheme, what stands behind `//`, path, query: a fragment is none, as in a request. */
const SHAPE = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?:\/\/([^/?]*))?([^?]*)(?:\?(.*))?$/s;
const HOST = /^(?:\[([0-9a-fA-F:.%a-z]+)\]|([^\s[\]:<>"{}|\\^`]*))(?::(\d*))?$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
const CONTROL = /[\x00-\x1f\x7f]/;
const BAD_ESCAPE = /%(?![0-9a-fA-F]{2})/;

class CelUrl extends CelOpaque {
  readonly typeName = 'kubernetes.URL';
  readonly text: string;
  readonly scheme: string;
  readonly host: string;
  readonly hostname: string;
  readonly port: string;
  readonly path: string;
  readonly query: string;

  constructor(text: string, parts: Pick<CelUrl, 'scheme' | 'host' | 'hostname' | 'port' | 'path' | 'query'>) {
    super();
    this.text = text;
    this.scheme = parts.scheme;
    this.host = parts.host;
    this.hostname = parts.hostname;
    this.port = parts.port;
    this.path = parts.path;
    this.query = parts.query;
  }

  equals(other: CelOpaque): boolean {
    return other instanceof CelUrl && other.text === this.text;
  }

  toString(): string {
    return this.text;
  }
}

/** An absolute URI or an absolute path. */
function read(text: string): CelUrl {
  const fault = new CelFault(`URL parse error during conversion from string: ${JSON.stringify(text.slice(0, 100))}`);
  const match = CONTROL.test(text) ? null : SHAPE.exec(text);
  if (match === null) throw fault;
  const [, scheme = '', authority = '', path = '', query = ''] = match;
  if (scheme === '' && !text.startsWith('/')) throw fault;
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  const parts = HOST.exec(host);
  if (parts === null || BAD_ESCAPE.test(path)) throw fault;
  return new CelUrl(text, {
    scheme: scheme.toLowerCase(),
    host,
    hostname: parts[1] ?? parts[2] ?? '',
    port: parts[3] ?? '',
    path: path.startsWith('/') ? escapePath(path) : '',
    query,
  });
}

function escapePath(path: string): string {
  return path.replace(/[^A-Za-z0-9\-_.~!$&'()*+,;=:@/%[\]]+/gu, (part) => encodeURIComponent(part));
}

/** Pairs that can't be read are left out. */
function queryOf({ query }: CelUrl): EntryMap {
  const values = new Map<string, string[]>();
  for (const pair of query.split('&')) {
    if (pair === '' || pair.includes(';')) continue;
    const equals = pair.indexOf('=');
    const name = unescapeQuery(equals < 0 ? pair : pair.slice(0, equals));
    const value = unescapeQuery(equals < 0 ? '' : pair.slice(equals + 1));
    if (name === undefined || value === undefined) continue;
    const list = values.get(name);
    if (list === undefined) values.set(name, [value]);
    else list.push(value);
  }
  return new EntryMap(values);
}

function unescapeQuery(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

/** Kubernetes' addresses: `url('https://example/path')`. */
export const URLS: readonly Overload[] = [
  globalFunction('url(string)', read, textCost),
  globalFunction('isURL(string)', isValid(read), textCost),
  method('url.getScheme()', (url: CelUrl) => url.scheme),
  method('url.getHost()', (url: CelUrl) => url.host),
  method('url.getHostname()', (url: CelUrl) => url.hostname),
  method('url.getPort()', (url: CelUrl) => url.port),
  method('url.getEscapedPath()', (url: CelUrl) => url.path),
  method('url.getQuery()', queryOf, (url: CelUrl) => textCost(url.query)),
];
