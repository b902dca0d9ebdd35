import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type ProgramResult, runKubectl, startTestCluster, type TestCluster } from '@sekisho/testkit';

type RunOptions = Omit<Parameters<typeof runKubectl>[1], 'kubeconfig'>;

/** kubectl 1.35 on an embedded cluster with all controllers. */
export interface KubectlSession extends TestCluster {
  /** Runs kubectl; any exit code is a result. Words are split at spaces; lists are taken as they are. */
  run(command: string | readonly string[], options?: RunOptions): Promise<ProgramResult>;
  /** Its output. Throws with what it said when it fails. */
  ok(command: string | readonly string[], options?: RunOptions): Promise<string>;
  /** What it says on stderr when it fails, as it must. */
  refused(command: string | readonly string[], options?: RunOptions): Promise<string>;
  /** Its output as JSON. */
  json<T = Record<string, never>>(command: string): Promise<T>;
  /** Writes a file that commands can name. */
  file(name: string, content: string): Promise<string>;
  /** Different command lines (with what they read) so far. */
  readonly invocations: number;
}

/** @param title  for the line that says how many invocations were made */
export async function startSession(title: string): Promise<KubectlSession> {
  const cluster = await startTestCluster({ controllers: true });
  const seen = new Set<string>();
  const { kubeconfig } = cluster;

  async function run(command: string | readonly string[], options: RunOptions = {}): Promise<ProgramResult> {
    const args = typeof command === 'string' ? command.trim().split(/ +/) : command;
    seen.add([...args, options.input ?? ''].join(' '));
    return runKubectl(args, { ...options, kubeconfig });
  }
  async function ok(command: string | readonly string[], options?: RunOptions): Promise<string> {
    const { code, stdout, stderr } = await run(command, options);
    if (code === 0) return stdout;
    throw new Error(
      `kubectl ${typeof command === 'string' ? command : command.join(' ')} ended with ${code}: ${stderr}`,
    );
  }
  return {
    ...cluster,
    run,
    ok,
    async refused(command, options) {
      const { code, stdout, stderr } = await run(command, options);
      if (code !== 0) return stderr;
      throw new Error(`kubectl ${command} should have failed but said: ${stdout}`);
    },
    json: async (command) => JSON.parse(await ok(`${command} -o json`)),
    async file(name, content) {
      const path = join(dirname(kubeconfig), name);
      await writeFile(path, content, { mode: 0o755 });
      return path;
    },
    get invocations() {
      return seen.size;
    },
    async close() {
      console.log(`kubectl, ${title}: ${seen.size} distinct invocations`);
      await cluster.close();
    },
  };
}

/** A Deployment with a Service, as people write them. */
export function shop(image = 'nginx:1.27', replicas = 2): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
  labels: {app: shop, tier: web}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: shop}}
  template:
    metadata:
      labels: {app: shop}
    spec:
      containers:
        - name: web
          image: ${image}
          ports: [{containerPort: 8080, name: http}]
          env: [{name: MODE, value: prod}]
          resources: {requests: {cpu: 100m, memory: 64Mi}}
---
apiVersion: v1
kind: Service
metadata:
  name: shop
spec:
  selector: {app: shop}
  ports: [{port: 80, targetPort: http}]
`;
}
