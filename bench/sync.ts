import { spawn } from 'node:child_process';
import { cpus } from 'node:os';
import { isSekishoError, mapConcurrent, silentLogger, sleep } from '@sekisho/base';
import { createInformer, type Informer, type ResourceType } from '@sekisho/client';
import type { KubeObject } from '@sekisho/kube';
import { figure, percentile, range } from './lib/figures.ts';
import { libraryPolicies } from './lib/gates/library-policies.ts';
import { type Clone, type ServerProcess, startServerProcess, writeFiles } from './lib/server-process.ts';
import type { Figure, Run, RunOptions } from './shape.ts';

const APPLICATIONS = kind('argoproj.io', 'v1alpha1', 'applications', 'Application');
const CONFIG_MAPS = kind('', 'v1', 'configmaps', 'ConfigMap');
const TEMPLATES: ResourceType = {
  ...kind('templates.gatekeeper.sh', 'v1', 'constrainttemplates', 'ConstraintTemplate'),
  namespaced: false,
};

/**
 * The main job, measured from outside: a server process, real git pushes, a real watch.
 * `npm run bench -- sync [push] [apps] [policies] [one] [idle]` runs only the named parts.
 */
export const run: Run = async (options) => {
  const parts: Record<string, (options: RunOptions) => Promise<Figure[]>> = { push, apps, policies, one, idle };
  const wanted = options.args.length === 0 ? Object.keys(parts) : options.args;
  const figures: Figure[] = [];
  for (const name of wanted) {
    const part = parts[name];
    if (part === undefined) throw new Error(`no part ${name}; there are ${Object.keys(parts).join(', ')}`);
    options.progress(`${name} …`);
    figures.push(...(await part(options)));
  }
  return { figures, setting: { node: process.version, processors: cpus().length, processor: cpus()[0]?.model ?? '' } };
};

/** 100 pushes of one changed ConfigMap; the clock runs from the start of `git push` to the watch event of the new object. */
async function push({ root, signal, progress }: RunOptions): Promise<Figure[]> {
  const server = await startServerProcess(root);
  try {
    const clone = await server.clone('push', { 'app/config.yaml': configMap('pushed', '0') });
    const informer = await follow(server, CONFIG_MAPS, signal);
    await server.kube.create(APPLICATIONS, application('push', 'push', 'app'));
    await until(signal, () => dataOf(informer.get('pushed', 'push')) === '0');
    const whole: number[] = [];
    const after: number[] = [];
    for (let i = 1; i <= 100; i++) {
      await writeFiles(clone.folder, { 'app/config.yaml': configMap('pushed', String(i)) });
      clone.git('commit', '-qam', `change ${i}`);
      const seen = arrival(informer, 'pushed', String(i));
      const begun = performance.now();
      await pushNow(clone);
      const acknowledged = performance.now();
      const applied = await seen;
      whole.push(applied - begun);
      after.push(Math.max(0, applied - acknowledged));
      if (i % 25 === 0) progress(`${i} pushes`);
    }
    await informer.close();
    return [
      figure('push to applied, p50', percentile(whole, 50), 'ms', 300),
      figure('push to applied, p95', percentile(whole, 95), 'ms', 1000),
      figure('of it after git push returned, p50', percentile(after, 50), 'ms'),
    ];
  } finally {
    await server.stop();
  }
}

/** 1,000 applications of 4 objects from one repository, from the first Application to all Synced and Healthy. */
async function apps({ root, signal }: RunOptions): Promise<Figure[]> {
  const server = await startServerProcess(root);
  try {
    return await thousand(server, signal);
  } finally {
    await server.stop();
  }
}

/** As `apps`, with 30 policies of Gatekeeper's library that warn of every Deployment, before its sync and at admission. */
async function policies({ root, signal }: RunOptions): Promise<Figure[]> {
  const documents = libraryPolicies(root, 30);
  if (documents === undefined) return [];
  const server = await startServerProcess(root);
  try {
    for (const { object } of documents) await addPolicy(server, object, signal);
    const figures = await thousand(server, signal);
    const looks = await server.metric('sekisho_gate_seconds_count');
    const spent = await server.metric('sekisho_gate_seconds_sum');
    return [
      ...figures.map((one) => ({ ...one, name: `${one.name}, 30 policies` })),
      figure('questions to policies before a sync', looks, 'questions'),
      figure('of them, mean', (spent / looks) * 1000, 'ms'),
    ];
  } finally {
    await server.stop();
  }
}

