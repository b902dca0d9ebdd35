import { spawn } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { startOidcProvider, type TempDir, tempDir } from '@sekisho/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './lib/eventually.ts';
import { configMap, type FolderApps, folderApps } from './lib/folder-apps.ts';
import { CONFIG_MAPS, SECRETS } from './lib/resource-types.ts';
import { CLI, CLI_ENVIRONMENT, type Sekisho, startSekisho } from './lib/sekisho.ts';

// Users as they meet it: the administrator declares them, they sign in by the command line, and may what policies say.

const PASSWORD = 'correct horse battery';
const ACCOUNTS = { 'accounts.alice': 'login', 'accounts.ci': 'apiKey' };

let sekisho: Sekisho;
let apps: FolderApps;
let home: TempDir;
beforeAll(async () => {
  home = await tempDir('sekisho-home-');
  sekisho = await startSekisho();
  apps = await folderApps(sekisho);
  await apps.create('web', { 'config.yaml': configMap('web', '1') });
  await apps.create('shop', { 'config.yaml': configMap('shop', '1') });
  await Promise.all([sekisho.untilGood('web'), sekisho.untilGood('shop')]);
  await declare(CONFIG_MAPS, 'ConfigMap', 'argocd-cm', ACCOUNTS);
  await declare(CONFIG_MAPS, 'ConfigMap', 'argocd-rbac-cm', {
    'policy.csv': [
      'p, role:web, applications, get, */*, allow',
      'p, role:web, applications, sync, default/web, allow',
      'g, alice, role:web',
      'g, ci, role:web',
      'g, web-team, role:web',
    ].join('\n'),
  });
  await eventually(async () => ((await sekisho.cli('account list')).stdout.includes('alice') ? true : undefined));
});
afterAll(async () => {
  await sekisho?.close();
  await home?.remove();
});

async function declare(type: typeof CONFIG_MAPS, kind: string, name: string, data: Record<string, string>) {
  const object = { apiVersion: 'v1', kind, metadata: { name, namespace: 'argocd' }, data };
  await sekisho.kube.apply(type, object, { force: true });
}

const config = () => join(home.path, 'config.json');

/** As a user who has nothing of the server's: no data folder, a home of one's own. */
const user = (args: string, options: { input?: string; env?: Record<string, string> } = {}) =>
  sekisho.cli(args, { ...options, env: { SEKISHO_DATA: '', SEKISHO_CONFIG: config(), ...options.env } });

/** Password and tokens of the whole run: in no output but that of the command that makes the token. */
const secrets: string[] = [];

describe('a user', () => {
  test('gets a password, signs in, may what the policy says, and signs out', async () => {
    const { url } = sekisho.server;
    const short = await sekisho.cli('account update-password --account alice --password-stdin', { input: 'short\n' });
    expect([short.code, short.stderr]).toEqual([3, expect.stringContaining('(PASSWORD_UNFIT)')]);
    const set = await sekisho.cli('account update-password --account alice --password-stdin', {
      input: `${PASSWORD}\n`,
    });
    expect([set.code, set.stdout]).toEqual([0, expect.stringContaining('The password of alice is changed')]);

    const wrong = await user(`login ${url} --username alice --password-stdin`, { input: 'wrong horse battery\n' });
    expect([wrong.code, wrong.stderr]).toEqual([3, expect.stringContaining('(SIGN_IN_FAILED)')]);
    const login = await user(`login ${url} --username alice --password-stdin -v`, { input: `${PASSWORD}\n` });
    expect([login.code, login.stdout]).toEqual([0, expect.stringMatching(/^Signed in as alice, until /)]);
    expect((await stat(config())).mode & 0o777).toBe(0o600);
    const { contexts } = JSON.parse(await readFile(config(), 'utf8'));
    secrets.push(PASSWORD, contexts[new URL(url).host].token);

    expect((await user('account')).stdout).toMatch(/^alice at http:.*, by password\nUntil /);
    expect((await user('app sync web')).code).toBe(0);
    const denied = await user('app sync shop');
    expect([denied.code, denied.stderr]).toEqual([
      3,
      expect.stringContaining('User alice may not sync applications in default/shop. (FORBIDDEN)'),
    ]);
    const yes = await user('account can-i sync applications default/web');
    expect([yes.code, yes.stdout, yes.stderr]).toEqual([
      0,
      'yes\n',
      expect.stringMatching(/argocd-rbac-cm\/policy\.csv:2\), through alice → role:web/),
    ]);
    const no = await user('account can-i sync applications default/shop');
    expect([no.code, no.stdout]).toEqual([1, 'no\n']);
    const misspelt = await user('account can-i snyc applications default/shop');
    expect([misspelt.code, misspelt.stderr]).toEqual([3, expect.stringContaining('There is no action "snyc"')]);

    // Who signed in at this server counts more than its data folder.
    const beside = await user('account -o name', { env: { SEKISHO_DATA: sekisho.dataDir } });
    expect(beside.stdout).toBe('alice\n');

    const [, session = ''] = secrets;
    expect((await user('logout')).code).toBe(0);
    expect((await user('account')).stderr).toContain('(SERVER_UNKNOWN)');
    const after = await user('account', { env: { SEKISHO_SERVER: url, SEKISHO_TOKEN: session } });
    expect([after.code, after.stderr]).toEqual([3, expect.stringContaining('(UNAUTHORIZED)')]);
  });

  test('with a token does what it is for, until it is deleted', async () => {
    const made = await sekisho.cli(
      'account generate-token --account ci --id pipeline --expires-in 1h --project default',
    );
    expect([made.code, made.stdout, made.stderr]).toEqual([
      0,
      expect.stringMatching(/^skt_[\w-]{43}\n$/),
      expect.stringMatching(/^token [\w-]{36} of ci, until .*; it is not shown again\n$/),
    ]);
    const token = made.stdout.trim();
    secrets.push(token);
    const env = { SEKISHO_SERVER: sekisho.server.url, SEKISHO_TOKEN: token };
    expect((await user('app sync web', { env })).code).toBe(0);
    expect((await user('app sync shop', { env })).code).toBe(3);
    const more = await user('account generate-token', { env });
    expect([more.code, more.stderr]).toEqual([3, expect.stringContaining('(FORBIDDEN)')]);
    const login = await user(`login ${sekisho.server.url} --name ci`, { env: { SEKISHO_TOKEN: token } });
    expect([login.code, login.stdout]).toEqual([0, expect.stringContaining('Signed in as ci')]);

    const [, id = ''] = /^token (\S+)/.exec(made.stderr) ?? [];
    expect((await sekisho.cli('account get --account ci')).stdout).toMatch(new RegExp(`${id} +pipeline +default `));
    expect((await sekisho.cli(`account delete-token ${id} --account ci`)).code).toBe(0);
    const gone = await user('account');
    expect([gone.code, gone.stderr]).toEqual([3, expect.stringContaining('(UNAUTHORIZED)')]);
    await user('logout');
  });

  test.each([
    ['login sekisho.example --password secret', /unknown option '--password'/],
    ['login http://192.0.2.1 --username alice', /Over http everybody on the way could read the password/],
    ['login http://127.0.0.1:1 --username alice', /There is no terminal to ask for: Password/],
    ['account generate-token', /No Sekisho server is known here|Nobody is signed in/],
    ['logout', /There is no current context to sign out of/],
  ])('%s is refused before anything is sent', async (args, why) => {
    const { code, stdout, stderr } = await user(args);
    expect([code === 2 || code === 3, stdout, stderr]).toEqual([true, '', expect.stringMatching(why)]);
  });
});

