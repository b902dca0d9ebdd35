import { defined } from '@sekisho/base';
import type { ChartCredentials } from '@sekisho/charts';
import type { KubeClient } from '@sekisho/client';
import { type ForgeKind, type ForgeOptions, guessForge } from '@sekisho/forge';
import type { GitCredentials } from '@sekisho/git';
import type { KubeObject } from '@sekisho/kube';
import { CONFIG_MAPS } from './kinds.ts';

/** How to sign in at repositories and whom to trust, from where Argo CD keeps it in the control namespace. */
export interface RepositoryCredentials {
  /**
   * Of an exact `repository` Secret, else of the `repo-creds` Secret with the longest prefix; with the host keys of
   * `argocd-ssh-known-hosts-cm` and the certificates of `argocd-tls-certs-cm`.
   */
  for(url: string): Promise<GitCredentials | undefined>;
  /** How to reach the API of the repository's forge; undefined when the kind or a token is not known. */
  forge(url: string): Promise<ForgeOptions | undefined>;
  /**
   * Of Secrets of `type: helm` (or `oci`): for the repository they name and what lies below it, with and without `oci://`. A
   * `repository` Secret wins over a `repo-creds` one, the longest address over a shorter.
   */
  charts(repository: string): Promise<ChartCredentials | undefined>;
}

/** Fields of a repository Secret, decoded. */
export interface RepositoryFields {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly sshPrivateKey?: string | undefined;
  /** `true`: neither host keys nor certificates are checked. */
  readonly insecure?: string | undefined;
  /** `git` (the default), `helm` or `oci`. */
  readonly type?: string | undefined;
  /** PEM: how the repository of charts knows us. */
  readonly tlsClientCertData?: string | undefined;
  readonly tlsClientCertKey?: string | undefined;
  /** `true`: the registry speaks http. */
  readonly insecureOCIForceHttp?: string | undefined;
  /** `github`, `gitlab`, `gitea` or `forgejo`; else the host's name tells. */
  readonly forge?: string | undefined;
  /** For pull requests; else the password is the token. */
  readonly forgeToken?: string | undefined;
  /** Of the forge's REST API, where it is not in the usual place. */
  readonly forgeUrl?: string | undefined;
}

export interface RepositoryTrust {
  readonly knownHosts?: string | undefined;
  readonly tlsCa?: string | undefined;
}

export function createRepositoryCredentials(options: {
  client: KubeClient;
  controlNamespace: string;
  /** `repository` and `repo-creds` Secrets. */
  secrets: () => readonly KubeObject[];
}): RepositoryCredentials {
  const { client, controlNamespace } = options;

  async function dataOf(name: string): Promise<Readonly<Record<string, string>>> {
    const found = await client.getIfExists(CONFIG_MAPS, name, controlNamespace);
    return (found?.['data'] ?? {}) as Record<string, string>;
  }

  return {
    async for(url) {
      if (url.startsWith('embedded:')) return undefined;
      const [hosts, certificates] = await Promise.all([
        dataOf('argocd-ssh-known-hosts-cm'),
        dataOf('argocd-tls-certs-cm'),
      ]);
      return toGitCredentials(fieldsFor(url, options.secrets()), {
        knownHosts: hosts['ssh_known_hosts'],
        tlsCa: certificates[hostOf(url)],
      });
    },
    async forge(url) {
      if (url.startsWith('embedded:')) return undefined;
      const certificates = await dataOf('argocd-tls-certs-cm');
      return toForgeOptions(url, fieldsFor(url, options.secrets()), certificates);
    },
    async charts(repository) {
      const certificates = await dataOf('argocd-tls-certs-cm');
      const tlsCa = certificates[hostOf(bareAddress(repository))];
      return toChartCredentials(chartFieldsFor(repository, options.secrets()), tlsCa);
    },
  };
}

/** Undefined when there is nothing to say: no secret and no trust of its own. */
export function toGitCredentials(fields: RepositoryFields, trust: RepositoryTrust = {}): GitCredentials | undefined {
  const { username, password, sshPrivateKey } = fields;
  const insecure = fields.insecure === 'true';
  const { knownHosts, tlsCa } = trust;
  if (sshPrivateKey !== undefined) {
    return {
      sshPrivateKey,
      ...(knownHosts === undefined ? {} : { knownHosts }),
      ...(insecure ? { insecureIgnoreHostKey: true } : {}),
    };
  }
  const credentials = {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tlsCa === undefined ? {} : { tlsCa }),
    ...(insecure ? { insecure } : {}),
  };
  return Object.keys(credentials).length === 0 ? undefined : credentials;
}

