import { spawn } from 'node:child_process';
import { SekishoError } from '@sekisho/base';
import type { ConnectionConfig, ExecAuthConfig } from './connection.ts';

export interface ExecCredential {
  readonly token?: string;
  /** PEM. */
  readonly cert?: string;
  readonly key?: string;
  /** Milliseconds since 1970; undefined: good until the server says 401. */
  readonly expiresAt?: number;
}

const TIMEOUT_MS = 60_000;
const MAX_OUTPUT_BYTES = 1024 * 1024;

/**
 * Runs a credential plugin once.
 * @throws SekishoError CLUSTER_CREDENTIALS: not found, failed, timed out or spoke nonsense. Its output is never repeated.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
 */
export async function runCredentialPlugin(
  exec: ExecAuthConfig,
  connection: ConnectionConfig,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<ExecCredential> {
  const info = {
    apiVersion: exec.apiVersion,
    kind: 'ExecCredential',
    spec: {
      interactive: false,
      ...(exec.provideClusterInfo === true ? { cluster: clusterInfo(connection) } : {}),
    },
  };
  const output = await run(exec, { ...environment, ...exec.env, KUBERNETES_EXEC_INFO: JSON.stringify(info) });
  return parseCredential(exec, output);
}

function clusterInfo({ server, tls, proxyUrl }: ConnectionConfig): Record<string, unknown> {
  return {
    server,
    ...(tls?.ca === undefined ? {} : { 'certificate-authority-data': Buffer.from(tls.ca).toString('base64') }),
    ...(tls?.insecure === true ? { 'insecure-skip-tls-verify': true } : {}),
    ...(tls?.serverName === undefined ? {} : { 'tls-server-name': tls.serverName }),
    ...(proxyUrl === undefined ? {} : { 'proxy-url': proxyUrl }),
  };
}

function failed(exec: ExecAuthConfig, what: string, cause?: unknown): SekishoError {
  return new SekishoError('CLUSTER_CREDENTIALS', `the credential plugin ${exec.command} ${what}`, {
    retryable: true,
    hint: exec.installHint ?? 'Run the plugin by hand as the kubeconfig names it.',
    ...(cause === undefined ? {} : { cause }),
  });
}

function run(exec: ExecAuthConfig, env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(exec.command, [...exec.args], { env, stdio: ['ignore', 'pipe', 'ignore'], windowsHide: true });
    const chunks: Buffer[] = [];
    let size = 0;
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(failed(exec, `did not end within ${TIMEOUT_MS / 1000} s`));
    }, TIMEOUT_MS);
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_OUTPUT_BYTES) chunks.push(chunk);
      else child.kill('SIGKILL');
    });
    child.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      reject(failed(exec, error.code === 'ENOENT' ? 'was not found' : `could not be started: ${error.code ?? ''}`));
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      if (code === 0 && size <= MAX_OUTPUT_BYTES) resolve(Buffer.concat(chunks).toString('utf8'));
      else reject(failed(exec, size > MAX_OUTPUT_BYTES ? 'wrote too much' : `ended with ${code ?? 'a signal'}`));
    });
  });
}

function parseCredential(exec: ExecAuthConfig, output: string): ExecCredential {
  let status: Record<string, unknown>;
  try {
    status = (JSON.parse(output) as { status?: Record<string, unknown> }).status ?? {};
  } catch {
    throw failed(exec, 'did not write an ExecCredential in JSON');
  }
  const text = (field: string): string | undefined => {
    const value = status[field];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const token = text('token');
  const cert = text('clientCertificateData');
  const key = text('clientKeyData');
  if (token === undefined && (cert === undefined || key === undefined)) throw failed(exec, 'gave no credential');
  const expiresAt = Date.parse(text('expirationTimestamp') ?? '');
  return {
    ...(token === undefined ? {} : { token }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
    ...(Number.isNaN(expiresAt) ? {} : { expiresAt }),
  };
}
