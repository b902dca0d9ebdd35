import { quoteGo } from '@sekisho/base';
import { booleanType, fn, objectOf, stringType } from '../types/construct.ts';
import type { Value } from '../value/value.ts';
import type { Builtin } from './builtin.ts';
import { bytesOfText, textOfBytes } from './bytes.ts';
import { builtinFault, stringOperand } from './operand.ts';
import { unescapeBytes, wrongEscape } from './urlquery.ts';

interface Uri {
  scheme: string;
  hostname: string;
  port: string;
  path: string;
  raw_path: string;
  raw_query: string;
  fragment: string;
}

/** Why a text is no URI. */
class UriSyntax {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/** ASCII control characters. */
const CONTROL = /(?![\u0080-\u009f])\p{Cc}/u;

/** As Go's `url.Parse` takes texts apart, which is laxer than RFC 3986. @throws UriSyntax */
function parseUri(text: string): Uri {
  if (CONTROL.test(text)) throw new UriSyntax('net/url: invalid control character in URL');
  const uri: Uri = { scheme: '', hostname: '', port: '', path: '', raw_path: '', raw_query: '', fragment: '' };
  const [beforeFragment, fragment] = cut(text, '#');
  uri.fragment = unescaped(fragment);
  const [scheme, afterScheme] = splitScheme(beforeFragment);
  uri.scheme = scheme.toLowerCase();
  const [rest, query] = cut(afterScheme, '?');
  uri.raw_query = query;
  if (!rest.startsWith('/')) {
    // What follows the scheme of `mailto:a@b` is opaque.
    if (scheme !== '') return uri;
    if ((rest.split('/', 1)[0] ?? '').includes(':'))
      throw new UriSyntax('first path segment in URL cannot contain colon');
  }
  let path = rest;
  if (rest.startsWith('//') && (scheme !== '' || !rest.startsWith('///'))) {
    const slash = rest.indexOf('/', 2);
    readAuthority(uri, slash < 0 ? rest.slice(2) : rest.slice(2, slash));
    path = slash < 0 ? '' : rest.slice(slash);
  }
  uri.path = unescaped(path);
  // Go keeps the path as written only where escaping the plain one would not give it back.
  uri.raw_path = path === '' || isDefaultEncoding(uri.path, path) ? uri.path : path;
  return uri;
}

function cut(text: string, separator: string): [before: string, after: string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function splitScheme(text: string): [scheme: string, rest: string] {
  if (text.startsWith(':')) throw new UriSyntax('missing protocol scheme');
  const match = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text);
  return match === null ? ['', text] : [match[1] ?? '', text.slice(match[0].length)];
}

function readAuthority(uri: Uri, authority: string): void {
  const at = authority.lastIndexOf('@');
  const host = parseHost(authority.slice(at + 1));
  if (at >= 0) checkUserInfo(authority.slice(0, at));
  const port = /:(\d*)$/.exec(host);
  const name = port === null ? host : host.slice(0, port.index);
  uri.hostname = name.startsWith('[') && name.endsWith(']') ? name.slice(1, -1) : name;
  uri.port = port?.[1] ?? '';
}

function checkUserInfo(text: string): void {
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(text)) throw new UriSyntax('net/url: invalid userinfo');
  const wrong = wrongEscape(text);
  if (wrong !== undefined) throw new UriSyntax(`invalid URL escape "${wrong}"`);
}

function parseHost(host: string): string {
  if (!host.startsWith('[')) {
    const colon = host.indexOf(':');
    if (colon >= 0) checkPort(host.slice(colon));
    return unescapedHost(host);
  }
  const end = host.lastIndexOf(']');
  if (end < 0) throw new UriSyntax("missing ']' in host");
  checkPort(host.slice(end + 1));
  const literal = host.slice(1, end);
  const zone = literal.indexOf('%25');
  const address = zone < 0 ? literal : literal.slice(0, zone);
  if (!/^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*$/.test(address)) throw new UriSyntax('invalid IP-literal');
  const name = zone < 0 ? '' : `%${unescapeBytes(literal.slice(zone + 3))}`;
  return `[${address}${name}]${host.slice(end + 1)}`;
}

function checkPort(text: string): void {
  if (!/^(?::\d*)?$/.test(text)) throw new UriSyntax(`invalid port ${quoteGo(text)} after host`);
}

/** Host names may hold escapes of bytes beyond ASCII only. */
function unescapedHost(host: string): string {
  const wrong = wrongEscape(host);
  if (wrong !== undefined) throw new UriSyntax(`invalid URL escape "${wrong}"`);
  const ascii = /%[0-7][0-9A-Fa-f]/.exec(host);
  if (ascii !== null && ascii[0] !== '%25') throw new UriSyntax(`invalid URL escape "${ascii[0]}"`);
  const invalid = /[ \\^`{|}]/.exec(host);
  if (invalid !== null) throw new UriSyntax(`invalid character ${quoteGo(invalid[0])} in host name`);
  return unescapeBytes(host);
}

function unescaped(text: string): string {
  const wrong = wrongEscape(text);
  if (wrong !== undefined) throw new UriSyntax(`invalid URL escape "${wrong}"`);
  return unescapeBytes(text);
}

/** Whether escaping `path` gives `raw`, or `raw` has no escapes at all. */
function isDefaultEncoding(path: string, raw: string): boolean {
  if (!raw.includes('%')) return true;
  const escaped = encodeURIComponent(textOfBytes(bytesOfText(path))).replace(
    /%(?:24|26|2B|2C|2F|3A|3B|3D|40)/g,
    decodeURIComponent,
  );
  return escaped.replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`) === raw;
}

function withoutEmpty(uri: Uri): Value {
  return Object.fromEntries(Object.entries(uri).filter(([, value]) => value !== ''));
}

function parse(text: string): Value {
  try {
    return withoutEmpty(parseUri(text));
  } catch (error) {
    if (error instanceof UriSyntax) throw builtinFault('uri.parse', `parse ${quoteGo(text)}: ${error.reason}`);
    throw error;
  }
}

function isValid(text: string): boolean {
  try {
    parseUri(text);
    return text !== '';
  } catch (error) {
    if (error instanceof UriSyntax) return false;
    throw error;
  }
}

export const URI_BUILTINS: readonly Builtin[] = [
  {
    name: 'uri.parse',
    type: fn([stringType], objectOf(stringType, stringType)),
    description: 'Parts of a URI: scheme, hostname, port, path, raw_path, raw_query, fragment; those that it has.',
    evaluate: (context, value) => {
      const text = stringOperand('uri.parse', 1, value as Value);
      context.spend(text.length >> 3);
      return parse(text);
    },
  },
  {
    name: 'uri.is_valid',
    type: fn([stringType], booleanType),
    description: 'Whether a text is a URI.',
    evaluate: (context, value) => {
      if (typeof value !== 'string') return false;
      context.spend(value.length >> 3);
      return isValid(value);
    },
  },
];
