import { readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import { formatDiagnostic, parseYamlDocuments, SekishoError } from '@sekisho/base';
import type { AuthConfig, ConnectionConfig, TlsConfig } from './connection.ts';

export interface KubeconfigSource {
  /** A file, or several as in the variable KUBECONFIG. Default: $KUBECONFIG, else `~/.kube/config`. */
  readonly path?: string | undefined;
  /** The text itself. It may not name files or plugins, since nobody says where it comes from. */
  readonly text?: string | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

interface Entry {
  readonly name: string;
  readonly value: Fields;
  /** Where relative paths begin; undefined: the text may not name files. */
  readonly folder: string | undefined;
}

interface Kubeconfig {
  readonly currentContext: string | undefined;
  readonly contexts: readonly Entry[];
  readonly clusters: readonly Entry[];
  readonly users: readonly Entry[];
}

const MAX_BYTES = 4 * 1024 * 1024;

/**
 * One context of a kubeconfig as a connection. Certificates and keys are read now, token files when they are needed.
 *
 * @param source.context  default: current-context
 * @throws SekishoError KUBECONFIG_NOT_FOUND | KUBECONFIG_INVALID | KUBECONFIG_CONTEXT_UNKNOWN
 * @see https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
 */
export async function loadKubeconfig(
  source: KubeconfigSource & { readonly context?: string | undefined } = {},
): Promise<ConnectionConfig> {
  const config = readKubeconfig(source);
  const wanted = source.context ?? config.currentContext;
  if (wanted === undefined || wanted === '') {
    throw new SekishoError('KUBECONFIG_CONTEXT_UNKNOWN', 'the kubeconfig has no current-context', {
      hint: `Name one of its contexts: ${contextNames(config)}.`,
    });
  }
  const context = config.contexts.find((entry) => entry.name === wanted);
  if (context === undefined) {
    throw new SekishoError('KUBECONFIG_CONTEXT_UNKNOWN', `the kubeconfig has no context "${wanted}"`, {
      hint: `It has: ${contextNames(config)}.`,
    });
  }
  const cluster = referenced(config.clusters, context, 'cluster');
  const user = textOf(context.value, 'user') === undefined ? undefined : referenced(config.users, context, 'user');
  const server = textOf(cluster.value, 'server');
  if (server === undefined) throw invalid(`cluster "${cluster.name}" has no server`);
  const namespace = textOf(context.value, 'namespace');
  const proxyUrl = textOf(cluster.value, 'proxy-url');
  const tls = tlsOf(cluster, user);
  const auth = user === undefined ? undefined : authOf(user);
  const impersonate = user === undefined ? undefined : impersonationOf(user.value);
  return {
    name: wanted,
    server,
    ...(namespace === undefined ? {} : { namespace }),
    ...(tls === undefined ? {} : { tls }),
    ...(auth === undefined ? {} : { auth }),
    ...(proxyUrl === undefined ? {} : { proxyUrl }),
    ...(impersonate === undefined ? {} : { impersonate }),
  };
}

/** The names of all contexts, in the order of the file. @throws as {@link loadKubeconfig} */
export function kubeconfigContexts(source: KubeconfigSource = {}): string[] {
  return readKubeconfig(source).contexts.map((entry) => entry.name);
}

/** The address of each context's cluster; contexts without one are left out. @throws as {@link loadKubeconfig} */
export function kubeconfigServers(source: KubeconfigSource = {}): ReadonlyMap<string, string> {
  const { contexts, clusters } = readKubeconfig(source);
  const addresses = new Map(clusters.map(({ name, value }) => [name, textOf(value, 'server')]));
  const servers = new Map<string, string>();
  for (const { name, value } of contexts) {
    const server = addresses.get(textOf(value, 'cluster') ?? '');
    if (server !== undefined) servers.set(name, server);
  }
  return servers;
}

function contextNames(config: Kubeconfig): string {
  return config.contexts.map((entry) => entry.name).join(', ') || 'none';
}

function readKubeconfig({ path, text }: KubeconfigSource): Kubeconfig {
  if (text !== undefined) return parseKubeconfig(text, 'kubeconfig', undefined);
  const listed = (path ?? process.env['KUBECONFIG'] ?? '').split(delimiter).filter((part) => part !== '');
  const files = listed.length > 0 ? listed : [join(homedir(), '.kube', 'config')];
  const parts = files.flatMap((file) => {
    const content = readBounded(file);
    return content === undefined ? [] : [parseKubeconfig(content, file, dirname(resolve(file)))];
  });
  if (parts.length === 0) {
    throw new SekishoError('KUBECONFIG_NOT_FOUND', `there is no kubeconfig at ${files.join(', ')}`, {
      hint: 'Give its path, or set KUBECONFIG.',
    });
  }
  // As kubectl merges: the first file that says something wins.
  return {
    currentContext: parts.map((part) => part.currentContext).find((name) => name !== undefined),
    contexts: firstOfEach(parts.flatMap((part) => part.contexts)),
    clusters: firstOfEach(parts.flatMap((part) => part.clusters)),
    users: firstOfEach(parts.flatMap((part) => part.users)),
  };
}

function firstOfEach(entries: readonly Entry[]): Entry[] {
  const seen = new Set<string>();
  return entries.filter(({ name }) => !seen.has(name) && seen.add(name));
}

/** Undefined when there is no such file. */
function readBounded(file: string): string | undefined {
  try {
    const { size } = statSync(file);
    if (size > MAX_BYTES) throw invalid(`${file} is larger than ${MAX_BYTES} bytes`);
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof SekishoError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new SekishoError('KUBECONFIG_NOT_FOUND', `${file} can't be read: ${code ?? 'unknown error'}`);
  }
}

function parseKubeconfig(text: string, file: string, folder: string | undefined): Kubeconfig {
  const { documents, diagnostics } = parseYamlDocuments(text, { file, maxBytes: MAX_BYTES });
  const fault = diagnostics.find((diagnostic) => diagnostic.severity === 'error');
  if (fault !== undefined) throw invalid(formatDiagnostic(fault));
  const root = documents[0]?.value ?? {};
  if (!isFields(root)) throw invalid(`${file} is not a kubeconfig`);
  return {
    currentContext: textOf(root, 'current-context'),
    contexts: entriesOf(root, 'contexts', 'context', file, folder),
    clusters: entriesOf(root, 'clusters', 'cluster', file, folder),
    users: entriesOf(root, 'users', 'user', file, folder),
  };
}

function entriesOf(root: Fields, list: string, field: string, file: string, folder: string | undefined): Entry[] {
  const entries = root[list] ?? [];
  if (!Array.isArray(entries)) throw invalid(`${file}: ${list} is not a list`);
  return entries.map((entry: unknown, position) => {
    const name = isFields(entry) ? textOf(entry, 'name') : undefined;
    if (!isFields(entry) || name === undefined) throw invalid(`${file}: ${list}[${position}] has no name`);
    const value = entry[field];
    return { name, value: isFields(value) ? value : {}, folder };
  });
}

function referenced(entries: readonly Entry[], context: Entry, field: 'cluster' | 'user'): Entry {
  const name = textOf(context.value, field);
  const found = entries.find((entry) => entry.name === name);
  if (found === undefined)
    throw invalid(`context "${context.name}" names the ${field} "${name ?? ''}", which is missing`);
  return found;
}

function tlsOf(cluster: Entry, user: Entry | undefined): TlsConfig | undefined {
  const ca = pemOf(cluster, 'certificate-authority');
  const cert = user === undefined ? undefined : pemOf(user, 'client-certificate');
  const key = user === undefined ? undefined : pemOf(user, 'client-key');
  if ((cert === undefined) !== (key === undefined)) {
    throw invalid(`user "${user?.name}" needs client-certificate and client-key together`);
  }
  const serverName = textOf(cluster.value, 'tls-server-name');
  const insecure = cluster.value['insecure-skip-tls-verify'] === true;
  if (insecure && ca !== undefined) {
    throw invalid(`cluster "${cluster.name}" has both a certificate authority and insecure-skip-tls-verify`);
  }
  const tls: TlsConfig = {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
    ...(serverName === undefined ? {} : { serverName }),
    ...(insecure ? { insecure } : {}),
  };
  return Object.keys(tls).length === 0 ? undefined : tls;
}

/** `field-data` (base64) wins over `field` (a file). */
function pemOf(entry: Entry, field: string): string | undefined {
  const data = textOf(entry.value, `${field}-data`);
  if (data !== undefined) return Buffer.from(data, 'base64').toString('utf8');
  const file = textOf(entry.value, field);
  if (file === undefined) return undefined;
  const path = pathOf(entry, file);
  const content = readBounded(path);
  if (content === undefined) throw invalid(`"${entry.name}" names the file ${path}, which is missing`);
  return content;
}

function pathOf(entry: Entry, file: string): string {
  if (entry.folder === undefined) {
    throw invalid(`"${entry.name}" names a file or a plugin, which a kubeconfig given as text may not`);
  }
  return isAbsolute(file) ? file : join(entry.folder, file);
}

function authOf(user: Entry): AuthConfig | undefined {
  const { value, name } = user;
  const token = textOf(value, 'token');
  const tokenFile = textOf(value, 'tokenFile');
  if (tokenFile !== undefined) return { kind: 'tokenFile', path: pathOf(user, tokenFile) };
  if (token !== undefined) return { kind: 'token', token };
  const username = textOf(value, 'username');
  if (username !== undefined) return { kind: 'basic', username, password: textOf(value, 'password') ?? '' };
  if (isFields(value['exec'])) return execOf(user, value['exec']);
  const provider = value['auth-provider'];
  if (!isFields(provider)) return undefined;
  const kind = textOf(provider, 'name');
  if (kind !== 'oidc') {
    throw new SekishoError('KUBECONFIG_INVALID', `user "${name}" uses the auth-provider "${kind ?? ''}"`, {
      hint: 'Only oidc is left of the auth-providers: use a credential plugin (exec) instead.',
    });
  }
  const config = isFields(provider['config']) ? provider['config'] : {};
  return { kind: 'oidc', config: Object.fromEntries(Object.entries(config).map(([key, text]) => [key, String(text)])) };
}

function execOf(user: Entry, exec: Fields): AuthConfig {
  const command = textOf(exec, 'command');
  if (command === undefined) throw invalid(`user "${user.name}": exec has no command`);
  const installHint = textOf(exec, 'installHint');
  const env = Array.isArray(exec['env']) ? exec['env'].filter(isFields) : [];
  return {
    kind: 'exec',
    apiVersion: textOf(exec, 'apiVersion') ?? 'client.authentication.k8s.io/v1',
    // A bare name is looked up in PATH; anything with a slash is relative to the kubeconfig.
    command: command.includes('/') || user.folder === undefined ? pathOf(user, command) : command,
    args: Array.isArray(exec['args']) ? exec['args'].map(String) : [],
    env: Object.fromEntries(env.map((entry) => [textOf(entry, 'name') ?? '', textOf(entry, 'value') ?? ''])),
    ...(installHint === undefined ? {} : { installHint }),
    ...(exec['provideClusterInfo'] === true ? { provideClusterInfo: true } : {}),
  };
}

function impersonationOf(user: Fields): ConnectionConfig['impersonate'] {
  const as = textOf(user, 'as');
  if (as === undefined) return undefined;
  const groups = user['as-groups'];
  const uid = textOf(user, 'as-uid');
  return {
    user: as,
    ...(Array.isArray(groups) ? { groups: groups.map(String) } : {}),
    ...(uid === undefined ? {} : { uid }),
  };
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function invalid(message: string): SekishoError {
  return new SekishoError('KUBECONFIG_INVALID', message);
}
