import { join } from 'node:path';
import { helmPath, kubectlPath, runProgram } from '@sekisho/testkit';
import { NAMESPACE, type Workload } from './workload.ts';

/** The real kubectl and Helm, one process for each application. */
export interface Programs {
  /** @returns what it prints, and how long the process took. @throws Error when it fails */
  render(workload: Workload): Promise<{ readonly text: string; readonly ms: number }>;
}

/** @param folder holds the files of all workloads */
export async function createPrograms(folder: string): Promise<Programs> {
  const paths = { kustomize: await kubectlPath(), helm: await helmPath() };
  const home = join(folder, 'home');
  const env = { HOME: home, KUBECONFIG: join(home, 'none'), HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home };
  return {
    async render(workload) {
      const begun = performance.now();
      const { code, stdout, stderr } = await runProgram(paths[workload.tool], argumentsOf(workload), {
        cwd: folder,
        env,
      });
      const ms = performance.now() - begun;
      if (code !== 0) throw new Error(`${workload.name}: ${stderr.slice(0, 500)}`);
      return { text: stdout, ms };
    },
  };
}

function argumentsOf({ tool, name, path, valueFiles, parameters }: Workload): string[] {
  if (tool === 'kustomize') return ['kustomize', path];
  return [
    'template',
    name,
    path,
    '--namespace',
    NAMESPACE,
    ...valueFiles.flatMap((file) => ['--values', join(path, file)]),
    ...parameters.flatMap(({ name: key, value }) => ['--set', `${key}=${value}`]),
  ];
}
