import { describe, expect, test } from 'vitest';
import { readSignInSettings } from './settings.ts';

const read = (data: Record<string, string>, secrets: Record<string, string> = {}) =>
  readSignInSettings(data, async (reference) => secrets[reference.slice(1)]);

describe('accounts of argocd-cm', () => {
  test('are read as Argo CD writes them; admin is there by itself', async () => {
    const { settings, diagnostics } = await read({
      'accounts.alice': 'login',
      'accounts.ci': 'apiKey, login',
      'accounts.off': 'login',
      'accounts.off.enabled': 'false',
      'accounts.none': '',
    });
    expect(diagnostics).toEqual([]);
    expect([...settings.accounts.values()]).toEqual([
      { name: 'admin', enabled: true, capabilities: ['login', 'apiKey'] },
      { name: 'alice', enabled: true, capabilities: ['login'] },
      { name: 'ci', enabled: true, capabilities: ['apiKey', 'login'] },
      { name: 'off', enabled: false, capabilities: ['login'] },
      { name: 'none', enabled: true, capabilities: [] },
    ]);
    expect((await read({ 'admin.enabled': 'false' })).settings.accounts.get('admin')?.enabled).toBe(false);
  });

  test.each([
    ['a capability that there is none of', { 'accounts.a': 'login, root' }, 'root'],
    ['a name that policies could take for something else', { 'accounts.role:admin': 'login' }, 'role:admin'],
  ])('with %s are told', async (_, data, named) => {
    const { diagnostics } = await read(data as unknown as Record<string, string>);
    expect(diagnostics).toEqual([
      expect.objectContaining({ code: 'ACCESS_CONFIG_INVALID', message: expect.stringContaining(named) }),
    ]);
  });
});

describe('lengths of sessions', () => {
  test.each([
    ['24h', 86_400_000],
    ['1h30m', 5_400_000],
    ['90s', 90_000],
  ])('%s is read', async (text, ms) => {
    expect((await read({ 'users.session.duration': text })).settings.sessionMs).toBe(ms);
  });

  test.each(['', 'soon', '10', '-1h', '1s', '1h 30m', '99999h'])('"%s" leaves the default', async (text) => {
    const { settings, diagnostics } = await read({ 'users.session.duration': text });
    expect([settings.sessionMs, diagnostics.length]).toEqual([86_400_000, text === '' ? 0 : 1]);
  });
});

const OIDC = 'name: Company\nissuer: https://sso.example\nclientID: sekisho\n';
const USERS = 'userSearch: {baseDN: "dc=x", username: uid}\n';

describe('oidc.config', () => {
  test('is Argo CD’s, with the secret from argocd-secret', async () => {
    const text = `${OIDC}clientSecret: $oidc.secret\nrequestedScopes: [openid, email]\nlogoutURL: https://x\n`;
    const { settings } = await read({ 'oidc.config': text, scopes: '[groups, email]' }, { 'oidc.secret': 'hush' });
    expect(settings.oidc).toEqual({
      name: 'Company',
      issuer: 'https://sso.example',
      clientId: 'sekisho',
      clientSecret: 'hush',
      scopes: ['openid', 'email'],
      groupClaims: ['groups', 'email'],
    });
  });

  test.each([
    ['no YAML', 'a: [', 'YAML_SYNTAX'],
    ['no map', '- a', 'ACCESS_CONFIG_INVALID'],
    ['no issuer', 'clientID: x', 'ACCESS_CONFIG_INVALID'],
    ['an issuer that is no address', 'issuer: sso\nclientID: x', 'ACCESS_CONFIG_INVALID'],
    ['a secret that is not there', `${OIDC}clientSecret: $gone`, 'ACCESS_CONFIG_INVALID'],
  ])('with %s is left out and told', async (_, text, code) => {
    const { settings, diagnostics } = await read({ 'oidc.config': text, 'accounts.alice': 'login' });
    expect(settings.oidc).toBeUndefined();
    expect(diagnostics.map((diagnostic) => diagnostic.code)).toContain(code);
    // What is about something else stays.
    expect(settings.accounts.has('alice')).toBe(true);
  });

  test('tells where a fault is', async () => {
    const { diagnostics } = await read({ 'oidc.config': 'name: x\nissuer: https://x\nclientID: 7\n' });
    expect(diagnostics[0]).toMatchObject({ origin: { file: 'argocd-cm/oidc.config', line: 3 } });
  });
});

describe('ldap.config', () => {
  test('has the fields of Dex’s connector', async () => {
    const text = [
      'host: directory.example',
      'bindDN: cn=search,dc=x',
      'bindPW: $ldap.bindPW',
      'userSearch: {baseDN: "ou=people,dc=x", filter: "(objectClass=person)", username: uid, nameAttr: mail}',
      'groupSearch: {baseDN: "ou=groups,dc=x", userMatchers: [{userAttr: DN, groupAttr: member}], nameAttr: cn}',
    ].join('\n');
    const { settings, diagnostics } = await read({ 'ldap.config': text }, { 'ldap.bindPW': 'hush' });
    expect(diagnostics).toEqual([]);
    expect(settings.ldap).toEqual({
      name: 'LDAP',
      endpoint: { host: 'directory.example', port: 636, security: 'ldaps' },
      bindDn: 'cn=search,dc=x',
      bindPassword: 'hush',
      userSearch: {
        baseDn: 'ou=people,dc=x',
        filter: '(objectClass=person)',
        username: 'uid',
        nameAttribute: 'mail',
      },
      groupSearch: {
        baseDn: 'ou=groups,dc=x',
        nameAttribute: 'cn',
        nested: false,
        userMatchers: [{ userAttribute: 'DN', groupAttribute: 'member' }],
      },
      timeoutMs: 10_000,
    });
  });

  test.each([
    ['directory.example', 'ldaps', 636],
    ['ldaps://directory.example/', 'ldaps', 636],
    ['directory.example:1636', 'ldaps', 1636],
    ['[2001:db8::1]:636', 'ldaps', 636],
  ])('host: %s is %s on port %i', async (host, security, port) => {
    const { settings } = await read({ 'ldap.config': `host: "${host}"\n${USERS}` });
    expect(settings.ldap?.endpoint).toMatchObject({ security, port });
  });

  test('startTLS: true is StartTLS, on port 389', async () => {
    const { settings } = await read({ 'ldap.config': `host: directory.example\nstartTLS: true\n${USERS}` });
    expect(settings.ldap?.endpoint).toMatchObject({ security: 'starttls', port: 389 });
  });

  test.each([
    ['ldap:// without encryption', 'host: ldap://directory.example', 'sent in the clear'],
    ['insecureNoSSL', 'host: directory.example\ninsecureNoSSL: true', 'sent in the clear'],
    ['insecureSkipVerify', 'host: directory.example\ninsecureSkipVerify: true', 'protects nothing'],
    ['no host', 'name: x', 'host'],
    ['a host that is none', 'host: "a b"', 'NAME or NAME:PORT'],
  ])('with %s is refused, and says why', async (_, text, why) => {
    const { settings, diagnostics } = await read({ 'ldap.config': `${text}\n${USERS}` });
    expect(settings.ldap).toBeUndefined();
    expect(diagnostics.map(({ message }) => message).join()).toContain(why);
  });
});
