import type { KubeObject } from '@sekisho/kube';
import { describe, expect, it } from 'vitest';
import { type DeploySubject, evaluateBuild, evaluateDeploy, type StackroxVerdict } from '../evaluate/evaluate.ts';
import { parsePolicies } from '../policy/parse-policies.ts';
import type { ImageConfig, ImageMetadata, ImageScan, ImageVulnerability } from '../view/image.ts';
import { criteria } from './registry.ts';

const now = Date.UTC(2026, 5, 15);
const signer = 'io.stackrox.signatureintegration.12037645-0f83-4ba1-a2d1-000000000001';

interface Parts {
  metadata?: object;
  spec?: object;
  pod?: object;
  container?: object;
  image?: string;
  config?: ImageConfig;
  scan?: ImageScan;
  verifiedBy?: readonly string[];
  around?: Partial<DeploySubject>;
}

/** A workload and its image; around it nothing. */
function subject(parts: Parts): DeploySubject {
  const image = parts.image ?? 'web:1';
  const metadata: ImageMetadata = {
    config: parts.config ?? { user: 'app' },
    scan: parts.scan ?? { components: [] },
    verifiedBy: parts.verifiedBy ?? [],
  };
  const object: KubeObject = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop', ...parts.metadata },
    spec: {
      ...parts.spec,
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { ...parts.pod, containers: [{ name: 'web', image, ...parts.container }] },
      },
    },
  };
  return { object, images: { [image]: metadata }, services: [], networkPolicies: [], ...parts.around };
}

function ask(group: object, parts: Parts): readonly StackroxVerdict[] {
  const policy = {
    id: 'a',
    name: 'A policy',
    policyVersion: '1.1',
    severity: 'LOW_SEVERITY',
    categories: ['c'],
    lifecycleStages: ['DEPLOY'],
    policySections: [{ policyGroups: [group] }],
  };
  const { policies, diagnostics } = parsePolicies(JSON.stringify(policy));
  expect(diagnostics).toEqual([]);
  return evaluateDeploy(policies, subject(parts), { now });
}

function cve(vulnerability: Partial<ImageVulnerability>): Parts {
  return {
    scan: { components: [{ name: 'ssl', version: '3', vulnerabilities: [{ cve: 'CVE-2026-1', ...vulnerability }] }] },
  };
}
function security(securityContext: object): Parts {
  return { container: { securityContext } };
}
function resources(value: object): Parts {
  return { container: { resources: value } };
}
function volume(source: object, mount: object = {}): Parts {
  return {
    pod: { volumes: [{ name: 'data', ...source }] },
    container: { volumeMounts: [{ name: 'data', mountPath: '/data', ...mount }] },
  };
}
function service(type: string, port: object): Parts {
  const ports = [{ port: 80, targetPort: 8080, ...port }];
  const metadata = { name: 'web', namespace: 'shop' };
  const object = { apiVersion: 'v1', kind: 'Service', metadata, spec: { type, selector: { app: 'web' }, ports } };
  return { around: { services: [object] } };
}
function guard(spec: object): Parts {
  const metadata = { name: 'web', namespace: 'shop' };
  const object = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata, spec };
  return { around: { networkPolicies: [object as KubeObject] } };
}
const port = (fields: object): Parts => ({ container: { ports: [{ containerPort: 8080, ...fields }] } });
const layer = (instruction: string, value: string): Parts => ({ config: { layers: [{ instruction, value }] } });
const os = (operatingSystem: string): Parts => ({ scan: { operatingSystem, components: [] } });
const env = (fields: object): Parts => ({ container: { env: [fields] } });

