/// <reference path="./ssh2.d.ts" />
import { spawn } from 'node:child_process';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import ssh2, { type AuthContext, type Connection, type ParsedKey, type ServerChannel } from 'ssh2';
import { runProgram } from './program.ts';
import { tellSkipped } from './shared-folder.ts';

export interface SshKey {
  /** OpenSSH's own form. */
  readonly privateKey: string;
  /** `ssh-ed25519 AAAA…` */
  readonly publicKey: string;
}

/** A new ed25519 key, sealed when there is a passphrase. */
export function createSshKey(passphrase?: string): SshKey {
  const sealed = passphrase === undefined ? undefined : { passphrase, cipher: 'aes256-ctr' };
  while (true) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519', sealed);
    // One in 256 of its keys begins with a zero byte, which it leaves out, and then cannot read again.
    const again = ssh2.utils.parseKey(pair.private, passphrase);
    if (!(again instanceof Error)) return { privateKey: pair.private, publicKey: pair.public };
  }
}

/** Where the server stops answering: at once, when a key is shown, when git is asked for references, or for content. */
export type SshStall = 'connection' | 'authentication' | 'references' | 'content';

/** Serves git repositories for reading over SSH, as a forge does. */
export interface TestSshServer {
  readonly port: number;
  /** Line of a known_hosts file for the key that the server has now. */
  readonly knownHosts: string;
  /** Serves the repository at a path of this machine; returns its address. */
  serve(name: string, path: string): string;
  /** The repository is no longer there. */
  lose(name: string): void;
  /** Shows another host key from now on. */
  changeHostKey(): void;
  /** Stops answering at this point, until it is undefined: then connections that hang are cut. */
  stall(at: SshStall | undefined): void;
  close(): Promise<void>;
}

/** Whether OpenSSH's client is there, which git uses; a visible line when it is not. */
export async function hasSshClient(what: string): Promise<boolean> {
  const found = await runProgram('ssh', ['-V']).catch(() => undefined);
  if (found?.code !== 0) tellSkipped(what, 'there is no ssh client on this machine');
  return found?.code === 0;
}

/**
 * An SSH server on a free port of 127.0.0.1.
 * @param options  authorizedKey: the one public key that may sign in
 */
export async function startSshServer(options: { authorizedKey: string }): Promise<TestSshServer> {
  const authorized = parseKey(options.authorizedKey);
  const paths = new Map<string, string>();
  const sockets = new Set<Socket>();
  let hostKey = createSshKey();
  let stalled: SshStall | undefined;

  const listener = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).once('close', () => sockets.delete(socket));
    if (stalled === 'connection') {
      socket.resume();
      return;
    }
    new ssh2.Server({ hostKeys: [hostKey.privateKey] }, (connection) => {
      acceptConnection(connection, authorized, () => stalled, paths);
    }).injectSocket(socket);
  });
  await new Promise<void>((listening) => listener.listen(0, '127.0.0.1', listening));
  const { port } = listener.address() as AddressInfo;

  return {
    port,
    get knownHosts() {
      return `[127.0.0.1]:${port} ${hostKey.publicKey}`;
    },
    serve(name, path) {
      paths.set(`${name}.git`, path);
      return `ssh://git@127.0.0.1:${port}/${name}.git`;
    },
    lose: (name) => void paths.delete(`${name}.git`),
    changeHostKey() {
      hostKey = createSshKey();
    },
    stall(at) {
      stalled = at;
      if (at === undefined) for (const socket of sockets) socket.destroy();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((closed) => listener.close(closed));
    },
  };
}

function parseKey(text: string): ParsedKey {
  const key = ssh2.utils.parseKey(text);
  if (key instanceof Error) throw key;
  return key;
}

function acceptConnection(
  connection: Connection,
  authorized: ParsedKey,
  stalled: () => SshStall | undefined,
  paths: ReadonlyMap<string, string>,
): void {
  // A client that leaves early is no fault of the server.
  connection.on('error', () => {});
  connection.on('authentication', (context) => {
    if (stalled() === 'authentication') return;
    if (mayEnter(context, authorized)) context.accept();
    else context.reject(['publickey']);
  });
  connection.on('session', (accept) => {
    const environment: Record<string, string> = {};
    const session = accept();
    session.on('env', (acceptVariable, _, { key, val }) => {
      if (key === 'GIT_PROTOCOL') environment[key] = val;
      acceptVariable?.();
    });
    session.on('exec', (acceptCommand, _, { command }) => {
      const channel = acceptCommand();
      const name = /^git-upload-pack '\/?([\w.-]+)'$/.exec(command)?.[1] ?? '';
      const path = paths.get(name);
      if (path === undefined) {
        channel.stderr.write(`fatal: '${name}' does not appear to be a git repository\n`);
        channel.exit(128);
        channel.end();
      } else if (stalled() !== 'references') uploadPack(channel, path, environment, stalled);
    });
  });
}

function mayEnter({ method, key, signature, blob, hashAlgo }: AuthContext, authorized: ParsedKey): boolean {
  if (method !== 'publickey' || key === undefined || !key.data.equals(authorized.getPublicSSH())) return false;
  return signature === undefined || blob === undefined || authorized.verify(blob, signature, hashAlgo);
}

function uploadPack(
  channel: ServerChannel,
  path: string,
  environment: Readonly<Record<string, string>>,
  stalled: () => SshStall | undefined,
): void {
  const child = spawn('git', ['upload-pack', path], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      ...process.env,
      ...environment,
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'safe.directory',
      GIT_CONFIG_VALUE_0: '*',
    },
  });
  child.stdin.on('error', () => {});
  channel.on('data', (chunk: Buffer) => {
    if (stalled() === 'content' && chunk.includes('command=fetch')) return;
    child.stdin.write(chunk);
  });
  channel.on('end', () => child.stdin.end());
  channel.on('error', () => {}).on('close', () => child.kill());
  child.stderr.pipe(channel.stderr, { end: false });
  child.stdout.on('data', (chunk: Buffer) => channel.write(chunk));
  child.on('error', () => channel.destroy());
  child.on('close', (code) => {
    channel.exit(code ?? 1);
    channel.end();
  });
}
