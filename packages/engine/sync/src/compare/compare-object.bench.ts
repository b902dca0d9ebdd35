import { defaultBuiltin, type KubeObject } from '@sekisho/kube';
import { bench, describe } from 'vitest';
import { compareObject } from '../index.ts';

const deployment = (image: string): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop', labels: { app: 'web' } },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: {
        containers: [
          {
            name: 'web',
            image,
            ports: [{ containerPort: 8080 }],
            env: Array.from({ length: 10 }, (_, i) => ({ name: `E${i}`, value: String(i) })),
            resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '1000m', memory: '1024Mi' } },
            readinessProbe: { httpGet: { path: '/', port: 8080 } },
            volumeMounts: [{ name: 'c', mountPath: '/c' }],
          },
        ],
        volumes: [{ name: 'c', configMap: { name: 'c' } }],
      },
    },
  },
});
const applied = deployment('web:1');
const live = defaultBuiltin(structuredClone(applied));
const annotated: KubeObject = {
  ...live,
  metadata: {
    ...live.metadata,
    annotations: { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(applied) },
  },
};

describe('compareObject of a Deployment', () => {
  bench('Synced, two-way', () => {
    compareObject({ desired: applied, live });
  });
  bench('Synced, three-way', () => {
    compareObject({ desired: applied, live: annotated });
  });
  const next = deployment('web:2');
  bench('OutOfSync, three-way', () => {
    compareObject({ desired: next, live: annotated });
  });
});
