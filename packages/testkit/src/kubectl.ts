import { dirname, join } from 'node:path';
import { helmPath, kubectlPath } from './counterparts.ts';
import { type ProgramOptions, type ProgramResult, runProgram } from './program.ts';

export interface KubectlOptions extends ProgramOptions {
  /** Path of the kubeconfig. */
  readonly kubeconfig: string;
}

/** Runs kubectl 1.35. Its home and caches lie beside the kubeconfig; nothing of this machine's settings is used. */
export async function runKubectl(args: readonly string[], options: KubectlOptions): Promise<ProgramResult> {
  return runProgram(await kubectlPath(), args, isolated(options));
}

/** Runs Helm 4 like {@link runKubectl}. */
export async function runHelm(args: readonly string[], options: KubectlOptions): Promise<ProgramResult> {
  return runProgram(await helmPath(), args, isolated(options));
}

function isolated(options: KubectlOptions): ProgramOptions {
  const home = join(dirname(options.kubeconfig), 'home');
  return {
    ...options,
    env: {
      KUBECONFIG: options.kubeconfig,
      HOME: home,
      XDG_CACHE_HOME: join(home, '.cache'),
      XDG_CONFIG_HOME: join(home, '.config'),
      XDG_DATA_HOME: join(home, '.local'),
      NO_PROXY: '127.0.0.1,localhost',
      KUBE_EDITOR: 'false',
      ...options.env,
    },
  };
}
