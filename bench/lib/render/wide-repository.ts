import { range } from '../figures.ts';
import type { Workload } from './workload.ts';

/** Applications of one repository, of which each group of `sharing` has a base in common. */
export interface WideRepository {
  readonly applications: readonly Workload[];
  readonly files: Readonly<Record<string, string>>;
  /** A change of the base that the group of the application `index` has in common. */
  changeOfBase(index: number, value: string): Readonly<Record<string, string>>;
}

export function wideRepository(count: number, sharing: number): WideRepository {
  const files: Record<string, string> = {};
  const baseOf = (index: number) => `bases/base-${Math.floor(index / sharing)}`;
  for (let index = 0; index < count; index += sharing) {
    const base = baseOf(index);
    files[`${base}/kustomization.yaml`] = 'resources: [deployment.yaml, service.yaml, config.yaml]\n';
    files[`${base}/deployment.yaml`] = DEPLOYMENT;
    files[`${base}/service.yaml`] = SERVICE;
    files[`${base}/config.yaml`] = config('0');
  }
  const applications = range(count).map((index): Workload => {
    const name = `app-${index}`;
    const path = `apps/${name}`;
    files[`${path}/kustomization.yaml`] = `namespace: ${name}
namePrefix: ${name}-
resources: [../../${baseOf(index)}]
images:
  - name: example/web
    newTag: v${index}
replicas:
  - name: web
    count: ${1 + (index % 5)}
`;
    return { name, tool: 'kustomize', path, files: {}, valueFiles: [], parameters: [] };
  });
  return { applications, files, changeOfBase: (index, value) => ({ [`${baseOf(index)}/config.yaml`]: config(value) }) };
}

function config(value: string): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: config\ndata:\n  value: "${value}"\n`;
}

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 1
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
        - name: web
          image: example/web:latest
          ports:
            - name: http
              containerPort: 8080
          envFrom:
            - configMapRef: {name: config}
`;

const SERVICE = `apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector: {app: web}
  ports:
    - name: http
      port: 80
      targetPort: http
`;
