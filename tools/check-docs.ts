// Holds the documentation against the repository: links lead somewhere, commands exist, every error code is explained
// and every explained code exists. `npm run docs`.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkReference } from './check-reference.ts';
import { type CommandLike, checkCommandPages } from './generate-command-docs.ts';
import { listFiles, readSource } from './lib/source-files.ts';

/** The table of codes, one row each: `| CODE | … |`. */
const ERROR_TABLE = 'docs/reference/errors.md';

/**
 * All faults, one line each.
 * @param commands every command of the program as the user types it: `app sync`
 */
export function checkDocs(root: string, commands: ReadonlySet<string>): string[] {
  const problems: string[] = [];
  const { scripts = {} } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts?: Record<string, string>;
  };
  for (const file of listFiles(root, ['.md'])) {
    const text = readFileSync(file, 'utf8');
    const where = relative(root, file);
    for (const link of brokenLinks(file, text)) problems.push(`${where}: the link ${link} leads nowhere`);
    for (const script of unknownScripts(text, scripts)) problems.push(`${where}: there is no npm script "${script}"`);
    for (const command of unknownCommands(text, commands)) {
      problems.push(`${where}: there is no command "sekisho ${command}"`);
    }
  }
  return [...problems, ...checkErrorTable(root)];
}

function brokenLinks(file: string, text: string): string[] {
  const links = [...withoutCode(text).matchAll(/\[[^\]]*\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g)].map(
    (match) => match[1] ?? '',
  );
  return links.filter((link) => {
    if (/^(?:[a-z]+:|\/\/)/.test(link)) return false;
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? file : resolve(dirname(file), decodeURIComponent(path));
    if (!existsSync(target)) return true;
    return anchor !== undefined && target.endsWith('.md') && !anchorsOf(readFileSync(target, 'utf8')).has(anchor);
  });
}

/** Headings as forges turn them into anchors. */
function anchorsOf(text: string): Set<string> {
  const headings = [...withoutFences(text).matchAll(/^#+\s+(.*)$/gm)].map((match) => match[1] ?? '');
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(' ', '-'),
    ),
  );
}

function unknownScripts(text: string, scripts: Readonly<Record<string, string>>): string[] {
  const named = [...text.matchAll(/\bnpm run ([a-z][\w:-]*)/g)].map((match) => match[1] ?? '');
  return named.filter((name) => !Object.hasOwn(scripts, name));
}

/** A command is one or two words; what follows are its arguments. */
function unknownCommands(text: string, commands: ReadonlySet<string>): string[] {
  if (commands.size === 0) return [];
  const named = [...text.matchAll(/\bnpx sekisho ([a-z][\w-]*)(?: ([a-z][\w-]*))?/g)];
  return named
    .filter(
      ([, first = '', second]) =>
        !commands.has(first) || (isGroup(first, commands) && !commands.has(`${first} ${second}`)),
    )
    .map(([, first = '', second]) => (second === undefined ? first : `${first} ${second}`));
}

function isGroup(name: string, commands: ReadonlySet<string>): boolean {
  return [...commands].some((command) => command.startsWith(`${name} `));
}

function checkErrorTable(root: string): string[] {
  if (!existsSync(join(root, ERROR_TABLE))) return [`${ERROR_TABLE} is missing`];
  const table = readFileSync(join(root, ERROR_TABLE), 'utf8');
  const documented = new Set([...table.matchAll(/^\|\s*`?([A-Z][A-Z0-9_]+)`?\s*\|/gm)].map((match) => match[1] ?? ''));
  const used = codesInSource(root, documented);
  const problems = [...used]
    .filter(([code]) => !documented.has(code))
    .map(([code, file]) => `${file}: the code ${code} is not in ${ERROR_TABLE}`);
  const unused = [...documented].filter((code) => !used.has(code));
  return [...problems, ...unused.map((code) => `${ERROR_TABLE}: no source uses the code ${code}`)];
}

/**
 * Every error code in the source, with the first file that has it: the first argument of a SekishoError, a `code:` field,
 * and any other text that begins like one of those or of the documented ones (codes wander through tables and helpers).
 */
function codesInSource(root: string, documented: ReadonlySet<string>): Map<string, string> {
  const sources: { file: string; text: string }[] = [];
  for (const area of ['packages', 'apps']) {
    if (!existsSync(join(root, area))) continue;
    for (const file of listFiles(join(root, area), ['.ts'])) {
      if (!file.includes('/src/') || /\.(?:test|bench)\.ts$/.test(file) || file.includes('/testkit/')) continue;
      sources.push({ file: relative(root, file), text: readSource(file) });
    }
  }
  const made = /(?:\bnew SekishoError\(\s*|\bcode: )'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)'/g;
  const families = new Set([...documented].map(familyOf));
  for (const { text } of sources) for (const [, code = ''] of text.matchAll(made)) families.add(familyOf(code));

  const codes = new Map<string, string>();
  for (const { file, text } of sources) {
    for (const [, code = ''] of text.matchAll(/'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)'/g)) {
      if (families.has(familyOf(code)) && !NO_CODES.test(code) && !codes.has(code)) codes.set(code, file);
    }
  }
  return new Map([...codes].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Environment variables, and names of StackRox's enumerations, that look like codes. */
const NO_CODES =
  /^(?:GIT_ASKPASS|GIT_SSH\w*|SEKISHO_\w+|CLUSTER_(?:ADMIN|ROLES|ROLE_BINDINGS)|CONFIG_MAP_KEY|NOT_APPLICABLE|RESOURCE_FIELD)$/;

function familyOf(code: string): string {
  return code.slice(0, code.indexOf('_'));
}

function withoutFences(text: string): string {
  return text.replace(/^ {0,3}(```|~~~)[\s\S]*?^ {0,3}\1/gm, '');
}

function withoutCode(text: string): string {
  return withoutFences(text).replace(/`[^`\n]*`/g, '');
}

async function loadProgram(root: string): Promise<CommandLike | undefined> {
  const file = join(root, 'apps/cli/src/program.ts');
  if (!existsSync(file)) return undefined;
  const { createProgram } = (await import(file)) as { createProgram(signal: AbortSignal): CommandLike };
  return createProgram(new AbortController().signal);
}

function commandNames(program: CommandLike): Set<string> {
  const names = new Set<string>(['help']);
  const add = (command: CommandLike, prefix: string): void => {
    for (const child of command.commands) {
      names.add(prefix + child.name());
      add(child, `${prefix}${child.name()} `);
    }
  };
  add(program, '');
  return names;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
  const program = await loadProgram(root);
  const problems = [
    ...checkDocs(root, program === undefined ? new Set() : commandNames(program)),
    ...checkReference(root),
    ...(program === undefined ? [] : checkCommandPages(root, program)),
  ];
  for (const problem of problems) process.stdout.write(`${problem}\n`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