/** Field, values, what violates, what does not. */
const table: readonly (readonly [field: string, values: readonly string[], bad: Parts, good: Parts])[] = [
  ['Image Registry', ['docker\\.io'], { image: 'nginx' }, { image: 'quay.io/nginx' }],
  ['Image Remote', ['r/library/.*'], { image: 'nginx:1' }, { image: 'me/nginx:1' }],
  ['Image Tag', ['latest', '.*-rc\\d+'], { image: 'web:2-RC1' }, { image: 'web:2' }],
  ['Image Signature Verified By', [signer], { verifiedBy: ['another'] }, { verifiedBy: [signer] }],
  [
    'Image Age',
    ['90'],
    { config: { created: '2026-03-16T00:00:00Z' } },
    { config: { created: '2026-03-18T00:00:00Z' } },
  ],
  ['Image User', ['0', 'root'], { config: { user: 'root' } }, { config: { user: 'rooty' } }],
  ['Image OS', ['alpine:.*'], os('alpine:3.20'), os('debian:12')],
  ['Image Component', ['z=1\\.2.*'], { scan: { components: [{ name: 'z', version: '1.2.3' }] } }, cve({})],
  ['Dockerfile Line', ['=.*curl.*'], layer('RUN', 'apk add\ncurl'), layer('RUN', 'apk add')],
  ['Required Image Label', ['team=a.*'], { config: { labels: { team: 'b' } } }, { config: { labels: { team: 'ab' } } }],
  ['Disallowed Image Label', ['old=.*'], { config: { labels: { OLD: '' } } }, { config: { labels: { older: '' } } }],
  ['CVE', ['CVE-2026-.*'], cve({}), cve({ cve: 'CVE-2025-1' })],
  ['CVSS', ['>= 7.0'], cve({ cvss: 7 }), cve({ cvss: 6.9 })],
  ['NVD CVSS', ['> 9'], cve({ nvdCvss: 9.1 }), cve({ cvss: 9.9, nvdCvss: 9 })],
  ['Severity', ['<= LOW'], cve({ severity: 'LOW' }), cve({ severity: 'MODERATE' })],
  ['Fixable', ['true'], cve({ fixedBy: '3.1' }), cve({ fixedBy: '' })],
  ['Fixed By', ['.*'], cve({ fixedBy: '3.1' }), cve({})],
  [
    'Days Since CVE Was Published',
    ['30'],
    cve({ publishedOn: '2026-05-01T00:00:00Z' }),
    cve({ publishedOn: '2026-06-01T00:00:00Z' }),
  ],
  [
    'Days Since CVE Fix Was Available',
    ['30'],
    cve({ fixAvailableOn: '2026-05-01T00:00:00Z' }),
    cve({ publishedOn: '2026-05-01T00:00:00Z' }),
  ],
  [
    'Days Since CVE Was First Discovered In Image',
    ['1'],
    cve({ firstSeenInImage: '2026-06-01T00:00:00Z' }),
    cve({ firstSeenInImage: '2026-06-14T12:00:00Z' }),
  ],
  ['Days Since CVE Was First Discovered In System', ['1'], cve({ firstSeenInSystem: '2026-06-01T00:00:00Z' }), cve({})],
  [
    'Image Scan Age',
    ['30'],
    { scan: { time: '2026-05-01T00:00:00Z', components: [] } },
    { scan: { time: '2026-06-01T00:00:00Z', components: [] } },
  ],
  ['Container Name', ['we.*'], {}, { container: { name: 'owe' } }],
  [
    'Environment Variable',
    ['RAW=.*SECRET.*='],
    env({ name: 'MY_SECRET', value: 'x' }),
    env({ name: 'MY_SECRET', valueFrom: { secretKeyRef: {} } }),
  ],
  [
    'Container CPU Request',
    ['< 0.25'],
    resources({ requests: { cpu: '249m' } }),
    resources({ requests: { cpu: '250m' } }),
  ],
  ['Container CPU Limit', ['> 2'], resources({ limits: { cpu: '2500m' } }), resources({ limits: { cpu: 2 } })],
  ['Container Memory Request', ['0'], {}, resources({ requests: { memory: '1Mi' } })],
  [
    'Container Memory Limit',
    ['>= 1024'],
    resources({ limits: { memory: '1Gi' } }),
    resources({ limits: { memory: '1023Mi' } }),
  ],
  ['Privileged Container', ['true'], security({ privileged: true }), security({ privileged: false })],
  ['Read-Only Root Filesystem', ['false'], {}, security({ readOnlyRootFilesystem: true })],
  ['Allow Privilege Escalation', ['true'], {}, security({ allowPrivilegeEscalation: false })],
  [
    'Add Capabilities',
    ['NET_ADMIN', 'sys_time'],
    security({ capabilities: { add: ['CAP_SYS_TIME'] } }),
    security({ capabilities: { add: ['CHOWN'] } }),
  ],
  ['Drop Capabilities', ['NET_RAW'], {}, security({ capabilities: { drop: ['ALL'] } })],
  [
    'AppArmor Profile',
    ['localhost/.*'],
    security({ appArmorProfile: { type: 'Localhost', localhostProfile: 'a' } }),
    {},
  ],
  [
    'Seccomp Profile Type',
    ['UNCONFINED'],
    { pod: { securityContext: { seccompProfile: { type: 'Unconfined' } } } },
    {},
  ],
  ['Liveness Probe Defined', ['false'], {}, { container: { livenessProbe: { exec: {} } } }],
  ['Readiness Probe Defined', ['false'], {}, { container: { readinessProbe: { exec: {} } } }],
  ['Namespace', ['shop|bank'], {}, { metadata: { namespace: 'shops' } }],
  ['Required Label', ['owner=.+'], {}, { metadata: { labels: { owner: 'me' } } }],
  [
    'Required Annotation',
    ['owner=.+'],
    { metadata: { annotations: { owner: '' } } },
    { metadata: { annotations: { owner: 'me' } } },
  ],
  ['Disallowed Annotation', ['skip'], { metadata: { annotations: { skip: 'yes' } } }, {}],
  ['Runtime Class', ['kata.*'], { pod: { runtimeClassName: 'kata-qemu' } }, {}],
  ['Replicas', ['< 2'], {}, { spec: { replicas: 2 } }],
  ['Host Network', ['true'], { pod: { hostNetwork: true } }, {}],
  ['Host PID', ['true'], { pod: { hostPID: true } }, {}],
  ['Host IPC', ['true'], { pod: { hostIPC: true } }, {}],
  ['Service Account', ['default'], {}, { pod: { serviceAccountName: 'web' } }],
  ['Automount Service Account Token', ['true'], {}, { pod: { automountServiceAccountToken: false } }],
  [
    'Minimum RBAC Permissions',
    ['ELEVATED_IN_NAMESPACE'],
    { around: { permissionLevel: 'CLUSTER_ADMIN' } },
    { around: { permissionLevel: 'DEFAULT' } },
  ],
  ['Exposed Port', ['>= 8000'], port({}), port({ containerPort: 80 })],
  ['Exposed Port Protocol', ['udp'], port({ protocol: 'UDP' }), port({})],
  ['Exposed Node Port', ['> 0'], service('NodePort', { nodePort: 30080 }), service('ClusterIP', {})],
  ['Port Exposure Method', ['EXTERNAL'], service('LoadBalancer', {}), service('NodePort', {})],
  ['Has Ingress Network Policy', ['false'], {}, guard({ podSelector: { matchLabels: { app: 'web' } } })],
  [
    'Has Egress Network Policy',
    ['false'],
    guard({ podSelector: {} }),
    guard({ podSelector: {}, policyTypes: ['Egress'] }),
  ],
  ['Volume Name', ['data'], volume({ emptyDir: {} }), {}],
  [
    'Volume Source',
    ['/var/run/.*'],
    volume({ hostPath: { path: '/var/run/x' } }),
    volume({ secret: { secretName: '/var/run/x' } }),
  ],
  ['Volume Destination', ['/data'], volume({ emptyDir: {} }), volume({ emptyDir: {} }, { mountPath: '/data2' })],
  ['Volume Type', ['HostPath'], volume({ hostPath: { path: '/' } }), volume({ emptyDir: {} })],
  ['Writable Host Mount', ['true'], volume({ hostPath: { path: '/' } }), volume({ emptyDir: {} })],
  ['Writable Mounted Volume', ['true'], volume({ emptyDir: {} }), volume({ emptyDir: {} }, { readOnly: true })],
  [
    'Mount Propagation',
    ['HOSTTOCONTAINER'],
    volume({ emptyDir: {} }, { mountPropagation: 'HostToContainer' }),
    volume({ emptyDir: {} }),
  ],
];

