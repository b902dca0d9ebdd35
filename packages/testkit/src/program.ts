import { spawn } from 'node:child_process';

export interface ProgramResult {
  /** Exit code; 128 and more when a signal ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramOptions {
  /** Written to its standard input, which is closed otherwise. */
  readonly input?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Ends the program (SIGINT) as soon as its output matches: for watches. */
  readonly until?: RegExp;
  /** Called with everything written so far, each time more comes. */
  readonly onOutput?: (stdout: string) => void;
  /** Default 60,000; then it is killed and the code is 137. */
  readonly timeoutMs?: number;
}

/** Runs a program to its end. */
export function runProgram(
  command: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    let stdout = '';
    let stderr = '';
    const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? 60_000);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      options.onOutput?.(stdout);
      if (options.until?.test(stdout)) child.kill('SIGINT');
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code: code ?? (signal === 'SIGKILL' ? 137 : 130), stdout, stderr });
    });
    child.stdin.on('error', () => {}); // it may end before it has read everything
    child.stdin.end(options.input ?? '');
  });
}
