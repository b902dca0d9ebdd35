import { parseYamlDocuments } from '@sekisho/base';
import { arrayOf, fromJson, numberOf, type StandardFunction, textOf } from './standard-function.ts';
import { type JsonnetMachine, type JsonnetValue, Thunk } from './value.ts';

function onText(operate: (text: string) => JsonnetValue): StandardFunction {
  return { parameters: 'str', call: (e, [str]) => operate(textOf(e, str)) };
}

function strip(left: boolean, right: boolean): StandardFunction {
  return {
    parameters: 'str chars',
    call: (e, [str, chars]) => {
      const text = [...textOf(e, str)];
      const set = new Set(textOf(e, chars));
      let start = 0;
      let end = text.length;
      while (left && start < end && set.has(text[start] ?? '')) start++;
      while (right && end > start && set.has(text[end - 1] ?? '')) end--;
      return text.slice(start, end).join('');
    },
  };
}

function texts(parts: readonly string[]): Thunk[] {
  return parts.map((part) => Thunk.of(part));
}

function integer(base: number, digits: RegExp): StandardFunction {
  return {
    parameters: 'str',
    call: (e, [str]) => {
      const text = textOf(e, str);
      if (!digits.test(text)) throw e.fault(`${JSON.stringify(text.slice(0, 40))} is no number to the base ${base}`);
      return Number.parseInt(text, base);
    },
  };
}

/** A text, or an array of the numbers of its bytes. */
function bytesOf(e: JsonnetMachine, value: JsonnetValue | undefined): Buffer {
  if (typeof value === 'string') return Buffer.from(value);
  return Buffer.from(arrayOf(e, value).map((item) => numberOf(e, e.force(item)) & 255));
}

/** Functions of `std` over strings. */
export const STRING_FUNCTIONS: Readonly<Record<string, StandardFunction>> = {
  codepoint: onText((text) => text.codePointAt(0) ?? 0),
  char: {
    parameters: 'n',
    call: (e, [n]) => {
      const code = numberOf(e, n);
      if (!Number.isInteger(code) || code < 0 || code > 0x10ffff) throw e.fault(`${code} is no code point`);
      return String.fromCodePoint(code);
    },
  },
  substr: {
    parameters: 'str from len',
    call: (e, [str, from, len]) => {
      const start = numberOf(e, from);
      return [...textOf(e, str)].slice(start, start + numberOf(e, len)).join('');
    },
  },
  startsWith: { parameters: 'a b', call: (e, [a, b]) => textOf(e, a).startsWith(textOf(e, b)) },
  endsWith: { parameters: 'a b', call: (e, [a, b]) => textOf(e, a).endsWith(textOf(e, b)) },
  stripChars: strip(true, true),
  lstripChars: strip(true, false),
  rstripChars: strip(false, true),
  trim: onText((text) => text.replace(/^[ \t\n\f\r\u0085\u00a0]+|[ \t\n\f\r\u0085\u00a0]+$/g, '')),
  split: { parameters: 'str c', call: (e, [str, c]) => texts(textOf(e, str).split(textOf(e, c))) },
  splitLimit: {
    parameters: 'str c maxsplits',
    call: (e, [str, c, limit]) => {
      const separator = textOf(e, c);
      const parts = textOf(e, str).split(separator);
      const count = numberOf(e, limit);
      if (count < 0 || parts.length <= count + 1) return texts(parts);
      return texts([...parts.slice(0, count), parts.slice(count).join(separator)]);
    },
  },
  splitLimitR: {
    parameters: 'str c maxsplits',
    call: (e, [str, c, limit]) => {
      const separator = textOf(e, c);
      const parts = textOf(e, str).split(separator);
      const count = numberOf(e, limit);
      if (count < 0 || parts.length <= count + 1) return texts(parts);
      const head = parts.slice(0, parts.length - count).join(separator);
      return texts([head, ...parts.slice(parts.length - count)]);
    },
  },
  strReplace: {
    parameters: 'str from to',
    call: (e, [str, from, to]) => {
      const text = textOf(e, str).split(textOf(e, from)).join(textOf(e, to));
      e.spend(text.length);
      return text;
    },
  },
  asciiUpper: onText((text) => text.replace(/[a-z]/g, (char) => char.toUpperCase())),
  asciiLower: onText((text) => text.replace(/[A-Z]/g, (char) => char.toLowerCase())),
  stringChars: onText((text) => texts([...text])),
  isEmpty: onText((text) => text === ''),
  equalsIgnoreCase: {
    parameters: 'str1 str2',
    call: (e, [a, b]) => textOf(e, a).toLowerCase() === textOf(e, b).toLowerCase(),
  },
  findSubstr: {
    parameters: 'pat str',
    call: (e, [pat, str]) => {
      const [pattern, text] = [textOf(e, pat), textOf(e, str)];
      const found: Thunk[] = [];
      if (pattern === '') return found;
      for (let at = text.indexOf(pattern); at >= 0; at = text.indexOf(pattern, at + 1)) found.push(Thunk.of(at));
      return found;
    },
  },
  parseInt: integer(10, /^-?\d+$/),
  parseOctal: integer(8, /^[0-7]+$/),
  parseHex: integer(16, /^[0-9a-fA-F]+$/),
  parseJson: {
    parameters: 'str',
    call: (e, [str]) => {
      try {
        return fromJson(JSON.parse(textOf(e, str)));
      } catch (error) {
        if (error instanceof SyntaxError) throw e.fault('the text is no JSON');
        throw error;
      }
    },
  },
  parseYaml: {
    parameters: 'str',
    call: (e, [str]) => {
      const { documents, diagnostics } = parseYamlDocuments(textOf(e, str), { file: '' });
      if (diagnostics.some(({ severity }) => severity === 'error')) throw e.fault('the text is no YAML');
      const values = documents.map(({ value }) => value);
      return fromJson(values.length === 1 ? values[0] : values.length === 0 ? null : values);
    },
  },
  escapeStringJson: { parameters: 'str_', call: (e, [str = null]) => JSON.stringify(e.toText(str)) },
  escapeStringPython: { parameters: 'str', call: (e, [str = null]) => JSON.stringify(e.toText(str)) },
  escapeStringBash: { parameters: 'str_', call: (e, [str = null]) => `'${e.toText(str).replaceAll("'", `'"'"'`)}'` },
  escapeStringDollars: { parameters: 'str_', call: (e, [str = null]) => e.toText(str).replaceAll('$', '$$$$') },
  base64: { parameters: 'input', call: (e, [input]) => bytesOf(e, input).toString('base64') },
  base64Decode: onText((text) => Buffer.from(text, 'base64').toString('utf8')),
  base64DecodeBytes: onText((text) => [...Buffer.from(text, 'base64')].map((byte) => Thunk.of(byte))),
  encodeUTF8: onText((text) => [...Buffer.from(text)].map((byte) => Thunk.of(byte))),
  decodeUTF8: { parameters: 'arr', call: (e, [arr]) => bytesOf(e, arr).toString('utf8') },
};