describe('criteria of BUILD and DEPLOY', () => {
  it.each(table)('%s', (fieldName, values, bad, good) => {
    const group = { fieldName, values: values.map((value) => ({ value })) };
    const [violated] = ask(group, bad);
    expect(violated?.details).toMatchObject({ outcome: 'violated', missing: [] });
    expect(violated?.details.violations).not.toEqual([]);
    expect(ask(group, good)).toEqual([]);
  });

  it('are all in the table, but for the one that needs an image without a scan', () => {
    const known = criteria.filter(({ stage }) => stage !== 'RUNTIME').map(({ name }) => name);
    expect([...table.map(([name]) => name), 'Unscanned Image'].sort()).toEqual([...known].sort());
  });

  it.each(table.filter(([name]) => criteria.find((each) => each.name === name)?.negatable))(
    'negated: %s',
    (fieldName, values, bad) => {
      const group = { fieldName, negate: true, values: values.map((value) => ({ value })) };
      expect(ask(group, bad)).toEqual([]);
    },
  );

  it.each(table.filter(([name]) => criteria.find((each) => each.name === name)?.stage === 'BUILD'))(
    'at BUILD: %s',
    (fieldName, values, bad, good) => {
      const policy = {
        name: 'A policy',
        policyVersion: '1.1',
        severity: 1,
        categories: ['c'],
        lifecycle_stages: [1],
        policySections: [{ policyGroups: [{ fieldName, values: values.map((value) => ({ value })) }] }],
      };
      const { policies, diagnostics } = parsePolicies(JSON.stringify(policy));
      expect(diagnostics).toEqual([]);
      const outcomes = [bad, good].map((parts) => {
        const reference = parts.image ?? 'web:1';
        const metadata = subject(parts).images?.[reference];
        return evaluateBuild(policies, { reference, ...(metadata && { metadata }) }, { now }).map(
          (v) => v.details.outcome,
        );
      });
      expect(outcomes).toEqual([['violated'], []]);
    },
  );

  it('Unscanned Image: an image of which nothing is known is not one without a scan', () => {
    const group = { fieldName: 'Unscanned Image', values: [{ value: 'true' }] };
    expect(ask(group, { around: { images: { 'web:1': {} } } })[0]?.details.outcome).toBe('violated');
    expect(ask(group, { around: { images: {} } })[0]?.details.outcome).toBe('unknown');
    expect(ask(group, {})).toEqual([]);
  });
});

