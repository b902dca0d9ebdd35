import { InvalidArgumentError, Option } from 'commander';

/** How a setting is written in the config file and the environment: one text, several, or yes and no. */
export type SettingType = 'text' | 'list' | 'boolean';

/** A flag of Conftest's, which is a setting too: `--fail-on-warn`, `fail-on-warn` in conftest.toml, `CONFTEST_FAIL_ON_WARN`. */
export interface Setting {
  readonly name: string;
  readonly short?: string;
  readonly type: SettingType;
  readonly value?: string;
  readonly description: string;
  /** On unless turned off: the flag is `--no-NAME`. */
  readonly isOn?: boolean;
}

/** All settings by name. */
export const SETTINGS = {
  policy: {
    name: 'policy',
    short: 'p',
    type: 'list',
    value: 'path',
    description: 'files and folders with policies, separated by commas or repeated (default: policy)',
  },
  namespace: {
    name: 'namespace',
    short: 'n',
    type: 'list',
    value: 'name',
    description: 'packages to test; *, ? and [..] match many (default: main)',
  },
  'all-namespaces': { name: 'all-namespaces', type: 'boolean', description: 'test all packages' },
  data: {
    name: 'data',
    short: 'd',
    type: 'list',
    value: 'path',
    description: 'JSON and YAML files, or folders with some, that policies see as data',
  },
  combine: { name: 'combine', type: 'boolean', description: 'all files are one input: a list of {path, contents}' },
  parser: { name: 'parser', type: 'text', value: 'format', description: 'read all files in this format' },
  ignore: { name: 'ignore', type: 'text', value: 'regex', description: 'files and folders to pass over' },
  output: {
    name: 'output',
    short: 'o',
    type: 'text',
    value: 'format',
    description: 'stdout, json, tap, table, junit, github, azuredevops or sarif (default: stdout)',
  },
  'fail-on-warn': {
    name: 'fail-on-warn',
    type: 'boolean',
    description: 'exit status 1 when something warned, 2 when something failed',
  },
  'no-fail': { name: 'no-fail', type: 'boolean', description: 'exit status 0 also when something failed' },
  'suppress-exceptions': { name: 'suppress-exceptions', type: 'boolean', description: 'exceptions are not listed' },
  trace: { name: 'trace', type: 'boolean', description: 'how each rule was evaluated, on stderr' },
  strict: { name: 'strict', type: 'boolean', description: "the compiler's strict mode: unused variables and the like" },
  'show-builtin-errors': {
    name: 'show-builtin-errors',
    type: 'boolean',
    description: 'an error of a built-in function ends the test',
  },
  capabilities: {
    name: 'capabilities',
    type: 'text',
    value: 'file',
    description: 'a JSON file that names the built-in functions that policies may call',
  },
  'rego-version': { name: 'rego-version', type: 'text', value: 'version', description: 'v0 or v1 (default: v1)' },
  update: {
    name: 'update',
    short: 'u',
    type: 'list',
    value: 'url',
    description: 'pull policies from here first; see sekisho check pull',
  },
  'proto-file-dirs': {
    name: 'proto-file-dirs',
    type: 'list',
    value: 'folder',
    description: 'folders with .proto files, for textproto',
  },
  'stdin-filename': {
    name: 'stdin-filename',
    type: 'text',
    value: 'name',
    description: 'what standard input is called in results',
  },
  'junit-hide-message': {
    name: 'junit-hide-message',
    type: 'boolean',
    description: 'junit: names of test cases without the message',
  },
  'github-hide-passed': {
    name: 'github-hide-passed',
    type: 'boolean',
    description: 'github: leave out files where all passed',
  },
  tls: { name: 'tls', type: 'boolean', isOn: true, description: 'talk to registries without TLS' },
  quiet: { name: 'quiet', type: 'boolean', description: '' },
  'no-color': { name: 'no-color', type: 'boolean', description: '' },
  report: {
    name: 'report',
    type: 'text',
    value: 'detail',
    description: 'a report of each test: fails, notes or full',
  },
  'var-values': { name: 'var-values', type: 'boolean', description: 'values of variables in the report' },
  'allow-net': {
    name: 'allow-net',
    type: 'list',
    value: 'host',
    description: 'hosts that policies may reach by http.send and net.lookup_ip_addr (default: none)',
  },
} as const satisfies Readonly<Record<string, Setting>>;

export type SettingName = keyof typeof SETTINGS;

export function settingOption(name: SettingName): Option {
  const setting: Setting = SETTINGS[name];
  if (setting.isOn === true) return new Option(`--no-${name}`, setting.description);
  const short = setting.short === undefined ? '' : `-${setting.short}, `;
  const value = setting.value === undefined ? '' : ` <${setting.value}>`;
  const option = new Option(`${short}--${name}${value}`, setting.description);
  if (setting.type === 'list') {
    option.argParser((text: string, previous: unknown) => [
      ...(Array.isArray(previous) ? previous : []),
      ...splitList(text),
    ]);
  }
  return option;
}

/** As Conftest reads lists: separated by commas, with quotes around items that hold some. */
export function splitList(text: string): string[] {
  const items: string[] = [];
  const pattern = /"((?:[^"]|"")*)"(?:,|$)|([^,]*)(?:,|$)/gy;
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text);
    if (match === null) throw new InvalidArgumentError('A list is separated by commas.');
    items.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
  }
  return items;
}
