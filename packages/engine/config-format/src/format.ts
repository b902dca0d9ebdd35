/** The formats that can be read, by the names that Conftest's `--parser` takes. */
export const FORMAT_NAMES = [
  'codeowners',
  'cue',
  'cyclonedx',
  'dockerfile',
  'dotenv',
  'edn',
  'groovy',
  'hcl1',
  'hcl2',
  'hocon',
  'ignore',
  'ini',
  'json',
  'jsonc',
  'jsonnet',
  'nginx',
  'properties',
  'spdx',
  'textproto',
  'toml',
  'vcl',
  'xml',
  'yaml',
] as const;

export type FormatName = (typeof FORMAT_NAMES)[number];

/** File name endings that are no names of formats. */
const EXTENSIONS: ReadonlyMap<string, FormatName> = new Map([
  ['yml', 'yaml'],
  ['hcl', 'hcl2'],
  ['tf', 'hcl2'],
  ['tfvars', 'hcl2'],
  ['gitignore', 'ignore'],
  ['dockerignore', 'ignore'],
  ['env', 'dotenv'],
]);

/** Whether `name` is a format. */
export function isFormatName(name: string): name is FormatName {
  return (FORMAT_NAMES as readonly string[]).includes(name);
}

/**
 * The format of a file by its name alone, as Conftest 0.7x decides: `Dockerfile[.*]`, `*.dockerfile`, `.env[.*]`, `nginx.conf`,
 * `CODEOWNERS` and `Jenkinsfile[.*]` by the whole name, anything else by what follows the last dot.
 *
 * @param path  a path with `/` or `\`; `-` (standard input) is YAML
 * @returns undefined when the name tells nothing
 */
export function formatOfPath(path: string): FormatName | undefined {
  if (path === '-') return 'yaml';
  const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
  const lower = name.toLowerCase();
  if (name === 'Dockerfile' || name.startsWith('Dockerfile.') || lower.endsWith('.dockerfile')) return 'dockerfile';
  if (name === 'Jenkinsfile' || name.startsWith('Jenkinsfile.')) return 'groovy';
  if (lower === 'codeowners') return 'codeowners';
  if (name === 'nginx.conf') return 'nginx';
  if (name === '.env' || name.startsWith('.env.')) return 'dotenv';
  const dot = lower.lastIndexOf('.');
  if (dot < 0) return undefined;
  const extension = lower.slice(dot + 1);
  return EXTENSIONS.get(extension) ?? (isFormatName(extension) ? extension : undefined);
}
