import { SekishoError } from '@sekisho/base';
import type { CommandContext } from '../command-context.ts';
import { ExitCode } from '../exit-code.ts';
import { formatRows, formatValue, type OutputFormat, print } from '../output/print.ts';
import { formatTable } from '../output/table.ts';
import { ask, readSecretFromStdin } from '../prompt.ts';

interface Session {
  readonly user: string;
  readonly groups: readonly string[];
  readonly method: string;
  readonly expiresAt?: string;
}

interface Token {
  readonly id: string;
  readonly description: string;
  readonly scope: { readonly project?: string; readonly role?: string };
  readonly createdBy: string;
  readonly createdAt: string;
  readonly expiresAt?: string;
  readonly lastUsedAt?: string;
  readonly lastUsedFrom?: string;
}

interface Account {
  readonly name: string;
  readonly enabled: boolean;
  readonly capabilities: readonly string[];
  readonly hasPassword: boolean;
  readonly tokens: readonly Token[];
}

interface Output {
  readonly output: OutputFormat;
}

/** `sekisho account`: who am I? */
export async function accountSelf({ connection, signal }: CommandContext, flags: Output): Promise<ExitCode> {
  const session = (await connection.api.get('/api/v1/session', signal)) as Session;
  const { user, groups, method, expiresAt } = session;
  if (flags.output === 'name') print(user);
  else if (flags.output === 'json' || flags.output === 'yaml') print(formatValue(session, flags.output));
  else {
    const lines = [`${user} at ${connection.api.server}, by ${METHODS[method] ?? method}`];
    if (groups.length > 0) lines.push(`Groups: ${groups.join(', ')}`);
    if (expiresAt !== undefined) lines.push(`Until ${expiresAt}`);
    print(lines.join('\n'));
  }
  return ExitCode.ok;
}

const METHODS: Readonly<Record<string, string>> = {
  'start-token': "the server's own token",
  token: 'an API token',
  password: 'password',
  oidc: 'single sign-on',
  ldap: 'the directory',
};

/** `sekisho account list`. */
export async function accountList({ connection, signal }: CommandContext, flags: Output): Promise<ExitCode> {
  const { items } = (await connection.api.get('/api/v1/accounts', signal)) as { items: Account[] };
  const columns = [
    { title: 'NAME', text: (row: Account) => row.name },
    { title: 'ENABLED', text: (row: Account) => (row.enabled ? 'yes' : 'no') },
    { title: 'CAPABILITIES', text: (row: Account) => row.capabilities.join(', ') },
    { title: 'PASSWORD', text: (row: Account) => (row.hasPassword ? 'set' : 'none') },
    { title: 'TOKENS', text: (row: Account) => String(row.tokens.length) },
  ];
  print(formatRows(items, flags.output, columns, { name: ({ name }) => name }));
  return ExitCode.ok;
}

/** `sekisho account get`. */
export async function accountGet(context: CommandContext, flags: Output & { account?: string }): Promise<ExitCode> {
  const { api } = context.connection;
  const name = await accountOf(context, flags);
  const account = (await api.get(pathOf(name), context.signal)) as Account;
  if (flags.output === 'json' || flags.output === 'yaml') print(formatValue(account, flags.output));
  else if (flags.output === 'name') print(account.name);
  else {
    const { enabled, capabilities, hasPassword, tokens } = account;
    print(
      `${name}: ${enabled ? 'enabled' : 'disabled'}, ${capabilities.join(', ')}, ${hasPassword ? 'with' : 'without'} password`,
    );
    if (tokens.length > 0) print(formatTable(tokens, tokenColumns));
  }
  return ExitCode.ok;
}

const tokenColumns = [
  { title: 'TOKEN', text: (row: Token) => row.id },
  { title: 'FOR', text: (row: Token) => row.description || '-' },
  { title: 'LIMITED TO', text: ({ scope }: Token) => [scope.project, scope.role].filter(Boolean).join(', ') || '-' },
  { title: 'EXPIRES', text: (row: Token) => row.expiresAt ?? 'never' },
  { title: 'LAST USED', text: (row: Token) => row.lastUsedAt ?? 'never' },
];

