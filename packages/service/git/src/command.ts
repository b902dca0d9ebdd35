import { type ChildProcess, spawn } from 'node:child_process';
import { SekishoError } from '@sekisho/base';
import { type GitHome, gitEnvironment } from './environment.ts';

export interface RunOptions {
  /** Bare repository to work in. */
  readonly gitDir?: string;
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** Default 60 s. */
  readonly timeoutMs?: number;
  /** Bound of stdout. Default 16 MiB. */
  readonly maxOutputBytes?: number;
}

export interface RunResult {
  /** Exit status; -1 when a signal ended the process. */
  readonly code: number;
  readonly stdout: Buffer;
  /** The last 64 KiB. */
  readonly stderr: string;
}

/** The git program with our environment. Never uses a shell. */
export interface GitCommand {
  readonly path: string;
  readonly version: string;
  readonly home: GitHome;
  /** Folder of git's own programs. */
  readonly execPath: string;
  /** Whether the version is at least `major.minor`. */
  atLeast(major: number, minor: number): boolean;
  /** Runs to the end. A status other than 0 is a result, not an error.
   * @throws SekishoError GIT_TIMEOUT | GIT_OUTPUT_TOO_LARGE | GIT_MISSING, or the signal's reason */
  run(args: readonly string[], options?: RunOptions): Promise<RunResult>;
}

const stderrBytes = 64 * 1024;
const killAfterMs = 5_000;

/** Ends a process and its children: they lead a process group of their own. Git removes its lock files on SIGTERM. */
export function endProcess(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined) return;
  const send = (signal: NodeJS.Signals) => {
    try {
      process.kill(-pid, signal);
    } catch {
      child.kill(signal);
    }
  };
  send('SIGTERM');
  const timer = setTimeout(() => send('SIGKILL'), killAfterMs);
  timer.unref();
  child.once('close', () => clearTimeout(timer));
}

/** Keeps the end of a text stream. */
export function keepTail(stream: NodeJS.ReadableStream, maxBytes = stderrBytes): () => string {
  let tail = Buffer.alloc(0);
  stream.on('data', (chunk: Buffer) => {
    tail = Buffer.concat([tail, chunk]);
    if (tail.length > maxBytes) tail = tail.subarray(tail.length - maxBytes);
  });
  return () => tail.toString('utf8');
}

function runGit(path: string, home: GitHome, args: readonly string[], options: RunOptions): Promise<RunResult> {
  const { signal, timeoutMs = 60_000, maxOutputBytes = 16 * 1024 * 1024 } = options;
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = spawn(path, options.gitDir === undefined ? args : [`--git-dir=${options.gitDir}`, ...args], {
      cwd: options.gitDir ?? home.dir,
      env: gitEnvironment(home, options.env),
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    let failure: unknown;
    const fail = (error: unknown) => {
      if (failure !== undefined) return;
      failure = error;
      endProcess(child);
    };
    const onAbort = () => fail(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    const timer = setTimeout(
      () =>
        fail(new SekishoError('GIT_TIMEOUT', `git ${args[0]} took longer than ${timeoutMs} ms`, { retryable: true })),
      timeoutMs,
    );
    const chunks: Buffer[] = [];
    let bytes = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxOutputBytes) {
        fail(new SekishoError('GIT_OUTPUT_TOO_LARGE', `git ${args[0]} wrote more than ${maxOutputBytes} bytes`));
      } else chunks.push(chunk);
    });
    const stderr = keepTail(child.stderr);
    // A process that ends early closes its stdin; its status says why.
    child.stdin.on('error', () => {});
    child.stdin.end(options.input ?? '');
    const finish = (settle: () => void) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      settle();
    };
    child.once('error', (cause) => finish(() => reject(gitMissing(path, cause))));
    child.once('close', (code) =>
      finish(() => {
        if (failure !== undefined) reject(failure);
        else resolve({ code: code ?? -1, stdout: Buffer.concat(chunks), stderr: stderr() });
      }),
    );
  });
}

function gitMissing(path: string, cause: unknown): SekishoError {
  return new SekishoError('GIT_MISSING', `the program ${path} cannot be run`, {
    hint: 'Install git 2.30 or newer.',
    cause,
  });
}

/** Finds git and checks its version.
 * @throws SekishoError GIT_MISSING | GIT_TOO_OLD */
export async function createCommand(path: string, home: GitHome): Promise<GitCommand> {
  const { stdout, code } = await runGit(path, home, ['--version'], { timeoutMs: 10_000 });
  const match = /^git version (\d+)\.(\d+)(\.\d+)?/.exec(stdout.toString('utf8'));
  if (code !== 0 || match === null) throw gitMissing(path, undefined);
  const major = Number(match[1]);
  const minor = Number(match[2]);
  const atLeast = (a: number, b: number) => major > a || (major === a && minor >= b);
  const version = match[0].slice('git version '.length);
  if (!atLeast(2, 30)) {
    throw new SekishoError('GIT_TOO_OLD', `git ${version} is too old`, { hint: 'Install git 2.30 or newer.' });
  }
  const where = await runGit(path, home, ['--exec-path'], { timeoutMs: 10_000 });
  return {
    path,
    version,
    home,
    execPath: where.stdout.toString('utf8').trim(),
    atLeast,
    run: (args, options = {}) => runGit(path, home, args, options),
  };
}
