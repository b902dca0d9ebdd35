import { readFileSync } from 'node:fs';
import { SekishoError } from '@sekisho/base';
import type { CommandContext } from '../command-context.ts';
import { ExitCode } from '../exit-code.ts';
import { formatRows, type OutputFormat, print } from '../output/print.ts';

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
export async function repoAdd(
  { connection, signal, progress }: CommandContext,
  flags: AddFlags,
  url: string,
): Promise<ExitCode> {
  const body = {
    url,
    ...(flags.username === undefined ? {} : { username: flags.username }),
    ...(flags.passwordStdin === true ? { password: readFileSync(0, 'utf8').trim() } : {}),
    ...(flags.sshKey === undefined ? {} : { sshPrivateKey: readKey(flags.sshKey) }),
    ...(flags.insecure === true ? { insecure: true } : {}),
  };
  const added = (await connection.api.post('/api/v1/repositories', body, signal)) as Repository;
  print(`${added.url} added`);
  const embedded = /^embedded:(.+)$/.exec(added.url)?.[1];
  if (embedded !== undefined) {
    progress.done(
      `Clone it (any user; the server's token is the password): git clone ${connection.api.server}/git/${embedded}.git`,
    );
  }
  return ExitCode.ok;
}

/** `sekisho repo list`. */
export async function repoList(
  { connection, signal }: CommandContext,
  flags: { output: OutputFormat },
): Promise<ExitCode> {
  const { items } = (await connection.api.get('/api/v1/repositories', signal)) as { items: Repository[] };
  const columns = [
    { title: 'TYPE', text: (row: Repository) => row.type },
    { title: 'URL', text: (row: Repository) => row.url },
  ];
  if (items.length === 0 && flags.output === 'table') {
    process.stderr.write('No repositories yet. Make one: sekisho repo add embedded:NAME\n');
  } else print(formatRows(items, flags.output, columns, { name: ({ url }) => url }));
  return ExitCode.ok;
}

/** @throws SekishoError PATH_MISSING */
function readKey(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new SekishoError('PATH_MISSING', `The key ${path} can't be read.`, { cause, hint: 'Check --ssh-key.' });
  }
}
