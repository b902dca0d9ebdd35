import { spawn } from 'node:child_process';
import { eventually } from './eventually.ts';
import { CLI, CLI_ENVIRONMENT } from './sekisho.ts';

/** `sekisho up` as a process of its own, without the example repository. */
export interface UpProcess {
  /** Everything that it wrote so far, both channels. */
  output(): string;
  /** Ctrl-C; answers the exit code. */
  stop(): Promise<number>;
  kill(): Promise<void>;
}

/** Resolves when the server is ready; the error holds what it wrote. */
export async function startUp(
  dataDir: string,
  options: { args?: readonly string[]; env?: Readonly<Record<string, string>> } = {},
): Promise<UpProcess> {
  const args = [CLI, 'up', '--data', dataDir, '--port', '0', '--kube-port', '0', '--no-demo', ...(options.args ?? [])];
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...CLI_ENVIRONMENT, ...options.env },
  });
  let output = '';
  const collect = (text: string) => {
    output += text;
  };
  child.stdout.setEncoding('utf8').on('data', collect);
  child.stderr.setEncoding('utf8').on('data', collect);
  const exited = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1)));
  const up: UpProcess = {
    output: () => output,
    async stop() {
      child.kill('SIGINT');
      return exited;
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
  try {
    await eventually(
      async () => {
        if (child.exitCode !== null) throw new Error(`sekisho up ended with ${child.exitCode}:\n${output}`);
        return output.includes('Ctrl-C stops it.') ? true : undefined;
      },
      () => `sekisho up is not ready:\n${output}`,
    );
    return up;
  } catch (error) {
    await up.kill();
    throw error;
  }
}
