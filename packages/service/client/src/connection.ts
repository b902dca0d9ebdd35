/** How to reach one cluster and as whom. Holds secrets: never log it. */
export interface ConnectionConfig {
  /** The kubeconfig context or cluster Secret it comes from; for messages. */
  readonly name: string;
  /** `https://host:port`, with a path where a gateway has one. */
  readonly server: string;
  /** The context's default namespace. */
  readonly namespace?: string;
  readonly tls?: TlsConfig;
  readonly auth?: AuthConfig;
  /** `http:` or `https:` proxy. */
  readonly proxyUrl?: string;
  readonly impersonate?: { readonly user: string; readonly groups?: readonly string[]; readonly uid?: string };
}

/** All certificates and keys as PEM text. */
export interface TlsConfig {
  /** Default: the roots of this Node. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** Default: the host of `server`. */
  readonly serverName?: string;
  /** Accept any certificate. Default false. */
  readonly insecure?: boolean;
}

export type AuthConfig =
  | { readonly kind: 'token'; readonly token: string }
  /** Read again every minute and after a 401: projected tokens rotate. */
  | { readonly kind: 'tokenFile'; readonly path: string }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | ExecAuthConfig
  /** kubeconfig's `auth-provider: {name: oidc}`. */
  | { readonly kind: 'oidc'; readonly config: Readonly<Record<string, string>> };

/** A credential plugin (client.authentication.k8s.io). */
export interface ExecAuthConfig {
  readonly kind: 'exec';
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly installHint?: string;
  readonly provideClusterInfo?: boolean;
}
