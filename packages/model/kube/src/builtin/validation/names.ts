/**
 * Syntax of names, labels and keys. Each function returns the faults as the API server words them, none for a good text.
 * @see k8s.io/apimachinery/pkg/util/validation
 */
type Check = (text: string) => string[];

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const subdomain = `${label}(\\.${label})*`;
const qualified = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';

const labelShape = new RegExp(`^${label}$`);
const subdomainShape = new RegExp(`^${subdomain}$`);
const qualifiedShape = new RegExp(`^${qualified}$`);
const label1035Shape = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const wildcardShape = new RegExp(`^\\*\\.${subdomain}$`);

function regexFault(message: string, shape: string, ...examples: string[]): string {
  if (examples.length === 0) return `${message} (regex used for validation is '${shape}')`;
  const list = examples.map((example) => `'${example}', `).join(' or ');
  return `${message} (e.g. ${list}regex used for validation is '${shape}')`;
}

function tooLong(max: number): string {
  return `must be no more than ${max} bytes`;
}

const labelFault = regexFault(
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  label,
  'my-name',
  '123-abc',
);
const subdomainFault = regexFault(
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  subdomain,
  'example.com',
);

export const isDnsLabel: Check = (text) => {
  if (text.length <= 63 && labelShape.test(text)) return [];
  const faults = text.length > 63 ? [tooLong(63)] : [];
  if (!labelShape.test(text)) faults.push(subdomainShape.test(text) ? 'must not contain dots' : labelFault);
  return faults;
};

export const isDnsSubdomain: Check = (text) => {
  if (text.length <= 253 && subdomainShape.test(text)) return [];
  return [...(text.length > 253 ? [tooLong(253)] : []), ...(subdomainShape.test(text) ? [] : [subdomainFault])];
};

export const isWildcardDnsSubdomain: Check = (text) => [
  ...(text.length > 253 ? [tooLong(253)] : []),
  ...(wildcardShape.test(text)
    ? []
    : [
        regexFault(
          "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
          `\\*\\.${subdomain}`,
          '*.example.com',
        ),
      ]),
];

export const isDns1035Label: Check = (text) => {
  if (text.length <= 63 && label1035Shape.test(text)) return [];
  const faults = text.length > 63 ? [tooLong(63)] : [];
  if (!label1035Shape.test(text)) {
    faults.push(
      regexFault(
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
        '[a-z]([-a-z0-9]*[a-z0-9])?',
        'my-name',
        'abc-123',
      ),
    );
  }
  return faults;
};

/** A name that stands in a URL path, of RBAC objects. */
export const isPathSegment: Check = (text) => {
  if (text === '.' || text === '..') return [`may not be '${text}'`];
  const faults: string[] = [];
  for (const character of ['/', '%']) {
    if (text.includes(character)) faults.push(`may not contain '${character}'`);
  }
  return faults;
};

const qualifiedFault =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

/** `[prefix/]name`: keys of labels and annotations, finalizers, extended resources. */
export const isQualifiedName: Check = (text) => {
  const parts = text.split('/');
  const faults: string[] = [];
  let name = text;
  if (parts.length === 2) {
    const [prefix = '', rest = ''] = parts;
    name = rest;
    if (prefix === '') faults.push('prefix part must be non-empty');
    else faults.push(...isDnsSubdomain(prefix).map((fault) => `prefix part ${fault}`));
  } else if (parts.length > 2) {
    const shape = regexFault(qualifiedFault, qualified, 'MyName', 'my.name', '123-abc');
    return [`a qualified name ${shape} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  }
  if (name === '') faults.push('name part must be non-empty');
  else if (name.length > 63) faults.push(`name part ${tooLong(63)}`);
  if (!qualifiedShape.test(name)) {
    faults.push(`name part ${regexFault(qualifiedFault, qualified, 'MyName', 'my.name', '123-abc')}`);
  }
  return faults;
};

export const isLabelValue: Check = (text) => {
  if (text === '') return [];
  const faults = text.length > 63 ? [tooLong(63)] : [];
  if (!qualifiedShape.test(text)) {
    faults.push(
      regexFault(
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
        `(${qualified})?`,
        'MyValue',
        'my_value',
        '12345',
      ),
    );
  }
  return faults;
};

/** Keys of ConfigMaps and Secrets. */
export const isConfigKey: Check = (text) => {
  if (text.length <= 253 && /^[-._a-zA-Z0-9]+$/.test(text) && text !== '.' && !text.startsWith('..')) return [];
  const faults = text.length > 253 ? [tooLong(253)] : [];
  if (!/^[-._a-zA-Z0-9]+$/.test(text)) {
    faults.push(
      regexFault(
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
        '[-._a-zA-Z0-9]+',
        'key.name',
        'KEY_NAME',
        'key-name',
      ),
    );
  }
  if (text === '.') faults.push("must not be '.'");
  else if (text === '..') faults.push("must not be '..'");
  else if (text.startsWith('..')) faults.push("must not start with '..'");
  return faults;
};

/** Names of environment variables: printable ASCII without the equals sign. */
export const isEnvName: Check = (text) =>
  /^[ -<>-~]+$/.test(text)
    ? []
    : [
        regexFault(
          "a valid environment variable name must consist only of printable ASCII characters other than '='",
          '[ -<>-~]+',
        ),
      ];

/** Names of ports (IANA service names). */
export const isPortName: Check = (text) => {
  if (/^[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?$/.test(text) && /[a-z]/.test(text) && !text.includes('--')) return [];
  const faults = text.length > 15 ? ['must be no more than 15 characters'] : [];
  if (!/^[-a-z0-9]+$/.test(text)) faults.push('must contain only alphanumeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(text)) faults.push('must contain at least one letter (a-z)');
  if (text.includes('--')) faults.push('must not contain consecutive hyphens');
  if (text.startsWith('-') || text.endsWith('-')) faults.push('must not begin or end with a hyphen');
  return faults;
};

const percentShape = '[0-9]+%';

export const isPercent: Check = (text) =>
  /^[0-9]+%$/.test(text)
    ? []
    : [
        regexFault(
          "a valid percent string must be a numeric string followed by an ending '%'",
          percentShape,
          '1%',
          '93%',
        ),
      ];
