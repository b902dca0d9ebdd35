import { Buffer } from 'node:buffer';
import { quoteGo } from '@sekisho/base';
import {
  goFunction,
  isMap,
  type TemplateFunction,
  TemplateFunctionError,
  typeName,
  type Value,
} from '@sekisho/gotemplate';
import { own } from './deep.ts';

/** A URL as Go splits it; path and fragment without escapes. */
interface Url {
  scheme: string;
  opaque: string;
  userinfo: string;
  host: string;
  path: string;
  query: string;
  fragment: string;
}

class UrlFault extends Error {}

function parseUrl(text: string): Url {
  const fault = (problem: string): UrlFault => new UrlFault(`parse ${quoteGo(text)}: ${problem}`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what no URL may hold
  if (/[\x00-\x1f\x7f]/.test(text)) throw fault('net/url: invalid control character in URL');
  const [, main = '', fragment = ''] = /^([^#]*)(?:#(.*))?$/s.exec(text) ?? [];
  const result: Url = {
    scheme: '',
    opaque: '',
    userinfo: '',
    host: '',
    path: '',
    query: '',
    fragment: decoded(fragment, fault),
  };
  let rest = main;
  const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]*):/.exec(rest)?.[1];
  if (scheme !== undefined) {
    result.scheme = scheme.toLowerCase();
    rest = rest.slice(scheme.length + 1);
  } else if (rest.startsWith(':')) throw fault('missing protocol scheme');
  const question = rest.indexOf('?');
  if (question >= 0) {
    result.query = rest.slice(question + 1);
    rest = rest.slice(0, question);
  }
  if (!rest.startsWith('/')) {
    if (result.scheme !== '') return { ...result, opaque: rest };
    if ((rest.split('/')[0] ?? '').includes(':')) throw fault('first path segment in URL cannot contain colon');
  } else if (rest.startsWith('//') && (result.scheme !== '' || !rest.startsWith('///'))) {
    const [, authority = '', path = ''] = /^\/\/([^/]*)(.*)$/s.exec(rest) ?? [];
    rest = path;
    const at = authority.lastIndexOf('@');
    if (at >= 0) result.userinfo = userinfo(authority.slice(0, at), fault);
    result.host = hostOf(authority.slice(at + 1), fault);
  }
  return { ...result, path: decoded(rest, fault) };
}

type Fault = (problem: string) => UrlFault;

function decoded(text: string, fault: Fault): string {
  const bad = /%(?![\da-fA-F]{2}).{0,2}/s.exec(text)?.[0];
  if (bad !== undefined) throw fault(`invalid URL escape ${quoteGo(bad)}`);
  return Buffer.concat(
    text
      .split(/(%[\da-fA-F]{2})/)
      .map((part) => (/^%[\da-fA-F]{2}$/.test(part) ? Buffer.from(part.slice(1), 'hex') : Buffer.from(part))),
  ).toString();
}

function userinfo(text: string, fault: Fault): string {
  if (/[^A-Za-z0-9\-._:~!$&'()*+,;=%@]/.test(text)) throw fault('net/url: invalid userinfo');
  const [name = '', ...password] = text.split(':');
  const encode = (part: string): string => escaped(decoded(part, fault), /[A-Za-z0-9\-_.~$&+,;=]/);
  return password.length === 0 ? encode(name) : `${encode(name)}:${encode(password.join(':'))}`;
}

function hostOf(text: string, fault: Fault): string {
  const port = text.startsWith('[') ? text.slice(text.lastIndexOf(']') + 1) : text.slice(text.lastIndexOf(':'));
  if (text.startsWith('[') && !text.includes(']')) throw fault("missing ']' in host");
  if (text.includes(':') && port !== '' && !/^:\d*$/.test(port))
    throw fault(`invalid port ${quoteGo(port)} after host`);
  const strange = /[ "<>\\^`{|}]/.exec(text)?.[0];
  if (strange !== undefined) throw fault(`invalid character ${quoteGo(strange)} in host name`);
  return decoded(text, fault);
}

function escaped(text: string, kept: RegExp): string {
  let result = '';
  for (const byte of Buffer.from(text)) {
    const char = String.fromCharCode(byte);
    result += byte < 0x80 && kept.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return result;
}

const PATH_CHARACTERS = /[A-Za-z0-9\-_.~$&+,/:;=@!'()*]/;

function hostname(host: string): string {
  const bracketed = /^\[(.*)\]/.exec(host)?.[1];
  return bracketed ?? host.replace(/:\d*$/, '');
}

/** What `urlParse` fails with. */
function parsed(text: string, problem: string): Url {
  try {
    return parseUrl(text);
  } catch (error) {
    throw error instanceof UrlFault ? new TemplateFunctionError(`${problem}: ${error.message}`) : error;
  }
}

function urlParse(text: string): Record<string, Value> {
  const url = parsed(text, 'unable to parse url');
  return { ...url, hostname: hostname(url.host) };
}

function urlJoin(map: Record<string, Value>): string {
  const part = (key: string): string => {
    const value = own(map, key);
    if (value === undefined || typeof value === 'string') return value ?? '';
    throw new TemplateFunctionError(
      `unable to parse ${key} key, must be of type string, but ${isMap(value) ? 'map' : typeName(value)} found`,
    );
  };
  const [scheme, opaque, host, path] = [part('scheme'), part('opaque'), part('host'), part('path')];
  const given = part('userinfo');
  const user = given === '' ? '' : parsed(`proto://${given}@host`, `unable to parse userinfo in dict`).userinfo;
  let text = scheme === '' ? '' : `${scheme}:`;
  if (opaque !== '') text += opaque;
  else {
    if (scheme !== '' || host !== '' || user !== '') {
      if (host !== '' || path !== '' || user !== '') text += '//';
      text += `${user === '' ? '' : `${user}@`}${escaped(host, /[A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"]/)}`;
    }
    const escapedPath = escaped(path, PATH_CHARACTERS);
    if (escapedPath !== '' && !escapedPath.startsWith('/') && host !== '') text += '/';
    if (text === '' && (escapedPath.split('/')[0] ?? '').includes(':')) text += './';
    text += escapedPath;
  }
  const [query, fragment] = [part('query'), part('fragment')];
  if (query !== '') text += `?${query}`;
  if (fragment !== '') text += `#${escaped(fragment, /[A-Za-z0-9\-_.~$&+,/:;=?@!()*]/)}`;
  return text;
}

export const urlFunctions: Readonly<Record<string, TemplateFunction>> = {
  urlParse: goFunction(['string'], urlParse),
  urlJoin: goFunction(['map[string]interface {}'], urlJoin),
  // Helm asks no name server unless told to.
  getHostByName: goFunction(['string'], () => ''),
};
