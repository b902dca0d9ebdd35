import { eventually } from './eventually.ts';
import { type FolderApps, folderApps, MANUAL } from './folder-apps.ts';
import { APP_PROJECTS, CONFIG_MAPS, DEPLOYMENTS } from './resource-types.ts';
import type { Sekisho } from './sekisho.ts';

/** May look at the applications of project shop, and do nothing. */
export const VIEWER = { username: 'alice', password: 'correct horse battery' } as const;

/** Follows git, and leaves what others change alone. */
const ONLY_GIT = { automated: { prune: true }, syncOptions: ['CreateNamespace=true'] };
const PROJECT = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'AppProject',
  metadata: { name: 'shop', namespace: 'argocd' },
  spec: {
    description: 'The web shop and what it needs',
    sourceRepos: ['embedded:shop'],
    destinations: [{ server: 'https://kubernetes.default.svc', namespace: '*' }],
    clusterResourceWhitelist: [{ group: '', kind: 'Namespace' }],
    namespaceResourceBlacklist: [{ group: '', kind: 'ResourceQuota' }],
    roles: [
      {
        name: 'ci',
        description: 'Syncs after a build',
        groups: ['shop-ci'],
        policies: ['p, proj:shop:ci, applications, sync, shop/*, allow'],
      },
    ],
    syncWindows: [
      { kind: 'deny', schedule: '0 3 1 1 *', duration: '1h', applications: ['*'], manualSync: true, timeZone: 'UTC' },
    ],
  },
};

/** Applications in the states that an operator meets, a project with rules, and an account that may only look. */
export async function setConsoleScene(sekisho: Sekisho): Promise<FolderApps> {
  const { kube, server } = sekisho;
  await kube.create(APP_PROJECTS, PROJECT);
  await setSettings('argocd-cm', { [`accounts.${VIEWER.username}`]: 'login, apiKey' });
  await setSettings('argocd-rbac-cm', {
    'policy.csv': `p, role:viewer, applications, get, shop/*, allow\np, role:viewer, projects, get, shop, allow\ng, ${VIEWER.username}, role:viewer\n`,
  });

  const apps = await folderApps(sekisho, 'shop');
  const project = 'shop';
  await apps.create(
    'web',
    { 'web.yaml': service('web', 3), 'config.yaml': config('web', 'greeting', 'hello') },
    { project },
  );
  await apps.create(
    'orders',
    { 'orders.yaml': service('orders', 2), 'config.yaml': config('orders', 'queue', '10') },
    { project },
  );
  await apps.create(
    'search',
    { 'search.yaml': service('search', 1), 'config.yaml': config('search', 'index', 'v1') },
    { project, syncPolicy: MANUAL },
  );
  await apps.create('catalog', { 'catalog.yaml': service('catalog', 1, 'nginx:does-not-exist') }, { project });
  await apps.create('reports', { 'reports.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: [reports]}\n' });
  await Promise.all(['web', 'orders'].map((name) => sekisho.untilGood(name)));

  await apps.repo.push({ 'orders/config.yaml': config('orders', 'queue', '25') }, 'Longer queue for the sale');
  const newest = await apps.repo.push(
    { 'web/config.yaml': config('web', 'greeting', 'good morning') },
    'Greet politely',
  );
  await sekisho.untilGood('web', newest);
  await sekisho.untilGood('orders');
  const last = await apps.create(
    'payments',
    { 'payments.yaml': service('payments', 2) },
    { project, syncPolicy: ONLY_GIT },
  );
  await sekisho.untilGood('payments', last);
  await kube.patch(
    DEPLOYMENTS,
    'payments',
    'payments',
    { kind: 'merge', body: { spec: { replicas: 5 } } },
    { fieldManager: 'kubectl-scale' },
  );
  for (const name of ['payments', 'search']) {
    await sekisho.until(name, ({ status }) => status?.sync.status === 'OutOfSync');
  }
  await sekisho.until('reports', ({ status }) => (status?.conditions ?? []).length > 0);
  await setPassword();
  return apps;

  async function setSettings(name: string, data: Record<string, string>): Promise<void> {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'argocd' }, data };
    const known = await kube.getIfExists(CONFIG_MAPS, name, 'argocd');
    if (known === undefined) await kube.create(CONFIG_MAPS, object);
    else await kube.patch(CONFIG_MAPS, name, 'argocd', { kind: 'merge', body: { data } });
  }

  /** Settings are followed by a watch: the account may come a moment later. */
  async function setPassword(): Promise<void> {
    let said = '';
    await eventually(
      async () => {
        const answer = await fetch(new URL(`/api/v1/accounts/${VIEWER.username}/password`, server.url), {
          method: 'POST',
          headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' },
          body: JSON.stringify({ newPassword: VIEWER.password }),
        });
        said = await answer.text();
        return answer.ok ? true : undefined;
      },
      () => `the account has no password: ${said}`,
    );
  }
}

function service(name: string, replicas: number, image = 'nginx:1.29'): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, labels: {app: ${name}}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      containers: [{name: main, image: "${image}", ports: [{containerPort: 8080}]}]
---
apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec:
  selector: {app: ${name}}
  ports: [{port: 80, targetPort: 8080}]
`;
}

function config(name: string, key: string, value: string): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {${key}: ${JSON.stringify(value)}}\n`;
}
