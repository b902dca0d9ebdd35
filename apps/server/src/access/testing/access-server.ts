import { silentLogger } from '@sekisho/base';
import { createClient, createHttpTransport, type KubeClient, loadKubeconfig } from '@sekisho/client';
import type { KubeObject } from '@sekisho/kube';
import { tempDir } from '@sekisho/testkit';
import { APP_PROJECTS, APPLICATIONS, CONFIG_MAPS, SECRETS } from '../../applications/kinds.ts';
import { defaultConfig } from '../../config.ts';
import { type Server, startServer } from '../../server.ts';

/** A server with accounts, a policy, a project with a role and an application: for tests of access. */
export interface AccessServer extends Pick<Server, 'url' | 'routes' | 'token' | 'startToken'> {
  readonly kube: KubeClient;
  /** Credentials of: nothing, wrong, expired, nobody (an account without a role), readonly, ci (role of a project), admin. */
  headersOf(caller: string): Record<string, string>;
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** Replaces data of argocd-cm or another ConfigMap and waits until the server goes by it. */
  configure(name: string, data: Record<string, string>, until: () => Promise<boolean>): Promise<void>;
  close(): Promise<void>;
}

export interface CallOptions {
  readonly caller?: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it
  readonly json: any;
}

const NAMESPACE = 'argocd';

const PROJECT: KubeObject = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'AppProject',
  metadata: { name: 'shop', namespace: NAMESPACE },
  spec: {
    sourceRepos: ['*'],
    destinations: [{ server: '*', namespace: '*' }],
    roles: [
      {
        name: 'ci',
        policies: [
          'p, proj:shop:ci, applications, get, shop/*, allow',
          'p, proj:shop:ci, applications, sync, shop/*, allow',
          'p, proj:shop:ci, logs, get, shop/*, allow',
        ],
        groups: ['shop-ci'],
      },
    ],
  },
};

function application(name: string, project: string): KubeObject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace: NAMESPACE },
    spec: {
      project,
      source: { repoURL: 'embedded:config', path: '.', targetRevision: 'main' },
      destination: { server: 'https://kubernetes.default.svc', namespace: 'shop' },
    },
  };
}

export async function startAccessServer(
  config: { cm?: Record<string, string>; rbac?: Record<string, string>; secret?: Record<string, string> } = {},
): Promise<AccessServer> {
  const folder = await tempDir('sekisho-access-');
  const server = await startServer(
    { ...defaultConfig, dataDir: folder.path, port: 0, kubePort: 0, demo: false },
    { logger: silentLogger },
  );
  const transport = createHttpTransport(await loadKubeconfig({ path: server.kubeconfigPath }));
  const kube = createClient(transport, { fieldManager: 'test' });
  const tokens = new Map<string, string>([
    ['admin', server.token],
    ['wrong', `skt_${'x'.repeat(43)}`],
  ]);

  async function call(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
    const { caller, body, headers = {} } = options;
    const response = await fetch(new URL(path, server.url), {
      method,
      headers: {
        ...(caller === undefined ? {} : headersOf(caller)),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: 'manual',
    });
    const text = await response.text();
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      json = undefined;
    }
    return { status: response.status, headers: response.headers, text, json };
  }

  function headersOf(caller: string): Record<string, string> {
    const token = tokens.get(caller);
    return token === undefined ? {} : { authorization: `Bearer ${token}` };
  }

  async function eventually(check: () => Promise<boolean>): Promise<void> {
    const limit = AbortSignal.timeout(20_000);
    while (!(await check())) {
      limit.throwIfAborted();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async function configure(name: string, data: Record<string, string>, until: () => Promise<boolean>): Promise<void> {
    await kube.apply(
      CONFIG_MAPS,
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: NAMESPACE }, data },
      { force: true },
    );
    await eventually(until);
  }

  async function generate(account: string, wish: object = {}): Promise<string> {
    const { json } = await call('POST', `/api/v1/accounts/${account}/tokens`, { caller: 'admin', body: wish });
    return (json as { token: string }).token;
  }

  const secret = Object.entries(config.secret ?? {}).map(([key, value]) => [
    key,
    Buffer.from(value).toString('base64'),
  ]);
  await kube.apply(
    SECRETS,
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'argocd-secret', namespace: NAMESPACE },
      data: Object.fromEntries(secret),
    },
    { force: true },
  );
  await kube.apply(APP_PROJECTS, PROJECT, { force: true });
  await call('POST', '/api/v1/repositories', { caller: 'admin', body: { url: 'embedded:config' } });
  await kube.apply(APPLICATIONS, application('web', 'shop'), { force: true });
  await kube.apply(APPLICATIONS, application('other', 'default'), { force: true });
  await configure('argocd-rbac-cm', { 'policy.csv': 'g, reader, role:readonly', ...config.rbac }, async () => {
    const { json } = await call('GET', '/api/v1/can-i?resource=clusters&action=get&account=reader', {
      caller: 'admin',
    });
    return json?.allowed === true;
  });
  await configure(
    'argocd-cm',
    { 'accounts.reader': 'apiKey, login', 'accounts.nobody': 'apiKey, login', ...config.cm },
    async () => (await call('GET', '/api/v1/accounts/nobody', { caller: 'admin' })).status === 200,
  );
  await eventually(async () => {
    const list = await call('GET', '/api/v1/applications', { caller: 'admin' });
    const role = await call('POST', '/api/v1/accounts/proj:shop:ci/tokens', { caller: 'admin', body: {} });
    if (role.status === 201) tokens.set('ci', role.json.token);
    return list.json?.items?.length === 2 && role.status === 201;
  });
  tokens.set('readonly', await generate('reader'));
  tokens.set('nobody', await generate('nobody'));
  tokens.set('expired', await generate('reader', { expiresIn: '1s' }));
  await eventually(async () => (await call('GET', '/api/v1/session', { caller: 'expired' })).status === 401);

  return {
    url: server.url,
    routes: server.routes,
    token: server.token,
    startToken: server.startToken,
    kube,
    headersOf,
    call,
    configure,
    async close() {
      await transport.close();
      await server.close();
      await folder.remove();
    },
  };
}
