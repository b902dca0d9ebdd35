import { CelOpaque } from '../value/opaque.ts';
import { NONE, Optional } from '../value/value.ts';
import { textCost } from './cost.ts';
import { globalFunction, method, type Overload } from './function.ts';

interface Rule {
  readonly pattern: RegExp;
  readonly maxLength: number;
  readonly hint: string;
}

const LABEL: Rule = {
  pattern: /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/,
  maxLength: 63,
  hint: 'lower case letters, digits and -, with a letter or digit at both ends',
};
const SUBDOMAIN: Rule = {
  pattern: /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/,
  maxLength: 253,
  hint: 'labels of lower case letters, digits and -, with dots between them',
};
const LABEL_1035: Rule = {
  pattern: /^[a-z](?:[a-z0-9-]*[a-z0-9])?$/,
  maxLength: 63,
  hint: 'lower case letters, digits and -, with a letter in front and a letter or digit at the end',
};
const NO_LIMIT = Number.POSITIVE_INFINITY;

/** A name that something is appended to may end with a dash. */
function prefixOf(rule: Rule): Rule {
  return { ...rule, pattern: new RegExp(rule.pattern.source.replace(/\$$/, '-?$')) };
}

const RULES: Readonly<Record<string, Rule>> = {
  dns1123Label: LABEL,
  dns1123Subdomain: SUBDOMAIN,
  dns1035Label: LABEL_1035,
  dns1123LabelPrefix: prefixOf(LABEL),
  dns1123SubdomainPrefix: prefixOf(SUBDOMAIN),
  dns1035LabelPrefix: prefixOf(LABEL_1035),
  qualifiedName: {
    pattern: /^(?:[a-z0-9.-]{1,253}\/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/,
    maxLength: 317,
    hint: 'an optional DNS subdomain and /, then at most 63 letters, digits, -, _ and .',
  },
  labelValue: {
    pattern: /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/,
    maxLength: 63,
    hint: 'letters, digits, -, _ and ., with a letter or digit at both ends',
  },
  uri: { pattern: /^(?:[a-zA-Z][a-zA-Z0-9+.-]*:|\/)\S*$/, maxLength: NO_LIMIT, hint: 'an absolute URI or path' },
  uuid: {
    pattern: /^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/i,
    maxLength: 36,
    hint: 'a UUID of 32 hexadecimal digits',
  },
  byte: {
    pattern: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
    maxLength: NO_LIMIT,
    hint: 'bytes in base64',
  },
  date: { pattern: /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/, maxLength: 10, hint: 'a date as 2006-01-02' },
  datetime: {
    pattern:
      /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])[Tt](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/,
    maxLength: 40,
    hint: 'a date and time as 2006-01-02T15:04:05Z',
  },
};

class NamedFormat extends CelOpaque {
  readonly typeName = 'kubernetes.NamedFormat';
  readonly name: string;
  readonly rule: Rule;

  constructor(name: string, rule: Rule) {
    super();
    this.name = name;
    this.rule = rule;
  }

  equals(other: CelOpaque): boolean {
    return other instanceof NamedFormat && other.name === this.name;
  }

  toString(): string {
    return this.name;
  }
}

/** An absent optional for what is right, else what is wrong with it. */
function validate({ rule }: NamedFormat, text: string): Optional {
  if (text.length > rule.maxLength) return new Optional([`must be no more than ${rule.maxLength} bytes`]);
  return rule.pattern.test(text) ? NONE : new Optional([`must be ${rule.hint}`]);
}

const FORMATS = new Map(Object.entries(RULES).map(([name, rule]) => [name, new NamedFormat(name, rule)]));

/** Kubernetes' named formats: `format.dns1123Label().validate(text)`. */
export const FORMAT: readonly Overload[] = [
  ...[...FORMATS].map(([name, format]) => globalFunction(`format.${name}()`, () => format)),
  globalFunction('format.named(string)', (name: string) => {
    const format = FORMATS.get(name);
    return format === undefined ? NONE : new Optional(format);
  }),
  method('namedFormat.validate(string)', validate, (_: NamedFormat, text: string) => textCost(text)),
];