describe('data that nobody gave', () => {
  it.each([
    ['Image Age', '1', { around: { images: {} } }, 'the configuration of docker.io/library/web:1'],
    ['CVE', '.*', { around: { images: {} } }, 'a scan of docker.io/library/web:1'],
    ['Minimum RBAC Permissions', 'DEFAULT', {}, 'what its service account may do'],
  ] satisfies [string, string, Parts, string][])('%s', (fieldName, value, parts, missing) => {
    const [verdict] = ask({ fieldName, values: [{ value }] }, parts);
    expect(verdict).toMatchObject({ decision: 'warn', details: { outcome: 'unknown', missing: [missing] } });
  });

  it('Services and network policies', () => {
    const { services: _s, networkPolicies: _n, ...alone } = subject(port({}));
    for (const [fieldName, value] of [
      ['Port Exposure Method', 'EXTERNAL'],
      ['Exposed Node Port', '> 0'],
      ['Has Ingress Network Policy', 'false'],
    ]) {
      const policy = `{ name: A policy, policyVersion: "1.1", severity: 1, categories: [c], lifecycleStages: [DEPLOY],
        policySections: [{ policyGroups: [{ fieldName: ${fieldName}, values: [{ value: "${value}" }] }] }] }`;
      const [verdict] = evaluateDeploy(parsePolicies(policy).policies, alone, { now });
      expect(verdict?.details.outcome).toBe('unknown');
    }
  });
});