test('single sign-on: a browser at the provider, and the command line goes on', async () => {
  const { url } = sekisho.server;
  const without = await user(`login ${url} --sso --no-browser`);
  expect([without.code, without.stderr]).toEqual([3, expect.stringContaining('(SSO_NOT_CONFIGURED)')]);
  const provider = await startOidcProvider({
    redirectUris: [`${url}/auth/oidc/callback`],
    users: { bob: { email: 'bob@example.com', email_verified: true, groups: ['web-team'] } },
  });
  try {
    const data = { 'oidc.clientSecret': Buffer.from(provider.clientSecret).toString('base64') };
    await declare(SECRETS, 'Secret', 'argocd-secret', data);
    const oidc = `name: Company\nissuer: ${provider.issuer}\nclientID: ${provider.clientId}\nclientSecret: $oidc.clientSecret\n`;
    await declare(CONFIG_MAPS, 'ConfigMap', 'argocd-cm', { ...ACCOUNTS, 'oidc.config': oidc });
    await eventually(async () => {
      const providers = await (await fetch(`${url}/api/v1/session/providers`)).text();
      return providers.includes('oidc') ? true : undefined;
    });

    const env = { ...process.env, ...CLI_ENVIRONMENT, SEKISHO_DATA: '', SEKISHO_CONFIG: config() };
    const child = spawn(process.execPath, [CLI, 'login', url, '--sso', '--no-browser'], { env });
    let told = '';
    child.stdout.on('data', (text: Buffer) => {
      told += text.toString();
    });
    child.stderr.on('data', (text: Buffer) => {
      told += text.toString();
    });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    const address = await eventually(
      async () => /http:\S+\/auth\/oidc\/login\S+/.exec(told)?.[0],
      () => told,
    );

    const begun = await fetch(address, { redirect: 'manual' });
    const cookie = begun.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const callback = await provider.signIn(begun.headers.get('location') ?? '', 'bob');
    const back = await fetch(callback, { redirect: 'manual', headers: { cookie } });
    const page = await (await fetch(back.headers.get('location') ?? '')).text();
    expect(page).toContain('Go on in the terminal');
    expect([await ended, told]).toEqual([0, expect.stringContaining('Signed in as bob@example.com')]);
    expect((await user('account')).stdout).toMatch(
      /^bob@example\.com at .*, by single sign-on\nGroups: bob, web-team\n/,
    );
    expect((await user('app sync web')).code).toBe(0);
    expect((await user('app sync shop')).code).toBe(3);
  } finally {
    await provider.close();
  }
});

test('no password, session or token is printed or logged, but the token once by the command that made it', async () => {
  const { contexts } = JSON.parse(await readFile(config(), 'utf8'));
  for (const { token } of Object.values(contexts) as { token: string }[]) secrets.push(token);
  expect(secrets.length).toBeGreaterThanOrEqual(4);
  const everything = sekisho.captured();
  const told = secrets.map((secret) => everything.split(secret).length - 1);
  expect(told).toEqual(secrets.map((secret) => (secret.startsWith('skt_') ? 1 : 0)));
  const log = await sekisho.cli('audit log -o json');
  for (const secret of secrets) expect(log.stdout).not.toContain(secret);
  expect(log.stdout).toContain('session.create');
});
