import type { KubeObject } from '@sekisho/kube';

type Kind = 'Pod' | 'ReplicaSet' | 'Deployment' | 'Service' | 'ConfigMap' | 'Secret' | 'Ingress' | 'ServiceAccount';

/** Of 40 objects: what a cluster of some size holds, where releases leave old ReplicaSets behind. */
const KINDS: readonly Kind[] = [
  ...many('Pod', 20),
  ...many('ReplicaSet', 6),
  ...many('ConfigMap', 4),
  ...many('Deployment', 3),
  ...many('Secret', 3),
  ...many('ServiceAccount', 2),
  ...many('Service', 1),
  ...many('Ingress', 1),
];

function many(kind: Kind, count: number): Kind[] {
  return Array.from({ length: count }, () => kind);
}

const NAMESPACES = 200;
/** Every so-many-th workload runs a privileged container, and has no owner. */
const BAD_EVERY = 41;

/** Objects of one cluster, Namespaces first. The same each time. */
export function auditedObjects(count: number): KubeObject[] {
  const namespaces = Array.from({ length: Math.min(NAMESPACES, count) }, (_, i) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { ...metadataOf(`team-${i}`, i), labels: { ...labelsOf(i), team: `team-${i}` } },
  }));
  const others = Array.from({ length: count - namespaces.length }, (_, i) => auditedObject(i));
  return [...namespaces, ...others] as KubeObject[];
}

/** One that breaks policies where it did not, or the other way round. */
export function changedObject(i: number): KubeObject {
  return auditedObject(i, !isBadOne(i));
}

function isBadOne(i: number): boolean {
  return i % BAD_EVERY === 0;
}

function auditedObject(i: number, isBad = isBadOne(i)): KubeObject {
  const kind = KINDS[i % KINDS.length] as Kind;
  const name = `${kind.toLowerCase()}-${i}`;
  const metadata = {
    ...metadataOf(name, i),
    namespace: `team-${Math.floor(i / KINDS.length) % NAMESPACES}`,
    ...(isBad ? { labels: { app: name } } : {}),
  };
  return { ...bodyOf(kind, name, i, isBad), metadata } as unknown as KubeObject;
}

function bodyOf(kind: Kind, name: string, i: number, isBad: boolean) {
  const selector = { matchLabels: { app: name } };
  const template = { metadata: { labels: { ...labelsOf(i), app: name } }, spec: podSpec(i, isBad) };
  switch (kind) {
    case 'Pod':
      return { apiVersion: 'v1', kind, spec: podSpec(i, isBad), status: podStatus(i) };
    case 'ReplicaSet':
    case 'Deployment':
      return { apiVersion: 'apps/v1', kind, spec: { replicas: 3, selector, template }, status: { replicas: 3 } };
    case 'Service':
      return {
        apiVersion: 'v1',
        kind,
        spec: { type: 'ClusterIP', selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
      };
    case 'ConfigMap':
      return {
        apiVersion: 'v1',
        kind,
        data: { 'application.yaml': `level: info\n${'x'.repeat(500)}\n`, mode: 'fast' },
      };
    case 'Secret':
      return { apiVersion: 'v1', kind, type: 'Opaque', data: { password: 'c2VjcmV0' } };
    case 'Ingress':
      return {
        apiVersion: 'networking.k8s.io/v1',
        kind,
        spec: {
          ingressClassName: 'nginx',
          tls: [{ hosts: [`${name}.example.com`], secretName: `${name}-tls` }],
          rules: [
            {
              host: `${name}.example.com`,
              http: {
                paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name, port: { number: 80 } } } }],
              },
            },
          ],
        },
      };
    case 'ServiceAccount':
      return { apiVersion: 'v1', kind, automountServiceAccountToken: false };
    default:
      return kind satisfies never;
  }
}

function podSpec(i: number, isBad: boolean) {
  const container = (name: string, image: string) => ({
    name,
    image: `registry.example.com/team/${image}@sha256:${i.toString(16).padStart(64, '0')}`,
    imagePullPolicy: 'Always',
    env: [
      { name: 'MODE', value: 'production' },
      { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    ],
    ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
    resources: {
      limits: { cpu: '100m', memory: '100Mi', 'ephemeral-storage': '100Mi' },
      requests: { cpu: '100m', memory: '100Mi' },
    },
    livenessProbe: { httpGet: { path: '/live', port: 8080 }, periodSeconds: 10 },
    readinessProbe: { httpGet: { path: '/ready', port: 8080 }, periodSeconds: 10 },
    volumeMounts: [{ name: 'config', mountPath: '/etc/config', readOnly: true }],
    securityContext: {
      privileged: isBad,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      runAsUser: 1000,
      runAsGroup: 1000,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    },
  });
  return {
    serviceAccountName: 'app',
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000 },
    containers: [container('app', 'app'), container('proxy', 'proxy')],
    volumes: [{ name: 'config', configMap: { name: `config-${i % 50}` } }],
    nodeName: `node-${i % 100}`,
  };
}

function podStatus(i: number) {
  const started = '2026-01-01T00:00:00Z';
  return {
    phase: 'Running',
    podIP: `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`,
    conditions: ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map((type) => ({
      type,
      status: 'True',
      lastTransitionTime: started,
    })),
    containerStatuses: ['app', 'proxy'].map((name) => ({
      name,
      ready: true,
      restartCount: 0,
      state: { running: { startedAt: started } },
    })),
  };
}

function metadataOf(name: string, i: number) {
  return {
    name,
    uid: `00000000-0000-4000-8000-${i.toString(16).padStart(12, '0')}`,
    resourceVersion: String(i + 1),
    creationTimestamp: '2026-01-01T00:00:00Z',
    labels: { ...labelsOf(i), app: name },
    annotations: {
      'a8r.io/owner': `team-${i % 40}`,
      'a8r.io/runbook': 'https://example.com/runbook',
      'kubernetes.io/ingress.allow-http': 'false',
    },
  };
}

function labelsOf(i: number): Record<string, string> {
  return { owner: 'me.agilebank.demo', pizza: 'no', team: `team-${i % 40}`, 'app.kubernetes.io/version': '1.0' };
}
