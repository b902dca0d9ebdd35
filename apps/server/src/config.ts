/** Everything the server needs to know, parsed once by the caller and read-only afterwards. */
export interface ServerConfig {
  /** Absolute path of the one folder that holds all data. */
  readonly dataDir: string;
  /** Address that both doors listen on. Default 127.0.0.1. */
  readonly host: string;
  /** Port of Sekisho's own API, git and (later) console. 0 picks a free one. Default 7070. */
  readonly port: number;
  /** Port of the embedded Kubernetes API. 0 picks a free one. Default 7443. */
  readonly kubePort: number;
  /** Addresses or networks of proxies whose word on who calls counts (`X-Forwarded-For`, `-Proto`). Default none. */
  readonly trustedProxies?: readonly string[];
  /** PostgreSQL address; the embedded store when absent. */
  readonly storeUrl?: string;
  /** A kubeconfig whose contexts may be named as destinations of applications. */
  readonly kubeconfig?: string;
  /** Whether addresses of remote repositories may lead to this machine (a forge on localhost). Default false. */
  readonly allowLocalGit: boolean;
  /** Namespace of Applications. Default argocd, so that existing files apply unchanged. */
  readonly controlNamespace: string;
  /** Whether a first run makes the example config repository. Default true. */
  readonly demo: boolean;
  /** Pause between sync waves. Default 2000 as in Argo CD (ARGOCD_SYNC_WAVE_DELAY). */
  readonly waveDelayMs: number;
}

export const defaultConfig: Omit<ServerConfig, 'dataDir'> = {
  host: '127.0.0.1',
  port: 7070,
  kubePort: 7443,
  allowLocalGit: false,
  controlNamespace: 'argocd',
  demo: true,
  waveDelayMs: 2000,
};
