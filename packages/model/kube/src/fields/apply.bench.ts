import { bench, describe } from 'vitest';
import { builtinSchema, type KubeObject, serverSideApply, trackUpdate } from '../index.ts';

const gvk = { group: 'apps', version: 'v1', kind: 'Deployment' };
const schema = builtinSchema(gvk);

function container(name: string): Record<string, unknown> {
  return {
    name,
    image: `registry.example.com/${name}:1.2.3`,
    imagePullPolicy: 'IfNotPresent',
    args: ['--port', '8080'],
    env: Array.from({ length: 8 }, (_, i) => ({ name: `VARIABLE_${i}`, value: `value-${i}` })),
    ports: [
      { containerPort: 8080, name: 'http', protocol: 'TCP' },
      { containerPort: 9090, name: 'metrics', protocol: 'TCP' },
    ],
    resources: { limits: { cpu: '1', memory: '512Mi' }, requests: { cpu: '100m', memory: '128Mi' } },
    livenessProbe: { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 10, timeoutSeconds: 1 },
    readinessProbe: { httpGet: { path: '/ready', port: 8080 }, periodSeconds: 5, timeoutSeconds: 1 },
    volumeMounts: [{ mountPath: '/etc/config', name: 'config', readOnly: true }],
  };
}

const applied: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    name: 'web',
    namespace: 'shop',
    labels: { app: 'web', team: 'a', tier: 'front' },
    annotations: { note: 'x' },
  },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: 'web' } },
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    template: {
      metadata: { labels: { app: 'web', version: '1' } },
      spec: {
        containers: [container('web'), container('sidecar')],
        serviceAccountName: 'web',
        securityContext: { runAsNonRoot: true, fsGroup: 1000 },
        volumes: [{ name: 'config', configMap: { name: 'web-config' } }],
      },
    },
  },
};

const request = { schema, manager: 'sekisho', force: true, time: '2026-01-01T00:00:00Z', apiVersion: 'apps/v1' };
const live = serverSideApply({ ...request, applied }).object;
const again = (): KubeObject => structuredClone(applied);
const copy = again();
const scaled: KubeObject = { ...live, spec: { ...(live['spec'] as object), replicas: 5 } };

describe('server-side apply of a Deployment with two containers', () => {
  bench('creating', () => {
    serverSideApply({ ...request, applied });
  });
  bench('changing nothing', () => {
    serverSideApply({ ...request, live, applied: copy });
  });
  bench('tracking a scale', () => {
    trackUpdate({
      schema,
      live,
      updated: scaled,
      manager: 'kubectl',
      time: request.time,
      apiVersion: 'apps/v1',
      operation: 'Update',
    });
  });
});
