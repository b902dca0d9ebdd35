import { messageOf, SekishoError } from '@sekisho/base';
import { configPath, contextNamed, currentContext, deleteContext, saveContext } from '../config-file.ts';
import { createApi, type SekishoApi } from '../connection.ts';
import { ExitCode } from '../exit-code.ts';
import { signInWithBrowser } from '../loopback-sign-in.ts';
import { print } from '../output/print.ts';
import { ask, readSecretFromStdin } from '../prompt.ts';

export interface LoginFlags {
  readonly name?: string;
  readonly username?: string;
  readonly passwordStdin?: boolean;
  readonly sso?: boolean;
  readonly browser?: boolean;
  readonly token?: string;
  readonly plaintext?: boolean;
}

interface Session {
  readonly user: string;
  readonly token?: string;
  readonly expiresAt?: string;
}

interface Provider {
  readonly type: string;
  readonly name: string;
}

/** `sekisho login SERVER`: proves who you are and keeps what the server gives for it as a context. */
export async function login(server: string, flags: LoginFlags, signal: AbortSignal): Promise<ExitCode> {
  const url = serverUrl(server, flags.plaintext === true);
  const api = createApi({ server: url });
  const { token, session } = await prove(api, flags, signal);
  const name = flags.name ?? new URL(url).host;
  saveContext(name, { server: url, token }, process.env);
  const until = session.expiresAt === undefined ? '' : `, until ${session.expiresAt}`;
  print(`Signed in as ${session.user}${until}. Context "${name}" is the current one (${configPath(process.env)}).`);
  return ExitCode.ok;
}

/** `sekisho logout [CONTEXT]`: ends the session at the server and forgets it here. */
export async function logout(context: string | undefined, signal: AbortSignal): Promise<ExitCode> {
  const name = context ?? currentContext(process.env);
  const entry = name === undefined ? undefined : contextNamed(name, process.env);
  if (name === undefined || entry === undefined) {
    throw new SekishoError('USAGE', 'There is no current context to sign out of.', {
      hint: 'Name one: sekisho logout CONTEXT',
    });
  }
  try {
    // An API token stays good: it may be in use elsewhere.
    if (entry.token.startsWith('sks_')) await createApi(entry).send('DELETE', '/api/v1/session', undefined, signal);
  } catch (error) {
    process.stderr.write(`The server could not be told: ${messageOf(error)}\n`);
  }
  deleteContext(name, process.env);
  print(`Signed out of ${name}.`);
  return ExitCode.ok;
}

async function prove(
  api: SekishoApi,
  flags: LoginFlags,
  signal: AbortSignal,
): Promise<{ token: string; session: Session }> {
  const signIn = async (body: object) => {
    const session = (await api.post('/api/v1/session', { ...body, bearer: true }, signal)) as Session;
    return { token: session.token ?? '', session };
  };
  if (flags.sso === true) {
    await requireSso(api, signal);
    const show = (url: string) => process.stderr.write(`Sign in with a browser:\n  ${url}\n`);
    return signIn(await signInWithBrowser(api.server, { signal, show, open: flags.browser !== false }));
  }
  if (flags.token !== undefined && flags.username === undefined) {
    // A start token is used up by the sign-in; another one goes on being shown.
    if (flags.token.startsWith('sko_')) return signIn({ token: flags.token });
    const withToken = createApi({ server: api.server, token: flags.token });
    return { token: flags.token, session: (await withToken.get('/api/v1/session', signal)) as Session };
  }
  if (flags.username === undefined) await tellProviders(api, signal);
  const username = flags.username ?? (await ask('User name', { signal }));
  const password =
    flags.passwordStdin === true ? readSecretFromStdin() : await ask('Password', { signal, hidden: true });
  return signIn({ username, password });
}

/** @throws SekishoError SSO_NOT_CONFIGURED before a browser is opened for nothing */
async function requireSso(api: SekishoApi, signal: AbortSignal): Promise<void> {
  const providers = (await api.get('/api/v1/session/providers', signal)) as Provider[];
  if (providers.some(({ type }) => type === 'oidc')) return;
  throw new SekishoError('SSO_NOT_CONFIGURED', `${api.server} has no identity provider.`, {
    hint: 'Sign in with --username. Who runs the server declares a provider as oidc.config in the ConfigMap argocd-cm.',
  });
}

async function tellProviders(api: SekishoApi, signal: AbortSignal): Promise<void> {
  const providers = (await api.get('/api/v1/session/providers', signal)) as Provider[];
  const sso = providers.find(({ type }) => type === 'oidc');
  if (sso !== undefined) process.stderr.write(`(${sso.name} is asked with --sso.)\n`);
}

/** @throws SekishoError USAGE when secrets would travel in the clear */
function serverUrl(text: string, plaintext: boolean): string {
  const address = /^https?:\/\//i.test(text) ? text : `https://${text}`;
  if (!URL.canParse(address)) throw new SekishoError('USAGE', `"${text}" is no address of a server.`);
  const url = new URL(address);
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url.protocol === 'http:' && !isLocal && !plaintext) {
    throw new SekishoError('USAGE', 'Over http everybody on the way could read the password.', {
      hint: 'Use https (a proxy with TLS before the server), or --plaintext if the network is yours.',
    });
  }
  return url.origin;
}
