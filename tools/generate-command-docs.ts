// Writes docs/commands: one page per command, out of the program itself, with the hand-written examples of
// docs/commands/examples. `npx tsx tools/generate-command-docs.ts` writes, with `--check` it only compares.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = 'docs/commands';

/** What is read of a commander command. */
export interface CommandLike {
  name(): string;
  description(): string;
  readonly commands: readonly CommandLike[];
  readonly options: readonly OptionLike[];
  readonly registeredArguments: readonly { name(): string; readonly required: boolean }[];
}

export interface OptionLike {
  readonly flags: string;
  readonly description: string;
  readonly defaultValue?: unknown;
  readonly envVar?: string | undefined;
  readonly argChoices?: readonly string[] | undefined;
  readonly hidden: boolean;
  readonly negate: boolean;
}

interface Page {
  /** `app sync` */
  readonly path: string;
  /** `app-sync` */
  readonly slug: string;
  readonly command: CommandLike;
}

/**
 * Every page of the folder, by file name.
 *
 * @param examples text of the examples of a command by its slug
 */
export function commandPages(
  program: CommandLike,
  examples: (slug: string) => string | undefined,
): ReadonlyMap<string, string> {
  const pages = leaves(program, '');
  const files = new Map(pages.map((page) => [`${page.slug}.md`, pageText(page, examples(page.slug))]));
  return files.set('README.md', indexText(program, pages));
}

/** What differs between the folder and the program, one line each. */
export function checkCommandPages(root: string, program: CommandLike): string[] {
  const folder = join(root, FOLDER);
  const pages = commandPages(program, (slug) => readExamples(root, slug));
  const problems: string[] = [];
  for (const [file, text] of pages) {
    const path = join(folder, file);
    if (!existsSync(path)) problems.push(`${FOLDER}/${file} is missing: run npx tsx tools/generate-command-docs.ts`);
    else if (readFileSync(path, 'utf8') !== text) {
      problems.push(`${FOLDER}/${file} is not what the program says: run npx tsx tools/generate-command-docs.ts`);
    }
  }
  for (const file of markdownFiles(folder)) {
    if (!pages.has(file)) problems.push(`${FOLDER}/${file} describes a command that is gone`);
  }
  for (const { path, slug } of leaves(program, '')) {
    if (readExamples(root, slug) === undefined)
      problems.push(`${FOLDER}/examples/${slug}.md is missing: sekisho ${path}`);
  }
  for (const file of markdownFiles(join(folder, 'examples'))) {
    if (!pages.has(file)) problems.push(`${FOLDER}/examples/${file} belongs to no command`);
  }
  return problems;
}

function leaves(command: CommandLike, path: string): Page[] {
  return command.commands.flatMap((child) => {
    const full = path === '' ? child.name() : `${path} ${child.name()}`;
    if (child.commands.length > 0) return leaves(child, full);
    return [{ path: full, slug: full.replaceAll(' ', '-'), command: child }];
  });
}

function pageText({ path, command }: Page, examples: string | undefined): string {
  const { options, registeredArguments } = command;
  const flags = options.filter((option) => !option.hidden);
  const words = registeredArguments.map((argument) =>
    argument.required ? argument.name().toUpperCase() : `[${argument.name().toUpperCase()}]`,
  );
  const usage = ['sekisho', path, ...words, ...(flags.length === 0 ? [] : ['[flags]'])].join(' ');
  const parts = [
    `# sekisho ${path}`,
    sentence(command.description()),
    `    ${usage}`,
    ...(flags.length === 0 ? [] : [flagTable(flags)]),
    'See also: [flags of every command](README.md#flags-of-every-command), [exit codes](../reference/exit-codes.md).',
    ...(examples === undefined ? [] : ['## Examples', examples.trimEnd()]),
  ];
  return `${parts.join('\n\n')}\n`;
}

function indexText(program: CommandLike, pages: readonly Page[]): string {
  const rows = pages.map(({ path, slug, command }) => `| [${path}](${slug}.md) | ${cell(command.description())} |`);
  const flags = program.options.filter((option) => !option.hidden);
  return `${[
    '# Commands',
    'These pages are made from the program (`npx tsx tools/generate-command-docs.ts`); `npm run docs` fails when they differ.',
    ['| command | what it does |', '| --- | --- |', ...rows].join('\n'),
    '## Flags of every command',
    flagTable(flags),
    '`-h` shows the help of any command.',
  ].join('\n\n')}\n`;
}

function flagTable(options: readonly OptionLike[]): string {
  const rows = options.map((option) => {
    const notes = [
      ...(option.argChoices === undefined ? [] : [`one of ${option.argChoices.join(', ')}`]),
      ...(hasDefault(option) ? [`default \`${String(option.defaultValue)}\``] : []),
      ...(option.envVar === undefined ? [] : [`also by \`${option.envVar}\``]),
    ];
    const note = notes.length === 0 ? '' : ` (${notes.join('; ')})`;
    return `| \`${option.flags}\` | ${cell(option.description)}${note} |`;
  });
  return ['| flag | meaning |', '| --- | --- |', ...rows].join('\n');
}

/** `--no-wait` makes `wait` true by default, which says nothing. */
function hasDefault({ defaultValue, negate }: OptionLike): boolean {
  return defaultValue !== undefined && !negate;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '\\<');
}

function sentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.?!)]$/.test(first) ? first : `${first}.`;
}

/** Links of the examples hold where they lie, one folder below the page. */
function readExamples(root: string, slug: string): string | undefined {
  const path = join(root, FOLDER, 'examples', `${slug}.md`);
  return existsSync(path) ? readFileSync(path, 'utf8').replaceAll('](../', '](') : undefined;
}

function markdownFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((file) => file.endsWith('.md'));
}

function writePages(root: string, program: CommandLike): void {
  const folder = join(root, FOLDER);
  mkdirSync(folder, { recursive: true });
  const pages = commandPages(program, (slug) => readExamples(root, slug));
  for (const file of markdownFiles(folder)) if (!pages.has(file)) rmSync(join(folder, file));
  for (const [file, text] of pages) writeFileSync(join(folder, file), text);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
  const { createProgram } = (await import(join(root, 'apps/cli/src/program.ts'))) as {
    createProgram(signal: AbortSignal): CommandLike;
  };
  const program = createProgram(new AbortController().signal);
  if (process.argv.includes('--check')) {
    const problems = checkCommandPages(root, program);
    for (const problem of problems) process.stdout.write(`${problem}\n`);
    process.exitCode = problems.length > 0 ? 1 : 0;
  } else writePages(root, program);
}
