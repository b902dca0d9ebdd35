import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { createCertificate } from './certificate.ts';
import { runProgram } from './program.ts';
import { tellSkipped } from './shared-folder.ts';
import { tempDir } from './temp-dir.ts';

/** A real directory (OpenLDAP's slapd) that refuses simple binds without TLS. */
export interface TestDirectory {
  /** LDAPS. */
  readonly securePort: number;
  /** LDAP with StartTLS. */
  readonly plainPort: number;
  /** The authority of its certificate, which is for 127.0.0.1 and localhost. */
  readonly caPem: string;
  readonly adminDn: string;
  readonly adminPassword: string;
  close(): Promise<void>;
}

const SUFFIX = 'dc=example,dc=com';
const SLAPD = '/usr/sbin/slapd';
const SLAPADD = '/usr/sbin/slapadd';
const START_MS = 15_000;

/**
 * @param entries  LDIF below `dc=example,dc=com`, which is there already
 * @returns undefined, with a visible line, where slapd is not installed
 */
export async function startDirectory(entries: string): Promise<TestDirectory | undefined> {
  if (!existsSync(SLAPD)) {
    tellSkipped('tests on a real directory', `${SLAPD} is not installed (Debian: apt install slapd)`);
    return undefined;
  }
  const certificate = await createCertificate('127.0.0.1', 'localhost');
  if (certificate === undefined) return undefined;
  const folder = await tempDir('sekisho-directory-');
  const file = (name: string) => join(folder.path, name);
  const [adminDn, adminPassword] = [`cn=admin,${SUFFIX}`, 'the password of the directory'];
  try {
    await mkdir(file('data'));
    await writeFile(file('certificate.pem'), certificate.certificatePem);
    await writeFile(file('key.pem'), certificate.keyPem, { mode: 0o600 });
    await writeFile(
      file('slapd.conf'),
      [
        ...['core', 'cosine', 'inetorgperson', 'nis'].map((name) => `include /etc/ldap/schema/${name}.schema`),
        'modulepath /usr/lib/ldap',
        'moduleload back_mdb',
        `pidfile ${file('slapd.pid')}`,
        `TLSCertificateFile ${file('certificate.pem')}`,
        `TLSCertificateKeyFile ${file('key.pem')}`,
        'security simple_bind=128',
        'disallow bind_anon',
        'require authc',
        'database mdb',
        `suffix ${SUFFIX}`,
        `directory ${file('data')}`,
        `rootdn ${adminDn}`,
        `rootpw "${adminPassword}"`,
        'dbnosync',
        'access to * by anonymous auth by users read',
        '',
      ].join('\n'),
    );
    const root = `dn: ${SUFFIX}\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: Example\n`;
    await writeFile(file('entries.ldif'), `${root}\n${entries}`);
    const added = await runProgram(SLAPADD, ['-f', file('slapd.conf'), '-l', file('entries.ldif')]);
    if (added.code !== 0) throw new Error(`slapadd: ${added.stderr}`);
    const [securePort, plainPort] = [await freePort(), await freePort()];
    const child = await serve(file('slapd.conf'), securePort, plainPort);
    return {
      securePort,
      plainPort,
      caPem: certificate.certificatePem,
      adminDn,
      adminPassword,
      async close() {
        await end(child);
        await folder.remove();
      },
    };
  } catch (error) {
    await folder.remove();
    throw error;
  }
}

async function serve(config: string, securePort: number, plainPort: number): Promise<ChildProcess> {
  const addresses = `ldaps://127.0.0.1:${securePort} ldap://127.0.0.1:${plainPort}`;
  const child = spawn(SLAPD, ['-f', config, '-h', addresses, '-d', '0'], { stdio: ['ignore', 'ignore', 'pipe'] });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.removeListener('exit', kill));
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-4000);
  });
  const limit = Date.now() + START_MS;
  while (!(await answers(plainPort))) {
    if (child.exitCode !== null || Date.now() > limit) {
      await end(child);
      throw new Error(`slapd does not start: ${output}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGINT');
  await exited;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
