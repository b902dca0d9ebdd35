import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { KubeObject } from '@sekisho/kube';
import type { PolicyDocument } from '@sekisho/policy';
import { readGatekeeperLibrary } from '../../../conformance/lib/gatekeeper-library.ts';

/** Templates of Gatekeeper's library about kinds that are no Pods. */
const OTHER_KINDS = /ingress|service|storageclass|externalip|httpsonly|endpoint|deprecatedapi|replica|poddisruption/i;

/** Kinds of constraints whose Rego has no answer for a container with two probes: `eval_conflict_error`. */
export const FAILS_FOR_TWO_PROBES: ReadonlySet<string> = new Set(['K8sPSPHostProbesLifecycle']);

/**
 * Policies of Gatekeeper's library with their sample constraints, each asked of every Pod: the worst that a Pod can meet.
 * Undefined where the library is not there. Fewer templates than asked for are used again under another name.
 */
export function libraryPolicies(root: string, count: number): readonly PolicyDocument[] | undefined {
  const folder = join(root, '../shared/conformance/gatekeeper-library');
  if (!existsSync(folder)) return undefined;
  const tests = readGatekeeperLibrary(folder).filter(({ template }) => !OTHER_KINDS.test(nameOf(template.object)));
  // Of several samples of a template the first.
  const byTemplate = new Map([...tests].reverse().map((test) => [nameOf(test.template.object), test]));
  const chosen = [...byTemplate.values()];
  const documents: PolicyDocument[] = chosen.slice(0, count).map(({ template }) => template);
  for (let index = 0; index < count; index++) {
    const test = chosen[index % chosen.length];
    if (test !== undefined) documents.push({ object: forPods(test.constraint.object, index) });
  }
  return documents;
}

function forPods(constraint: KubeObject, index: number): KubeObject {
  const spec = constraint['spec'] as Record<string, unknown>;
  return {
    ...constraint,
    metadata: { name: `${constraint.metadata.name}-${index}` },
    spec: { ...spec, match: { kinds: [{ apiGroups: [''], kinds: ['Pod'] }] } },
  };
}

function nameOf({ metadata }: KubeObject): string {
  return metadata.name ?? '';
}

/** One Pod of so many breaks policies. */
const BAD_ONE_OF = 10;

/** A Pod as teams write them when they know these policies; one of ten is privileged and runs whatever is the latest. */
export function samplePod(number: number): KubeObject {
  const isBad = number % BAD_ONE_OF === 0;
  const digest = `sha256:${String(number).padStart(64, '0')}`;
  const container = (name: string) => ({
    name,
    image: isBad ? `openpolicyagent/${name}:latest` : `openpolicyagent/${name}:1.${number % 50}.0@${digest}`,
    imagePullPolicy: 'IfNotPresent',
    args: ['--listen=:8080', `--shard=${number}`],
    env: [
      { name: 'LOG_LEVEL', value: 'info' },
      { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'web', key: 'token' } } },
    ],
    ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
    resources: {
      requests: { cpu: '100m', memory: '256Mi', 'ephemeral-storage': '100Mi' },
      limits: { cpu: '100m', memory: '256Mi', 'ephemeral-storage': '100Mi' },
    },
    readinessProbe: { httpGet: { path: '/ready', port: 8080 } },
    livenessProbe: { httpGet: { path: '/live', port: 8080 } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      runAsUser: 10001,
      capabilities: { drop: ['ALL'] },
      ...(isBad ? { privileged: true } : {}),
    },
    volumeMounts: [{ name: 'cache', mountPath: '/var/cache' }],
  });
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `web-${number}`,
      namespace: `team-${number % 20}`,
      labels: { app: 'web', owner: 'team.agilebank.demo', 'app.kubernetes.io/part-of': 'shop' },
      annotations: {
        'a8r.io/owner': 'team',
        'a8r.io/runbook': 'https://runbooks.example.com/web',
        'checksum/config': `${number * 7919}`,
      },
    },
    spec: {
      serviceAccountName: 'web',
      automountServiceAccountToken: false,
      securityContext: { fsGroup: 500, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [container('web'), container('proxy')],
      volumes: [{ name: 'cache', emptyDir: { sizeLimit: '64Mi' } }],
    },
  };
}
