import { type ApiTransport, type KubeObject, resourcePath } from '@sekisho/kube';

const NAMESPACES = { group: '', version: 'v1', resource: 'namespaces' };
const SERVICES = { group: '', version: 'v1', resource: 'services' };
const PRIORITY_CLASSES = { group: 'scheduling.k8s.io', version: 'v1', resource: 'priorityclasses' };
const CLUSTER_ROLES = { group: 'rbac.authorization.k8s.io', version: 'v1', resource: 'clusterroles' };
const CLUSTER_ROLE_BINDINGS = { group: 'rbac.authorization.k8s.io', version: 'v1', resource: 'clusterrolebindings' };

type Type = typeof NAMESPACES;

/** Makes what every cluster has from its first moment; what is already there stays as it is. */
export async function bootstrap(transport: ApiTransport): Promise<void> {
  await Promise.all(
    ['default', 'kube-system', 'kube-public', 'kube-node-lease'].map((name) =>
      ensure(transport, NAMESPACES, namespace(name)),
    ),
  );
  await Promise.all([
    ensure(transport, SERVICES, KUBERNETES_SERVICE),
    ensure(transport, PRIORITY_CLASSES, priorityClass('system-node-critical', 2_000_001_000)),
    ensure(transport, PRIORITY_CLASSES, priorityClass('system-cluster-critical', 2_000_000_000)),
    ensure(transport, CLUSTER_ROLES, CLUSTER_ADMIN),
    ensure(transport, CLUSTER_ROLE_BINDINGS, CLUSTER_ADMIN_BINDING),
  ]);
}

async function ensure(transport: ApiTransport, type: Type, object: KubeObject): Promise<void> {
  const { namespace: ns, name } = object.metadata;
  const found = await transport.request({ method: 'GET', path: resourcePath(type, ns, name) });
  if (found.status === 200) return;
  const created = await transport.request({ method: 'POST', path: resourcePath(type, ns), body: object });
  if (created.status !== 201 && created.status !== 409) {
    throw new Error(`cannot create ${object.kind} ${name ?? ''}: ${JSON.stringify(created.body)}`);
  }
}

function namespace(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

function priorityClass(name: string, value: number): KubeObject {
  return {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name },
    value,
    description: `Used for ${name.includes('node') ? 'system critical pods that must not be moved from their current node.' : 'system critical pods that must run in the cluster, but can be moved to another node if necessary.'}`,
  };
}

const KUBERNETES_SERVICE: KubeObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'kubernetes', namespace: 'default', labels: { component: 'apiserver', provider: 'kubernetes' } },
  spec: { clusterIP: '10.96.0.1', ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 6443 }] },
};

const CLUSTER_ADMIN: KubeObject = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name: 'cluster-admin', labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' } },
  rules: [
    { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
    { nonResourceURLs: ['*'], verbs: ['*'] },
  ],
};

const CLUSTER_ADMIN_BINDING: KubeObject = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name: 'cluster-admin', labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' } },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'system:masters' }],
};
