import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { SekishoError } from '@sekisho/base';
import type { RemoteAddress } from './address.ts';
import type { GitCommand } from './command.ts';
import type { GitCredentials } from './types.ts';

/** How one git process reaches and signs in at a remote. */
export interface RemoteAccess {
  /** Arguments before git's subcommand. Hold no secret. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** What must not appear in a message. */
  readonly secrets: readonly string[];
  /** Removes temporary files. */
  dispose(): Promise<void>;
}

/**
 * Prepares access: a password through git's askpass program, a key in a file that only we can read, for as long as the
 * process runs. Git is held to the addresses that were checked.
 */
export async function createAccess(
  address: RemoteAddress,
  credentials: GitCredentials | undefined,
  checked: readonly string[],
  command: GitCommand,
): Promise<RemoteAccess> {
  const args: string[] = [];
  const env: Record<string, string> = { GIT_ALLOW_PROTOCOL: address.protocol };
  const secrets: string[] = [];
  let folder: string | undefined;
  const file = async (name: string, text: string) => {
    folder ??= await mkdtemp(join(command.home.dir, 'access-'));
    const path = join(folder, name);
    await writeFile(path, text.endsWith('\n') ? text : `${text}\n`, { mode: 0o600 });
    return path;
  };
  const dispose = async () => {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  };
  try {
    if (address.protocol === 'ssh') {
      const key = credentials !== undefined && 'sshPrivateKey' in credentials ? credentials : undefined;
      if (key === undefined) throw noKey(address);
      if (isSealed(key.sshPrivateKey)) throw sealedKey(address);
      secrets.push(key.sshPrivateKey);
      env['GIT_SSH_VARIANT'] = 'ssh';
      env['GIT_SSH_COMMAND'] = sshCommand({
        address,
        checked,
        keyFile: await file('key', key.sshPrivateKey.replace(/\r\n/g, '\n')),
        knownHostsFile: await file('known_hosts', key.knownHosts ?? ''),
        ignoreHostKey: key.insecureIgnoreHostKey === true,
      });
    } else if (address.protocol !== 'file') {
      const given = credentials !== undefined && !('sshPrivateKey' in credentials) ? credentials : address.credentials;
      if (given !== undefined && !('sshPrivateKey' in given)) {
        // Servers that take a token want any user name that is not empty.
        env['SEKISHO_GIT_USERNAME'] = given.username || 'git';
        env['SEKISHO_GIT_PASSWORD'] = given.password ?? '';
        if (given.password) secrets.push(given.password);
      }
      args.push('-c', 'credential.helper=');
      if (given === undefined) env['GIT_ASKPASS'] = 'true';
      if (credentials?.tlsCa !== undefined)
        args.push('-c', `http.sslCAInfo=${await file('ca.pem', credentials.tlsCa)}`);
      if (credentials?.insecure === true) args.push('-c', 'http.sslVerify=false');
      if (checked.length > 0 && isIP(address.host) === 0 && command.atLeast(2, 37)) {
        const ips = checked.map((ip) => (isIP(ip) === 6 ? `[${ip}]` : ip)).join(',');
        args.push('-c', `http.curloptResolve=${address.host}:${address.port}:${ips}`);
      }
    }
  } catch (error) {
    await dispose();
    throw error;
  }
  return { args, env, secrets, dispose };
}

function noKey(address: RemoteAddress): SekishoError {
  return new SekishoError('GIT_AUTH', `${address.url}: there is no key to sign in with`, {
    hint: 'Give the private key of an account that may read this repository (sshPrivateKey of the repository Secret).',
  });
}

function sealedKey(address: RemoteAddress): SekishoError {
  return new SekishoError('GIT_AUTH', `${address.url}: the private key has a passphrase, which nobody can type here`, {
    hint: 'Give a key without a passphrase; one that may read this repository and nothing else.',
  });
}

/** Whether a passphrase is needed. Of such a key ssh says no more than of one that the server refuses. */
function isSealed(key: string): boolean {
  if (/^Proc-Type:.*ENCRYPTED|BEGIN ENCRYPTED PRIVATE KEY/m.test(key)) return true;
  const body = /BEGIN OPENSSH PRIVATE KEY-----([\s\S]*?)-----END/.exec(key)?.[1];
  if (body === undefined) return false;
  // PROTOCOL.key: a magic word, then the cipher's name with its length in four bytes.
  const bytes = Buffer.from(body, 'base64');
  const offset = 'openssh-key-v1\0'.length;
  if (bytes.length < offset + 8) return false;
  const length = bytes.readUInt32BE(offset);
  return bytes.toString('latin1', offset + 4, offset + 4 + Math.min(length, 64)) !== 'none';
}

/** The ssh command: no agent, no configuration of the user, no prompt, host keys checked unless told otherwise. */
export function sshCommand(options: {
  address: RemoteAddress;
  checked: readonly string[];
  keyFile: string;
  knownHostsFile: string;
  ignoreHostKey: boolean;
}): string {
  const { address, checked, keyFile, knownHostsFile, ignoreHostKey } = options;
  const settings = [
    'BatchMode=yes',
    'IdentitiesOnly=yes',
    'IdentityAgent=none',
    'PasswordAuthentication=no',
    'KbdInteractiveAuthentication=no',
    'ForwardAgent=no',
    'ConnectTimeout=20',
    'ServerAliveInterval=15',
    'ServerAliveCountMax=4',
    'LogLevel=ERROR',
    'GlobalKnownHostsFile=/dev/null',
    `UserKnownHostsFile=${ignoreHostKey ? '/dev/null' : knownHostsFile}`,
    `StrictHostKeyChecking=${ignoreHostKey ? 'no' : 'yes'}`,
  ];
  const [ip] = checked;
  if (ip !== undefined && isIP(address.host) === 0) {
    // The key is looked up by the name, the connection goes to the address that was checked.
    settings.push(
      `HostKeyAlias=${address.port === 22 ? address.host : `[${address.host}]:${address.port}`}`,
      `HostName=${ip}`,
    );
  }
  const words = ['ssh', '-F', '/dev/null', '-i', keyFile];
  for (const setting of settings) words.push('-o', setting);
  // Git hands this text to a shell.
  return words.map((word) => (/^[\w./=:-]+$/.test(word) ? word : `'${word.replace(/'/g, `'\\''`)}'`)).join(' ');
}
