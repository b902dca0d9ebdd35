import { describe, expect, test } from 'vitest';
import { checkHost, parseAddress } from './address.ts';
import { sshCommand } from './credentials.ts';
import { remoteFailure } from './failure.ts';

const rules = { allowLoopback: false, allowFile: false };

describe('parseAddress', () => {
  test.each([
    ['https://example.org/a/b.git', 'https://example.org/a/b.git', 'https'],
    ['https://example.org/a/b/', 'https://example.org/a/b', 'https'],
    ['HTTPS://Example.ORG:8443/a', 'https://example.org:8443/a', 'https'],
    ['https://ann:pw@example.org/a', 'https://example.org/a', 'https'],
    ['http://10.1.2.3/a', 'http://10.1.2.3/a', 'http'],
    ['ssh://git@example.org:2222/a.git', 'ssh://git@example.org:2222/a.git', 'ssh'],
    ['git@example.org:a/b.git', 'git@example.org:a/b.git', 'ssh'],
    ['git@example.org:/srv/b.git', 'ssh://git@example.org/srv/b.git', 'ssh'],
  ])('reads %s', (text, url, protocol) => {
    expect(parseAddress(text, rules)).toMatchObject({ url, protocol });
  });

  test.each([
    ['ext::sh -c touch% /tmp/x', 'a command'],
    ['ext::sh', 'a command'],
    ['fd::3', 'a file descriptor'],
    ['git://example.org/a', 'not authenticated'],
    ['ftp://example.org/a', 'old'],
    ['/etc', 'a local path'],
    ['../x', 'a local path'],
    ['C:\\x', 'a local path'],
    ['-oProxyCommand=x', 'an option'],
    ['ssh://-oProxyCommand=x/a', 'an option as host'],
    ['ssh://-x@example.org/a', 'an option as user'],
    ['--upload-pack=x', 'an option'],
    ['file:///etc', 'files are off'],
    ['https://', 'no host'],
    ['https://exa mple.org/a', 'space'],
    ['https://example.org/a\nb', 'newline'],
    ['', 'empty'],
    ['http://127.0.0.1/a', 'loopback'],
    ['http://127.1/a', 'loopback, short'],
    ['http://2130706433/a', 'loopback, one number'],
    ['http://0x7f.1/a', 'loopback, hexadecimal'],
    ['http://[::1]/a', 'loopback'],
    ['http://[::ffff:127.0.0.1]/a', 'loopback, mapped'],
    ['http://0.0.0.0/a', 'unspecified'],
    ['http://[::]/a', 'unspecified'],
    ['http://169.254.169.254/latest', 'metadata'],
    ['http://[fe80::1]/a', 'link-local'],
    ['http://[fd00:ec2::254]/a', 'metadata'],
    ['http://[::ffff:a9fe:a9fe]/a', 'metadata, mapped'],
    ['http://[64:ff9b::a9fe:a9fe]/a', 'metadata, NAT64'],
    ['http://[2002:a9fe:a9fe::]/a', 'metadata, 6to4'],
    ['-x@example.org:a', 'an option'],
    ['git@169.254.169.254:a', 'metadata over ssh'],
  ])('refuses %s (%s)', (text) => {
    expect(() => parseAddress(text, rules)).toThrow(expect.objectContaining({ code: 'GIT_FORBIDDEN_URL' }));
  });

  test('loopback and files open when they are allowed, metadata addresses never', () => {
    const all = { allowLoopback: true, allowFile: true };
    expect(parseAddress('http://127.0.0.1:3000/a', all).url).toBe('http://127.0.0.1:3000/a');
    expect(parseAddress('file:///srv/a.git', all)).toMatchObject({ protocol: 'file', url: 'file:///srv/a.git' });
    expect(() => parseAddress('http://169.254.169.254/', all)).toThrow();
  });

  test('takes credentials out of the address and out of its errors', () => {
    expect(parseAddress('https://ann:p%40w@example.org/a', rules).credentials).toEqual({
      username: 'ann',
      password: 'p@w',
    });
    const error = (() => {
      try {
        return parseAddress('ftp://ann:s3cret@example.org/a', rules);
      } catch (reason) {
        return String(reason);
      }
    })();
    expect(error).not.toContain('s3cret');
  });

  test('a name is checked by where it leads', async () => {
    const address = parseAddress('http://localhost/a', rules);
    await expect(checkHost(address, rules)).rejects.toMatchObject({ code: 'GIT_FORBIDDEN_URL' });
    await expect(checkHost(parseAddress('http://no-such-host.invalid/a', rules), rules)).rejects.toMatchObject({
      code: 'GIT_UNREACHABLE',
    });
  });
});

describe('sshCommand', () => {
  const address = parseAddress('ssh://git@example.org:2222/a.git', rules);
  test('checks the host key, uses only our key and no configuration, and goes to the checked address', () => {
    const command = sshCommand({
      address,
      checked: ['192.0.2.7'],
      keyFile: "/da ta/it's/key",
      knownHostsFile: '/data/known_hosts',
      ignoreHostKey: false,
    });
    expect(command).toMatch(/^ssh -F \/dev\/null -i '\/da ta\/it'\\''s\/key' -o BatchMode=yes /);
    for (const part of [
      'StrictHostKeyChecking=yes',
      'UserKnownHostsFile=/data/known_hosts',
      'IdentitiesOnly=yes',
      'IdentityAgent=none',
      "'HostKeyAlias=[example.org]:2222'",
      'HostName=192.0.2.7',
    ]) {
      expect(command).toContain(`-o ${part}`);
    }
  });
  test('ignores the host key only when told', () => {
    const command = sshCommand({ address, checked: [], keyFile: '/i', knownHostsFile: '/k', ignoreHostKey: true });
    expect(command).toContain('StrictHostKeyChecking=no');
    expect(command).toContain('UserKnownHostsFile=/dev/null');
  });
});

test.each([
  ['Host key verification failed.\nfatal: Could not read from remote repository.', 'GIT_HOST_KEY'],
  ['git@x: Permission denied (publickey).\nfatal: Could not read from remote repository.', 'GIT_AUTH'],
  ["fatal: Authentication failed for 'https://x/'", 'GIT_AUTH'],
  ["fatal: could not read Username for 'https://x': terminal prompts disabled", 'GIT_AUTH'],
  ["fatal: repository 'https://x/' not found", 'GIT_NOT_FOUND'],
  ['remote: Repository not found.', 'GIT_NOT_FOUND'],
  ['ERROR: Repository not found.\nfatal: Could not read from remote repository.', 'GIT_NOT_FOUND'],
  ["fatal: unable to access 'https://x/': Could not resolve host: x", 'GIT_UNREACHABLE'],
  ["fatal: unable to access 'https://x/': The requested URL returned error: 503", 'GIT_UNREACHABLE'],
  ["fatal: unable to access 'https://x/': SSL certificate problem: self-signed certificate", 'GIT_TLS'],
  ['ssh: connect to host x port 22: Connection refused', 'GIT_UNREACHABLE'],
  ['something new', 'GIT_FAILED'],
])('remoteFailure reads %j as %s', (stderr, code) => {
  expect(remoteFailure(stderr, 'https://x/', [])).toMatchObject({ code });
});
