/** What a check touches of the process that it runs in, so that tests run it without one. */
export interface CheckWorld {
  /** Relative paths start here. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Reads standard input to its end. */
  readStdin(): Promise<Uint8Array>;
  stdout(text: string): void;
  stderr(text: string): void;
  /** Whether stdout is a terminal: colours and places are for people. */
  readonly isTerminal: boolean;
  /** Whether stderr is one: progress is shown there. */
  readonly showsProgress: boolean;
  /** Does work that keeps the thread to itself; default: just so. */
  busy?<Result>(work: () => Result): Result;
}

/** Larger than any input that can be checked. */
const MAX_STDIN_BYTES = 256 * 1024 * 1024;

/** The process itself. */
export function processWorld(): CheckWorld {
  return {
    cwd: process.cwd(),
    env: process.env,
    async readStdin() {
      const chunks: Buffer[] = [];
      let bytes = 0;
      for await (const chunk of process.stdin) {
        bytes += chunk.length;
        if (bytes > MAX_STDIN_BYTES) break;
        chunks.push(chunk);
      }
      return Buffer.concat(chunks);
    },
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
    isTerminal: process.stdout.isTTY === true,
    showsProgress: process.stderr.isTTY === true,
    busy: interruptible,
  };
}

/** A listener is only called between two pieces of work. Without one the system ends the process at once. */
function interruptible<Result>(work: () => Result): Result {
  const listeners = process.rawListeners('SIGINT') as NodeJS.SignalsListener[];
  for (const listener of listeners) process.off('SIGINT', listener);
  try {
    return work();
  } finally {
    for (const listener of listeners) process.on('SIGINT', listener);
  }
}
