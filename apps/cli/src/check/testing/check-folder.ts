import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { tempDir } from '@sekisho/testkit';
import { runCheck } from '../run.ts';

export interface CheckRun {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CheckFolder {
  readonly path: string;
  /** Runs `sekisho check` in it. */
  run(args: readonly string[], options?: CheckRunOptions): Promise<CheckRun>;
  write(files: Readonly<Record<string, string>>): Promise<void>;
  read(path: string): Promise<string>;
  remove(): Promise<void>;
}

export interface CheckRunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly isTerminal?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * A new folder with these files.
 *
 * @param command  what `run` runs
 */
export async function checkFolder(
  files: Readonly<Record<string, string>>,
  command: typeof runCheck = runCheck,
): Promise<CheckFolder> {
  const { path, remove } = await tempDir();
  const folder: CheckFolder = {
    path,
    remove,
    read: (name) => readFile(join(path, name), 'utf8'),
    async write(contents) {
      for (const [name, text] of Object.entries(contents)) {
        await mkdir(dirname(join(path, name)), { recursive: true });
        await writeFile(join(path, name), text);
      }
    },
    async run(args, { env = {}, stdin = '', isTerminal = false, signal = new AbortController().signal } = {}) {
      let stdout = '';
      let stderr = '';
      const status = await command(
        args,
        {
          cwd: path,
          env: { PATH: process.env['PATH'], HOME: path, ...env },
          readStdin: async () => Buffer.from(stdin),
          stdout: (text) => {
            stdout += text;
          },
          stderr: (text) => {
            stderr += text;
          },
          isTerminal,
          showsProgress: false,
        },
        signal,
      );
      return { status, stdout, stderr };
    },
  };
  await folder.write(files);
  return folder;
}
