import { join } from 'node:path';
import { type TempDir, tempDir } from '@sekisho/testkit';
import { Command } from 'commander';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { addWebhookCommand } from './commands.ts';

let folder: TempDir;
beforeEach(async () => {
  folder = await tempDir('sekisho-webhook-command-');
});
afterEach(() => folder.remove());

/** Runs `sekisho webhook ARGS` with a kubeconfig that is not there. */
function run(...args: readonly string[]): Promise<unknown> {
  const program = new Command('sekisho').option('-q, --quiet').exitOverride();
  program.configureOutput({ writeErr: () => {} });
  addWebhookCommand(program, AbortSignal.timeout(10_000));
  for (const command of program.commands) command.exitOverride().configureOutput({ writeErr: () => {} });
  const kubeconfig = join(folder.path, 'none');
  return program.parseAsync(['-q', 'webhook', '--kubeconfig', kubeconfig, ...args], { from: 'user' });
}

it.each([
  ['a key without its certificate', ['--tls-key', 'k'], { code: 'USAGE', message: /belong together/ }],
  ['names without an authority', ['--client-name', 'kube-apiserver'], { code: 'USAGE', message: /needs --client-ca/ }],
  ['a version of TLS that is none', ['--tls-min', '1.1'], { code: 'commander.invalidArgument', message: /1\.2, 1\.3/ }],
  ['no thread at all', ['--threads', '0'], { code: 'commander.invalidArgument', message: /from 1 to 64/ }],
  ['a kubeconfig that is missing', [], { code: 'KUBECONFIG_NOT_FOUND', message: /none/ }],
])('sekisho webhook refuses %s', async (_case, args, { code, message }) => {
  await expect(run(...args)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
});