/** A constraint can be made as soon as its template has made its kind. */
async function addPolicy(server: ServerProcess, object: KubeObject, signal: AbortSignal): Promise<void> {
  if (object.kind === 'ConstraintTemplate') {
    await server.kube.create(TEMPLATES, object);
    return;
  }
  const match = { kinds: [{ apiGroups: ['apps'], kinds: ['Deployment'] }] };
  const constraint = { ...object, spec: { ...(object['spec'] as object), match, enforcementAction: 'warn' } };
  const resource = object.kind.toLowerCase();
  const type = { ...kind('constraints.gatekeeper.sh', 'v1beta1', resource, object.kind), namespaced: false };
  for (;;) {
    try {
      await server.kube.create(type, constraint, { signal });
      return;
    } catch (error) {
      if (!isSekishoError(error, 'KUBE_NOT_FOUND')) throw error;
    }
    await sleep(100, { signal });
  }
}

async function thousand(server: ServerProcess, signal: AbortSignal): Promise<Figure[]> {
  const count = 1000;
  const files = Object.fromEntries(range(count).map((i) => [`apps/app-${i}/all.yaml`, fourObjects(`app-${i}`)]));
  await server.clone('many', files);
  const informer = await follow(server, APPLICATIONS, signal);
  const begun = performance.now();
  await mapConcurrent(range(count), 16, (i) =>
    server.kube.create(APPLICATIONS, application(`app-${i}`, 'many', `apps/app-${i}`)),
  );
  await until(signal, () => {
    const done = informer.list().filter(isGood).length;
    return done === count;
  });
  const seconds = (performance.now() - begun) / 1000;
  await informer.close();
  return [
    figure('1,000 applications to all Healthy', seconds, 's', 30),
    figure('peak RSS', server.memory().peakMiB, 'MiB', 400),
    figure('processor time', server.cpuSeconds(), 's'),
  ];
}

/** A commit that touches one application of 5,000. */
async function one({ root, signal }: RunOptions): Promise<Figure[]> {
  const count = 5000;
  const server = await startServerProcess(root);
  try {
    const files = Object.fromEntries(
      range(count).map((i) => [`apps/app-${i}/config.yaml`, configMap(`config-${i}`, '0')]),
    );
    const clone = await server.clone('wide', files);
    const informer = await follow(server, APPLICATIONS, signal);
    const configs = await follow(server, CONFIG_MAPS, signal);
    await mapConcurrent(range(count), 16, (i) =>
      server.kube.create(APPLICATIONS, application(`app-${i}`, 'wide', `apps/app-${i}`, 'wide')),
    );
    await until(signal, () => {
      const done = informer.list().filter(isGood).length;
      return done === count;
    });
    const before = await server.metric('sekisho_renders_total');
    const times: number[] = [];
    const rounds = 10;
    for (let i = 1; i <= rounds; i++) {
      const target = (i * 457) % count;
      await writeFiles(clone.folder, { [`apps/app-${target}/config.yaml`]: configMap(`config-${target}`, String(i)) });
      clone.git('commit', '-qam', `change ${i}`);
      const seen = arrival(configs, `config-${target}`, String(i));
      const begun = performance.now();
      await pushNow(clone);
      times.push((await seen) - begun);
    }
    const rendered = ((await server.metric('sekisho_renders_total')) - before) / rounds;
    await Promise.all([informer.close(), configs.close()]);
    return [
      {
        name: 'applications rendered by a commit that touches 1 of 5,000',
        value: rendered,
        unit: 'renders',
        goal: '1',
        met: rendered === 1,
      },
      figure('that commit to applied, p50', percentile(times, 50), 'ms'),
      figure('peak RSS with 5,000 applications', server.memory().peakMiB, 'MiB'),
    ];
  } finally {
    await server.stop();
  }
}