/** `sekisho account update-password`. */
export async function accountUpdatePassword(
  context: CommandContext,
  flags: { account?: string; currentPassword?: string; passwordStdin?: boolean },
): Promise<ExitCode> {
  const { connection, signal } = context;
  const self = (await connection.api.get('/api/v1/session', signal)) as Session;
  const name = flags.account ?? self.user;
  const [first = '', second] = flags.passwordStdin === true ? readSecretFromStdin().split('\n') : [];
  const isOwn = name === self.user && self.method !== 'start-token';
  let current: string | undefined;
  let wanted: string;
  if (flags.passwordStdin === true) {
    // Two lines: the current password and the new one.
    current = second === undefined ? undefined : first;
    wanted = second ?? first;
  } else {
    current = isOwn ? await ask('Current password', { signal, hidden: true }) : undefined;
    wanted = await ask(`New password of ${name}`, { signal, hidden: true });
    if ((await ask('Once more', { signal, hidden: true })) !== wanted) {
      throw new SekishoError('USAGE', 'The two new passwords differ.');
    }
  }
  const body = { newPassword: wanted, ...(current === undefined ? {} : { currentPassword: current }) };
  await connection.api.post(`${pathOf(name)}/password`, body, signal);
  print(`The password of ${name} is changed; its other sessions have ended.`);
  return ExitCode.ok;
}

/** `sekisho account generate-token`: stdout holds the token alone. */
export async function accountGenerateToken(
  context: CommandContext,
  flags: { account?: string; id?: string; expiresIn?: string; project?: string; role?: string },
): Promise<ExitCode> {
  const { connection, signal, progress } = context;
  const name = await accountOf(context, flags);
  const body = {
    ...(flags.id === undefined ? {} : { description: flags.id }),
    ...(flags.expiresIn === undefined ? {} : { expiresIn: flags.expiresIn }),
    ...(flags.project === undefined ? {} : { project: flags.project }),
    ...(flags.role === undefined ? {} : { role: flags.role }),
  };
  const made = (await connection.api.post(`${pathOf(name)}/tokens`, body, signal)) as Token & { token: string };
  print(made.token);
  progress.done(
    `token ${made.id} of ${name}, ${made.expiresAt === undefined ? 'without an end' : `until ${made.expiresAt}`}; it is not shown again`,
  );
  return ExitCode.ok;
}

/** `sekisho account delete-token ID`. */
export async function accountDeleteToken(
  context: CommandContext,
  flags: { account?: string },
  id: string,
): Promise<ExitCode> {
  const name = await accountOf(context, flags);
  const path = `${pathOf(name)}/tokens/${encodeURIComponent(id)}`;
  await context.connection.api.send('DELETE', path, undefined, context.signal);
  print(`token ${id} of ${name} deleted`);
  return ExitCode.ok;
}

/** `sekisho account can-i ACTION RESOURCE [OBJECT]`: exit 1 when not. */
export async function accountCanI(
  { connection, signal, progress }: CommandContext,
  flags: { account?: string },
  action: string,
  resource: string,
  object = '*',
): Promise<ExitCode> {
  const query = new URLSearchParams({ action, resource, object });
  if (flags.account !== undefined) query.set('account', flags.account);
  const answer = (await connection.api.get(`/api/v1/can-i?${query}`, signal)) as {
    allowed: boolean;
    reason: string;
    faults?: string[];
  };
  print(answer.allowed ? 'yes' : 'no');
  progress.done(answer.reason);
  for (const fault of answer.faults ?? []) progress.done(fault);
  return answer.allowed ? ExitCode.ok : ExitCode.notGood;
}

async function accountOf({ connection, signal }: CommandContext, flags: { account?: string }): Promise<string> {
  return flags.account ?? ((await connection.api.get('/api/v1/session', signal)) as Session).user;
}

function pathOf(account: string): string {
  return `/api/v1/accounts/${encodeURIComponent(account)}`;
}
