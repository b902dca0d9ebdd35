import { readFileSync } from 'node:fs';
import { ExitCode } from '../exit-code.ts';
import { formatValue, type OutputFormat } from '../output/print.ts';
import { formatTable } from '../output/table.ts';
import type { CommandContext } from '../program.ts';

interface Repository {
  readonly type: string;
  readonly url: string;
}

interface AddFlags {
  readonly username?: string;
  readonly passwordStdin?: boolean;
  readonly sshKey?: string;
  readonly insecure?: boolean;
}

/** `sekisho repo add URL`. Secrets come from files or standard input, so that no process list shows them. */
export async function repoAdd({ connection, signal }: CommandContext, flags: AddFlags, url: string): Promise<ExitCode> {
  const body = {
    url,
    ...(flags.username === undefined ? {} : { username: flags.username }),
    ...(flags.passwordStdin === true ? { password: readFileSync(0, 'utf8').trim() } : {}),
    ...(flags.sshKey === undefined ? {} : { sshPrivateKey: readFileSync(flags.sshKey, 'utf8') }),
    ...(flags.insecure === true ? { insecure: true } : {}),
  };
  const added = (await connection.api.post('/api/v1/repositories', body, signal)) as Repository;
  process.stdout.write(`${added.url} added\n`);
  return ExitCode.ok;
}

/** `sekisho repo list`. */
export async function repoList(
  { connection, signal }: CommandContext,
  flags: { output: OutputFormat },
): Promise<ExitCode> {
  const { items } = (await connection.api.get('/api/v1/repositories', signal)) as { items: Repository[] };
  const answer =
    flags.output === 'json' || flags.output === 'yaml'
      ? formatValue(items, flags.output)
      : flags.output === 'name'
        ? items.map((item) => item.url).join('\n')
        : formatTable(items, [
            { title: 'TYPE', text: (row) => row.type },
            { title: 'URL', text: (row) => row.url },
          ]);
  process.stdout.write(`${answer}\n`);
  return ExitCode.ok;
}
