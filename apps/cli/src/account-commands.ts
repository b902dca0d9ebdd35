import type { Command } from 'commander';
import { type GlobalFlags, outputOption, withExample, withServer } from './command-options.ts';
import type { LoginFlags } from './commands/login.ts';
import { durationMs } from './duration.ts';

/** How long a person may take at a sign-in page. */
const SIGN_IN_MS = 5 * 60_000;

/** `sekisho login`, `logout`, `account …` */
export function addAccountCommands(program: Command, signal: AbortSignal): void {
  const limit = ({ timeout }: GlobalFlags) => {
    const ms = timeout === undefined ? undefined : durationMs(timeout);
    return AbortSignal.any([signal, AbortSignal.timeout(ms ?? SIGN_IN_MS)]);
  };

  const login = program
    .command('login <server>')
    .description('sign in at a server and keep it as a context')
    .option('--name <context>', 'name of the context; the address by default')
    .option('--username <name>', 'a local account, or a user of the directory')
    .option('--password-stdin', 'read the password from standard input')
    .option('--sso', 'sign in with a browser at the identity provider')
    .option('--no-browser', 'only print the address to open')
    .option('--plaintext', 'over http to another machine, in the clear')
    .action(async (server: string, _flags: LoginFlags, command: Command) => {
      const flags = command.optsWithGlobals<LoginFlags & GlobalFlags>();
      process.exitCode = await (await import('./commands/login.ts')).login(server, flags, limit(flags));
    });
  withExample(
    login,
    'sekisho login sekisho.example --sso',
    'sekisho login http://127.0.0.1:7070 --username alice',
    'SEKISHO_TOKEN=… sekisho login sekisho.example',
  );

  const logout = program
    .command('logout [context]')
    .description('end the session of a context and forget it')
    .action(async (context: string | undefined, _flags: object, command: Command) => {
      const flags = command.optsWithGlobals<GlobalFlags>();
      process.exitCode = await (await import('./commands/login.ts')).logout(context, limit(flags));
    });
  withExample(logout, 'sekisho logout');

  const account = program
    .command('account')
    .description('who am I; and accounts, passwords, tokens')
    .addOption(outputOption())
    .action(withServer(signal, async () => (await import('./commands/account.ts')).accountSelf));
  withExample(account, 'sekisho account', 'sekisho account can-i sync applications shop/web');

  const list = account
    .command('list')
    .description('the local accounts')
    .addOption(outputOption())
    .action(withServer(signal, async () => (await import('./commands/account.ts')).accountList));
  withExample(list, 'sekisho account list');

  const get = accountOption(account.command('get'))
    .description('one account with its tokens')
    .addOption(outputOption())
    .action(withServer(signal, async () => (await import('./commands/account.ts')).accountGet));
  withExample(get, 'sekisho account get --account ci');

  const update = accountOption(account.command('update-password'))
    .description('set a password; the other sessions of the account end')
    .option('--password-stdin', 'from standard input: the new one, or the current one and the new one on a line each')
    .action(withServer(signal, async () => (await import('./commands/account.ts')).accountUpdatePassword));
  withExample(update, 'sekisho account update-password', 'sekisho account update-password --account alice');

  const generate = accountOption(account.command('generate-token'))
    .description('a token for a program; it is shown this once')
    .option('--id <text>', 'what it is for')
    .option('-e, --expires-in <time>', '30d, 12h, 90m, or never', '90d')
    .option('--project <name>', 'it works for this project alone')
    .option('--role <role>', 'it may do no more than this role, such as role:readonly')
    .action(withServer(signal, async () => (await import('./commands/account.ts')).accountGenerateToken));
  withExample(
    generate,
    'sekisho account generate-token --account ci --expires-in 30d',
    'sekisho account generate-token --account proj:shop:deployer',
  );

  const remove = accountOption(account.command('delete-token <id>'))
    .description('delete a token; what signed in with it is signed out')
    .action(withServer(signal, async () => (await import('./commands/account.ts')).accountDeleteToken));
  withExample(remove, 'sekisho account delete-token 6f1c… --account ci');

  const can = accountOption(account.command('can-i <action> <resource> [object]'))
    .description('may I? says which rule decides (exit 1 when not)')
    .action(withServer(signal, async () => (await import('./commands/account.ts')).accountCanI));
  withExample(
    can,
    "sekisho account can-i sync applications 'shop/*'",
    'sekisho account can-i get logs shop/web --account alice',
  );
}

function accountOption(command: Command): Command {
  return command.option('--account <name>', 'the account (or proj:PROJECT:ROLE); your own by default');
}
