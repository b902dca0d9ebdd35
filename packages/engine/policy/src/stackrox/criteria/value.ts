import { compilePattern } from './pattern.ts';

/** How the values of a criterion are written, and what they accept. */
export interface ValueGrammar<V> {
  /** Completes "must be …". */
  readonly expects: string;
  /** @throws RangeError when it is not written so; the message may say why */
  compile(value: string): (candidate: V) => boolean;
}

/** An expression for the whole text. */
export const expression: ValueGrammar<string> = {
  expects: 'a regular expression (RE2), which is held against the whole text',
  compile(value) {
    if (value.trim() === '') throw new RangeError('it is blank');
    return compilePattern(value);
  },
};

export const truth: ValueGrammar<boolean> = {
  expects: 'true or false',
  compile(value) {
    const wanted = value.toLowerCase();
    if (wanted !== 'true' && wanted !== 'false') throw new RangeError();
    return (candidate) => candidate === (wanted === 'true');
  },
};

/** Whole days; accepts ages. */
export const days: ValueGrammar<number> = {
  expects: 'a whole number of days',
  compile(value) {
    if (!/^\d+$/.test(value)) throw new RangeError();
    return (age) => age > Number(value);
  },
};

const comparators: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '': (a, b) => a === b,
  '<': (a, b) => a < b,
  '>': (a, b) => a > b,
  '<=': (a, b) => a <= b,
  '>=': (a, b) => a >= b,
};

export const comparison: ValueGrammar<number> = {
  expects: 'a number, with <, >, <= or >= before it or nothing: ">= 7"',
  compile(value) {
    const [, comparator = '', digits] = /^(<=?|>=?)?\s*(\d*\.?\d+)$/.exec(value) ?? [];
    const compare = comparators[comparator];
    if (digits === undefined || compare === undefined) throw new RangeError();
    const wanted = Number(digits);
    return (candidate) => compare(candidate, wanted);
  },
};

/** One of some names, in any case. */
export function oneOf(names: readonly string[]): ValueGrammar<string> {
  return {
    expects: `one of ${names.join(', ')}`,
    compile(value) {
      const wanted = names.find((name) => name === value.toUpperCase());
      if (wanted === undefined) throw new RangeError();
      return (candidate) => candidate === wanted;
    },
  };
}

/** As {@link oneOf}, of names that have an order: `>= IMPORTANT`. `least` makes every name mean "at least". */
export function ranked(names: readonly string[], { least = false } = {}): ValueGrammar<string> {
  return {
    expects: `one of ${names.join(', ')}${least ? '' : ', with <, >, <= or >= before it or nothing'}`,
    compile(value) {
      const [, comparator = '', name = ''] = (least ? /^()(\w+)$/ : /^(<=?|>=?)?\s*(\w+)$/).exec(value) ?? [];
      const wanted = names.indexOf(name.toUpperCase());
      const compare = comparators[least ? '>=' : comparator];
      if (wanted < 0 || compare === undefined) throw new RangeError();
      return (candidate) => compare(names.indexOf(candidate), wanted);
    },
  };
}

/** `first=second`, two expressions; one that is empty accepts everything. */
export function pair(
  expects: string,
  { secondRequired }: { readonly secondRequired: boolean },
): ValueGrammar<readonly [string, string]> {
  return {
    expects,
    compile(value) {
      const cut = value.indexOf('=');
      if (value.trim() === '' || (secondRequired && cut <= 0)) throw new RangeError();
      const first = compilePattern(cut < 0 ? value : value.slice(0, cut));
      const second = compilePattern(cut < 0 ? '' : value.slice(cut + 1));
      return (candidate) => first(candidate[0]) && second(candidate[1]);
    },
  };
}

const INSTRUCTIONS =
  'ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM LABEL MAINTAINER ONBUILD RUN STOPSIGNAL USER VOLUME WORKDIR'.split(' ');

/** `INSTRUCTION=expression`; without an instruction any. */
export const dockerfileLine: ValueGrammar<readonly [string, string]> = {
  expects: `INSTRUCTION=expression, the instruction empty or one of ${INSTRUCTIONS.join(', ')}`,
  compile(value) {
    const cut = value.indexOf('=');
    const instruction = value.slice(0, Math.max(cut, 0)).toUpperCase();
    if (cut < 0 || (instruction !== '' && !INSTRUCTIONS.includes(instruction))) throw new RangeError();
    const line = compilePattern(value.slice(cut + 1));
    return (candidate) => (instruction === '' || candidate[0].toUpperCase() === instruction) && line(candidate[1]);
  },
};

const ENV_SOURCES = ['UNSET', 'RAW', 'SECRET_KEY', 'CONFIG_MAP_KEY', 'FIELD', 'RESOURCE_FIELD', 'UNKNOWN'];

/** `SOURCE=key=value`: where a value is only referred to, nothing may be said of it. */
export const environmentVariable: ValueGrammar<readonly [string, string, string]> = {
  expects: `SOURCE=key=value, the source empty or one of ${ENV_SOURCES.join(', ')}; a value only with UNSET, RAW, UNKNOWN or no source`,
  compile(written) {
    const [, sourceName = '', key = '', value = ''] = /^([^=]*)=([^=]*)=(.*)$/s.exec(written) ?? ['', '-'];
    const source = sourceName.toUpperCase();
    if (source !== '' && !ENV_SOURCES.includes(source)) throw new RangeError();
    if (value !== '' && !['', 'UNSET', 'RAW', 'UNKNOWN'].includes(source)) throw new RangeError();
    const keys = compilePattern(key);
    const values = compilePattern(value);
    return (candidate) => (source === '' || candidate[0] === source) && keys(candidate[1]) && values(candidate[2]);
  },
};

/** Text that begins so, in any case. */
export const prefix: ValueGrammar<string> = {
  expects: 'text',
  compile(value) {
    if (value.trim() === '') throw new RangeError('it is blank');
    const wanted = value.toLowerCase();
    return (candidate) => candidate.toLowerCase().startsWith(wanted);
  },
};

/** Text of a certain form, which is compared as it is. */
export function written(expects: string, form: RegExp): ValueGrammar<string> {
  return {
    expects,
    compile(value) {
      if (!form.test(value)) throw new RangeError();
      return (candidate) => candidate.toLowerCase() === value.toLowerCase();
    },
  };
}
