import { createRandom, type Random } from '../../fuzz/lib/random.ts';
import { range } from '../figures.ts';
import type { Workload } from './workload.ts';

const ENVIRONMENTS = ['dev', 'staging', 'production'] as const;
const LEVELS = ['debug', 'info', 'warn'] as const;

/** Overlays over a base each: patches, images, replicas, generators, labels, components, as applications have them. */
export function overlays(count: number, seed: number): Workload[] {
  const random = createRandom(seed);
  return range(count).map((i) => overlay(`shop-${i}`, random));
}

function overlay(name: string, random: Random): Workload {
  const root = `apps/${name}`;
  const path = `${root}/overlays/${random.pick(ENVIRONMENTS)}`;
  const top: string[] = ['apiVersion: kustomize.config.k8s.io/v1beta1', 'kind: Kustomization', `namespace: ${name}`];
  const files: Record<string, string> = baseFiles(`${root}/base`, name, random);
  top.push('resources:', '  - ../../base');
  for (const [given, add] of Object.entries(FEATURES)) {
    const odds = ODDS[given] ?? 50;
    if (random.below(100) < odds) top.push(...add({ name, root, path, random, files }));
  }
  files[`${path}/kustomization.yaml`] = `${top.join('\n')}\n`;
  return { name, tool: 'kustomize', path, files, valueFiles: [], parameters: [] };
}

/** Percent of overlays that have a feature. */
const ODDS: Readonly<Record<string, number>> = {
  images: 80,
  strategicPatch: 70,
  replicas: 50,
  configMap: 60,
  secret: 25,
  labels: 60,
  jsonPatch: 35,
  nameAffix: 20,
  component: 20,
  replacement: 10,
};

interface Place {
  readonly name: string;
  readonly root: string;
  readonly path: string;
  readonly random: Random;
  /** Written to. */
  readonly files: Record<string, string>;
}

/** Each gives its lines of the kustomization, and its files. */
const FEATURES: Readonly<Record<string, (place: Place) => readonly string[]>> = {
  images: ({ name, random }) => ['images:', `  - name: example/${name}`, `    newTag: v1.${random.below(100)}.0`],
  strategicPatch({ name, path, random, files }) {
    files[`${path}/resources-patch.yaml`] = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
  template:
    spec:
      containers:
        - name: web
          resources:
            requests: {cpu: ${100 + random.below(400)}m, memory: ${64 * (1 + random.below(8))}Mi}
          env:
            - name: LOG_LEVEL
              value: ${random.pick(LEVELS)}
`;
    return random.below(2) === 0
      ? ['patches:', '  - path: resources-patch.yaml']
      : ['patches:', '  - path: resources-patch.yaml', '    target: {kind: Deployment}'];
  },
  replicas: ({ name, random }) => ['replicas:', `  - name: ${name}`, `    count: ${1 + random.below(9)}`],
  configMap({ name, path, random, files }) {
    files[`${path}/app.properties`] = range(5 + random.below(20))
      .map((i) => `feature.${i}=${random.below(1000)}\n`)
      .join('');
    return [
      'configMapGenerator:',
      `  - name: ${name}-config`,
      '    behavior: merge',
      '    files: [app.properties]',
      '    literals:',
      `      - REGION=eu-${random.below(4)}`,
    ];
  },
  secret: ({ name, random }) => [
    'secretGenerator:',
    `  - name: ${name}-token`,
    '    type: Opaque',
    '    literals:',
    `      - token=t${random.below(1e9)}`,
  ],
  labels: ({ random }) => [
    'labels:',
    '  - pairs:',
    `      team: team-${random.below(30)}`,
    `    includeSelectors: ${random.below(2) === 0}`,
    'commonAnnotations:',
    '  example.com/owner: platform',
  ],
  jsonPatch({ name, path, random, files }) {
    files[`${path}/ingress-patch.yaml`] = `- op: replace
  path: /spec/rules/0/host
  value: ${name}.eu-${random.below(9)}.example.com
`;
    return [
      'patchesJson6902:',
      `  - target: {group: networking.k8s.io, version: v1, kind: Ingress, name: ${name}}`,
      '    path: ingress-patch.yaml',
    ];
  },
  nameAffix: ({ random }) => (random.below(2) === 0 ? ['namePrefix: eu-'] : ['nameSuffix: -blue']),
  component({ name, root, files }) {
    files[`${root}/components/monitoring/kustomization.yaml`] = `apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
resources: [monitor.yaml]
patches:
  - patch: |-
      - op: add
        path: /metadata/annotations/prometheus.io~1scrape
        value: "true"
    target: {kind: Service}
`;
    files[`${root}/components/monitoring/monitor.yaml`] = `apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata:
  name: ${name}
spec:
  selector:
    matchLabels: {app: ${name}}
  endpoints:
    - port: http
`;
    return ['components:', '  - ../../components/monitoring'];
  },
  replacement: ({ name }) => [
    'replacements:',
    `  - source: {kind: Service, name: ${name}, fieldPath: metadata.name}`,
    '    targets:',
    '      - select: {kind: Deployment}',
    '        fieldPaths:',
    '          - spec.template.spec.containers.[name=web].env.[name=SERVICE].value',
    '        options: {create: true}',
  ],
};

function baseFiles(base: string, name: string, random: Random): Record<string, string> {
  const resources = ['deployment.yaml', 'service.yaml', 'ingress.yaml'];
  const files: Record<string, string> = {
    [`${base}/deployment.yaml`]: deployment(name, random),
    [`${base}/service.yaml`]: `apiVersion: v1
kind: Service
metadata:
  name: ${name}
  annotations:
    example.com/tier: web
spec:
  selector:
    app: ${name}
  ports:
    - name: http
      port: 80
      targetPort: http
`,
    [`${base}/ingress.yaml`]: `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: ${name}
spec:
  rules:
    - host: ${name}.example.com
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: ${name}
                port: {name: http}
`,
  };
  if (random.below(2) === 0) {
    resources.push('autoscaler.yaml');
    files[`${base}/autoscaler.yaml`] = `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: ${name}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: ${name}}
  minReplicas: 1
  maxReplicas: ${3 + random.below(10)}
`;
  }
  files[`${base}/kustomization.yaml`] = `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
${resources.map((file) => `  - ${file}\n`).join('')}configMapGenerator:
  - name: ${name}-config
    literals:
      - REGION=local
      - MODE=default
`;
  return files;
}

function deployment(name: string, random: Random): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  labels:
    app: ${name}
spec:
  replicas: 1
  selector:
    matchLabels:
      app: ${name}
  template:
    metadata:
      labels:
        app: ${name}
    spec:
      serviceAccountName: default
      containers:
        - name: web
          image: example/${name}:latest
          ports:
            - name: http
              containerPort: ${8000 + random.below(1000)}
          env:
            - name: LOG_LEVEL
              value: info
            - name: SERVICE
              value: none
          envFrom:
            - configMapRef:
                name: ${name}-config
          readinessProbe:
            httpGet: {path: /readyz, port: http}
            periodSeconds: ${5 + random.below(20)}
          resources:
            requests: {cpu: 10m, memory: 32Mi}
          volumeMounts:
            - name: config
              mountPath: /etc/${name}
      volumes:
        - name: config
          configMap:
            name: ${name}-config
`;
}