/** Processor time of ten minutes (`--seconds`) in which nothing happens, with 10,000 objects of 2,500 applications. */
async function idle({ root, signal, progress, seconds = 600 }: RunOptions): Promise<Figure[]> {
  const count = 1250;
  const server = await startServerProcess(root);
  try {
    const files = Object.fromEntries(range(count).map((i) => [`apps/app-${i}/all.yaml`, fourObjects(`app-${i}`)]));
    await server.clone('idle', files);
    const informer = await follow(server, APPLICATIONS, signal);
    await mapConcurrent(range(count), 16, (i) =>
      server.kube.create(APPLICATIONS, application(`app-${i}`, 'idle', `apps/app-${i}`)),
    );
    await until(signal, () => informer.list().filter(isGood).length === count);
    await informer.close();
    progress(`all Healthy; now ${seconds} s of doing nothing`);
    await sleep(10_000, { signal });
    const before = server.cpuSeconds();
    await sleep(seconds * 1000, { signal });
    const used = server.cpuSeconds() - before;
    return [
      figure(
        `processor time of ${seconds} idle seconds, ${count} applications with about ${count * 8} objects`,
        used,
        's',
      ),
      figure('share of one processor while idle', (100 * used) / seconds, '%'),
      figure('RSS while idle', server.memory().rssMiB, 'MiB'),
    ];
  } finally {
    await server.stop();
  }
}

async function follow(server: ServerProcess, type: ResourceType, signal: AbortSignal): Promise<Informer> {
  const informer = createInformer({ client: server.kube, type, logger: silentLogger });
  informer.start();
  await informer.synced(signal);
  return informer;
}

function arrival(informer: Informer, name: string, value: string): Promise<number> {
  return new Promise((resolve) => {
    const stop = informer.on(({ object }) => {
      if (object.metadata.name !== name || dataOf(object) !== value) return;
      resolve(performance.now());
      queueMicrotask(() => stop());
    });
  });
}

function pushNow(clone: Clone): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('git', ['-C', clone.folder, 'push', '-q'], {
      stdio: 'ignore',
      env: { PATH: process.env['PATH'], GIT_CONFIG_GLOBAL: '/dev/null' },
    });
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`git push ended with ${code}`))));
  });
}

async function until(signal: AbortSignal, done: () => boolean): Promise<void> {
  while (!done()) await sleep(50, { signal });
}

function isGood(app: KubeObject): boolean {
  const status = app['status'] as { sync?: { status?: string }; health?: { status?: string } } | undefined;
  return status?.sync?.status === 'Synced' && status.health?.status === 'Healthy';
}

function dataOf(object: KubeObject | undefined): string | undefined {
  return (object?.['data'] as { value?: string } | undefined)?.value;
}

function application(name: string, repository: string, path: string, namespace = name): KubeObject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace: 'argocd' },
    spec: {
      project: 'default',
      source: { repoURL: `embedded:${repository}`, path, targetRevision: 'main' },
      destination: { server: 'https://kubernetes.default.svc', namespace },
      syncPolicy: { automated: { prune: true, selfHeal: true }, syncOptions: ['CreateNamespace=true'] },
    },
  };
}

function configMap(name: string, value: string): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  value: "${value}"\n`;
}

/** The shape of Flux's own benchmark: a small web service with its account and autoscaler. */
function fourObjects(name: string): string {
  return `apiVersion: v1
kind: ServiceAccount
metadata:
  name: ${name}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
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
      serviceAccountName: ${name}
      containers:
        - name: web
          image: example/web:1.0.0
          ports:
            - name: http
              containerPort: 8080
          readinessProbe:
            httpGet:
              path: /readyz
              port: http
          resources:
            requests:
              cpu: 10m
              memory: 16Mi
---
apiVersion: v1
kind: Service
metadata:
  name: ${name}
spec:
  selector:
    app: ${name}
  ports:
    - name: http
      port: 80
      targetPort: http
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: ${name}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: ${name}
  minReplicas: 1
  maxReplicas: 3
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: 80
`;
}

function kind(group: string, version: string, resource: string, name: string): ResourceType {
  return { group, version, resource, kind: name, namespaced: true };
}