/** Undefined when there is nothing to say: no secret and no trust of its own. */
function toChartCredentials(fields: RepositoryFields, tlsCa: string | undefined): ChartCredentials | undefined {
  const { username, password, tlsClientCertData: cert, tlsClientCertKey: key } = fields;
  const credentials = defined({
    username,
    password,
    tlsCa,
    insecure: fields.insecure === 'true' ? true : undefined,
    plainHttp: fields.insecureOCIForceHttp === 'true' ? true : undefined,
    clientCertificate: cert === undefined || key === undefined ? undefined : { cert, key },
  });
  return Object.keys(credentials).length === 0 ? undefined : credentials;
}

const FORGES: Readonly<Record<string, ForgeKind>> = {
  github: 'github',
  gitlab: 'gitlab',
  gitea: 'gitea',
  forgejo: 'gitea',
};

/** Undefined without a token, or when nothing tells what kind of forge it is. */
export function toForgeOptions(
  repoURL: string,
  { forge, forgeToken, forgeUrl, password, sshPrivateKey, insecure }: RepositoryFields,
  certificates: Readonly<Record<string, string>>,
): ForgeOptions | undefined {
  const kind = FORGES[forge?.trim().toLowerCase() ?? ''] ?? guessForge(repoURL);
  const token = forgeToken ?? (sshPrivateKey === undefined ? password : undefined);
  if (kind === undefined || token === undefined || token === '') return undefined;
  const tlsCa = certificates[hostOf(forgeUrl ?? repoURL)];
  return {
    repoURL,
    kind,
    token: token.trim(),
    ...(forgeUrl === undefined ? {} : { apiUrl: forgeUrl.trim() }),
    ...(tlsCa === undefined ? {} : { tlsCa }),
    ...(insecure === 'true' ? { insecure: true } : {}),
  };
}

function fieldsFor(url: string, secrets: readonly KubeObject[]): RepositoryFields {
  let best: { url: string; fields: RepositoryFields } | undefined;
  for (const secret of secrets) {
    const fields = decode(secret);
    const address = fields['url'];
    if (address === undefined) continue;
    const isExact = secret.metadata.labels?.['argocd.argoproj.io/secret-type'] === 'repository';
    if (isExact && sameRepository(address, url)) return fields;
    if (!isExact && url.startsWith(address) && address.length > (best?.url.length ?? -1))
      best = { url: address, fields };
  }
  return best?.fields ?? {};
}

const CHART_TYPES = new Set(['helm', 'oci']);

function chartFieldsFor(repository: string, secrets: readonly KubeObject[]): RepositoryFields {
  const wanted = bareAddress(repository);
  let best: { readonly rank: number; readonly fields: RepositoryFields } | undefined;
  for (const secret of secrets) {
    const { url, ...fields }: Readonly<Record<string, string>> = decode(secret);
    if (url === undefined || !CHART_TYPES.has(fields['type'] ?? '')) continue;
    const address = bareAddress(url);
    const isExact = secret.metadata.labels?.['argocd.argoproj.io/secret-type'] === 'repository';
    if (hostOf(wanted) !== hostOf(address)) continue;
    // A repository does not stand for another one that begins like it: `…/team` not for `…/team-b`.
    if (isExact ? wanted !== address && !wanted.startsWith(`${address}/`) : !wanted.startsWith(address)) continue;
    const rank = address.length + (isExact ? Number.MAX_SAFE_INTEGER / 2 : 0);
    if (rank > (best?.rank ?? -1)) best = { rank, fields };
  }
  return best?.fields ?? {};
}

/** Registries are written with `oci://` and without a scheme. */
function bareAddress(address: string): string {
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(address) ? address : `oci://${address}`;
  return withScheme.replace(/\/+$/, '').toLowerCase();
}

function decode(secret: KubeObject): Record<string, string> {
  const data = (secret['data'] ?? {}) as Record<string, string>;
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
  );
}

function sameRepository(a: string, b: string): boolean {
  const plain = (url: string) =>
    url
      .replace(/\/$/, '')
      .replace(/\.git$/, '')
      .toLowerCase();
  return plain(a) === plain(b);
}

function hostOf(url: string): string {
  try {
    return new URL(url).hostname;
  } catch {
    return '';
  }
}
