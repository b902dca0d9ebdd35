import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { type CommandLike, checkCommandPages, commandPages, type OptionLike } from './generate-command-docs.ts';

const trees: string[] = [];
afterEach(() => {
  for (const tree of trees.splice(0)) rmSync(tree, { recursive: true });
});

function option(flags: string, description: string, more: Partial<OptionLike> = {}): OptionLike {
  return { flags, description, hidden: false, negate: false, ...more };
}

function command(name: string, description: string, more: Partial<CommandLike> = {}): CommandLike {
  return {
    name: () => name,
    description: () => description,
    commands: [],
    options: [],
    registeredArguments: [],
    ...more,
  };
}

function program(): CommandLike {
  const sync = command('sync', 'apply what git says', {
    options: [
      option('-o, --output <format>', 'format a|b', { argChoices: ['table', 'json'], defaultValue: 'table' }),
      option('--token <token>', 'secret', { hidden: true }),
      option('--no-wait', 'return at once', { defaultValue: true, negate: true }),
    ],
    registeredArguments: [{ name: () => 'name', required: true }],
  });
  return command('sekisho', '', {
    commands: [command('app', 'applications', { commands: [sync] })],
    options: [option('-v, --verbose', 'more')],
  });
}

test('commandPages writes a page per command, with its flags, and an index', () => {
  const pages = commandPages(program(), () => '    sekisho app sync web\n');
  expect([...pages.keys()]).toEqual(['app-sync.md', 'README.md']);
  expect(pages.get('app-sync.md')).toBe(`# sekisho app sync

Apply what git says.

    sekisho app sync NAME [flags]

| flag | meaning |
| --- | --- |
| \`-o, --output <format>\` | format a\\|b (one of table, json; default \`table\`) |
| \`--no-wait\` | return at once |

See also: [flags of every command](README.md#flags-of-every-command), [exit codes](../reference/exit-codes.md).

## Examples

    sekisho app sync web
`);
  expect(pages.get('README.md')).toContain('| [app sync](app-sync.md) | apply what git says |');
});

test('checkCommandPages names what is missing, stale, or without a command', () => {
  const root = mkdtempSync(join(tmpdir(), 'commands-'));
  trees.push(root);
  mkdirSync(join(root, 'docs/commands/examples'), { recursive: true });
  const write = (file: string, text: string) => writeFileSync(join(root, 'docs/commands', file), text);
  write('README.md', 'stale');
  write('gone.md', '');
  write('examples/gone.md', '');
  expect(checkCommandPages(root, program())).toEqual([
    'docs/commands/app-sync.md is missing: run npx tsx tools/generate-command-docs.ts',
    'docs/commands/README.md is not what the program says: run npx tsx tools/generate-command-docs.ts',
    'docs/commands/gone.md describes a command that is gone',
    'docs/commands/examples/app-sync.md is missing: sekisho app sync',
    'docs/commands/examples/gone.md belongs to no command',
  ]);
  write('examples/app-sync.md', 'text');
  for (const [file, text] of commandPages(program(), () => 'text')) write(file, text);
  rmSync(join(root, 'docs/commands/gone.md'));
  rmSync(join(root, 'docs/commands/examples/gone.md'));
  expect(checkCommandPages(root, program())).toEqual([]);
});
