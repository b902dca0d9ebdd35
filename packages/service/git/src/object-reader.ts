import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { type Clock, type Logger, SekishoError } from '@sekisho/base';
import { endProcess, type GitCommand, keepTail } from './command.ts';
import { gitEnvironment } from './environment.ts';

export type ObjectType = 'commit' | 'tree' | 'blob' | 'tag';

export interface ObjectInfo {
  readonly id: string;
  readonly type: ObjectType;
  readonly size: number;
}

export interface GitObject extends ObjectInfo {
  readonly data: Buffer;
}

/** Answers what a repository holds, through one long-lived `git cat-file`. */
export interface ObjectReader {
  /** Undefined: no such object. `name` is an object id, perhaps abbreviated, perhaps with `^{commit}` or `^{tree}`.
   * @throws SekishoError GIT_REVISION_AMBIGUOUS | GIT_OBJECT_UNREADABLE */
  info(name: string): Promise<ObjectInfo | undefined>;
  /** @throws SekishoError GIT_OBJECT_TOO_LARGE (nothing was kept in memory) and those of `info` */
  contents(name: string, options: { maxBytes: number }): Promise<GitObject | undefined>;
  close(): Promise<void>;
}

interface Request {
  readonly kind: 'info' | 'contents';
  readonly name: string;
  readonly maxBytes: number;
  readonly resolve: (object: GitObject | undefined) => void;
  readonly reject: (error: unknown) => void;
  /** How often the process died while this request was the first in line. */
  failures: number;
}

const headerPattern = /^([0-9a-f]{40}|[0-9a-f]{64}) (commit|tree|blob|tag) (\d+)$/;
/** A larger object that nobody wants is not read to its end; the process is replaced instead. */
const skipBytes = 64 * 1024 * 1024;
const maxHeaderBytes = 4096;
const maxFailures = 2;
const defaultStallMs = 20_000;
const noData = Buffer.alloc(0);

export interface ObjectReaderOptions {
  readonly command: GitCommand;
  readonly gitDir: string;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly idleMs: number;
  /** A process that owes an answer and writes nothing for this long is replaced. Default 20 s. */
  readonly stallMs?: number;
}

export function createObjectReader(options: ObjectReaderOptions): ObjectReader {
  // Before git 2.36 one process cannot answer both questions.
  const both = options.command.atLeast(2, 36);
  const contents = new CatFile(options, both ? '--batch-command' : '--batch');
  const info = both ? contents : new CatFile(options, '--batch-check');
  return {
    info: (name) => info.ask('info', name, 0),
    contents: (name, { maxBytes }) => contents.ask('contents', name, maxBytes),
    async close() {
      await Promise.all([contents.close(), info.close()]);
    },
  };
}

/**
 * One `git cat-file` process: started by the first question, replaced when it dies, ended when idle.
 * Questions are sent at once and answered in order. A pack that arrives later is found: git looks again before it says
 * "missing".
 */
class CatFile {
  private readonly options: ObjectReaderOptions;
  private readonly mode: '--batch-command' | '--batch' | '--batch-check';
  private pending: Request[] = [];
  private child: ChildProcessWithoutNullStreams | undefined;
  private stderr: () => string = () => '';
  private closed = false;
  private lastUsed = 0;
  private lastHeard = 0;
  private cancelWatch: (() => void) | undefined;
  // Answer being read.
  private header = '';
  private current: (ObjectInfo & { data: Buffer | undefined; read: number }) | undefined;

  constructor(options: ObjectReaderOptions, mode: '--batch-command' | '--batch' | '--batch-check') {
    this.options = options;
    this.mode = mode;
  }

  ask(kind: 'info' | 'contents', name: string, maxBytes: number): Promise<GitObject | undefined> {
    return new Promise((resolve, reject) => {
      if (this.closed) return reject(new SekishoError('GIT_CLOSED', 'the repository was closed'));
      // One line is one question.
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must be refused
      if (name === '' || name.length > 1024 || /[\u0000-\u0020\u007f]/.test(name)) return resolve(undefined);
      const request: Request = { kind, name, maxBytes, resolve, reject, failures: 0 };
      if (this.pending.length === 0) this.lastHeard = this.options.clock.now();
      this.pending.push(request);
      if (this.child === undefined) this.start();
      else this.send(request);
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    this.cancelWatch?.();
    const { child } = this;
    if (child === undefined) return;
    await new Promise<void>((resolve) => {
      child.once('close', () => resolve());
      endProcess(child);
    });
  }

  private start(): void {
    const { command, gitDir } = this.options;
    const child = spawn(command.path, [`--git-dir=${gitDir}`, 'cat-file', this.mode], {
      cwd: command.home.dir,
      env: gitEnvironment(command.home),
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    this.child = child;
    this.stderr = keepTail(child.stderr, 4096);
    this.header = '';
    this.current = undefined;
    child.stdin.on('error', () => {});
    child.stdout.on('data', (chunk: Buffer) => {
      if (this.child === child) this.receive(chunk);
    });
    let ended = false;
    const end = (error?: Error) => {
      if (ended) return;
      ended = true;
      if (this.child === child) this.onEnd(error);
    };
    child.once('error', end);
    child.once('close', () => end());
    for (const request of this.pending) this.send(request);
    this.watch();
  }

  private send(request: Request): void {
    const { child } = this;
    if (child === undefined) return;
    const { stdin } = child;
    if (stdin.writableCorked === 0) {
      // Questions of one turn of the event loop travel in one write.
      stdin.cork();
      process.nextTick(() => stdin.uncork());
    }
    stdin.write(this.mode === '--batch-command' ? `${request.kind} ${request.name}\n` : `${request.name}\n`);
  }

  /** Ends the process when nobody needs it, and replaces it when it stands still. */
  private watch(): void {
    const { clock, idleMs, stallMs = defaultStallMs } = this.options;
    this.cancelWatch?.();
    this.lastUsed = clock.now();
    this.lastHeard = clock.now();
    const look = () => {
      const now = clock.now();
      if (this.pending.length > 0 && now - this.lastHeard >= stallMs) {
        this.giveUp('it stood still');
        return;
      }
      const left = this.lastUsed + idleMs - now;
      if (this.pending.length > 0 || left > 0) {
        this.cancelWatch = clock.after(Math.min(Math.max(left, 1000), stallMs), look);
        return;
      }
      const { child } = this;
      this.child = undefined;
      child?.stdin.end();
    };
    this.cancelWatch = clock.after(Math.min(idleMs, stallMs), look);
  }

  /** What comes out of the process cannot be trusted (any more): ends it, and asks a new one again. */
  private giveUp(reason: string): void {
    const { child } = this;
    this.child = undefined;
    if (child !== undefined) endProcess(child);
    this.onEnd(new Error(reason));
  }

  private onEnd(error: Error | undefined): void {
    this.child = undefined;
    this.cancelWatch?.();
    const [first] = this.pending;
    if (first === undefined) return;
    if (this.closed) {
      const waiting = this.pending;
      this.pending = [];
      for (const request of waiting) request.reject(new SekishoError('GIT_CLOSED', 'the repository was closed'));
      return;
    }
    first.failures += 1;
    if (first.failures >= maxFailures) {
      this.pending.shift();
      const reason = error?.message ?? this.stderr().trim().slice(-500);
      this.options.logger.warn({ gitDir: this.options.gitDir, object: first.name, reason }, 'git object is unreadable');
      first.reject(new SekishoError('GIT_OBJECT_UNREADABLE', `git cannot read ${first.name}: ${reason}`));
    }
    if (this.pending.length > 0) this.start();
  }

  private receive(chunk: Buffer): void {
    this.lastHeard = this.options.clock.now();
    let offset = 0;
    while (offset < chunk.length) {
      if (this.current === undefined) {
        const newline = chunk.indexOf(10, offset);
        const end = newline < 0 ? chunk.length : newline;
        this.header += chunk.toString('utf8', offset, end);
        offset = end + 1;
        if (newline < 0) {
          if (this.header.length > maxHeaderBytes) this.giveUp('its answer has no end');
          return;
        }
        const { header } = this;
        this.header = '';
        if (!this.onHeader(header)) return;
        continue;
      }
      const { current } = this;
      // The content is followed by a newline.
      const take = Math.min(current.size + 1 - current.read, chunk.length - offset);
      const content = Math.min(take, current.size - current.read);
      if (content > 0) current.data?.set(chunk.subarray(offset, offset + content), current.read);
      current.read += take;
      offset += take;
      if (current.read === current.size + 1 && !this.finish(chunk[offset - 1])) return;
    }
  }

  /** False: the process was given up. */
  private onHeader(header: string): boolean {
    const [request] = this.pending;
    if (request === undefined) return true;
    const match = headerPattern.exec(header);
    if (match === null) {
      if (header === `${request.name} missing`) this.answer().resolve(undefined);
      else if (header === `${request.name} ambiguous`) {
        this.answer().reject(
          new SekishoError('GIT_REVISION_AMBIGUOUS', `more than one object begins with ${request.name}`, {
            hint: 'Give more digits of the commit.',
          }),
        );
      } else {
        this.giveUp(`it answered ${JSON.stringify(header.slice(0, 200))}`);
        return false;
      }
      return true;
    }
    const [, id = '', type, digits] = match;
    const size = Number(digits);
    const info = { id, type: type as ObjectType, size };
    if (request.kind === 'info') {
      this.answer().resolve({ ...info, data: noData });
      return true;
    }
    if (size <= request.maxBytes) {
      this.current = { ...info, data: Buffer.allocUnsafeSlow(size), read: 0 };
      return true;
    }
    this.answer().reject(
      new SekishoError(
        'GIT_OBJECT_TOO_LARGE',
        `${type} ${id} has ${size} bytes; at most ${request.maxBytes} are read`,
        {
          details: { size, maxBytes: request.maxBytes },
        },
      ),
    );
    if (size <= skipBytes) {
      this.current = { ...info, data: undefined, read: 0 };
      return true;
    }
    const { child } = this;
    this.child = undefined;
    if (child !== undefined) endProcess(child);
    if (this.pending.length > 0) this.start();
    return false;
  }

  /**
   * False: the process was given up. Git does not notice that a damaged object is shorter than its header says, and what
   * follows would be read as its content; so the content is held against its id.
   */
  private finish(last: number | undefined): boolean {
    const { current } = this;
    this.current = undefined;
    const damaged = last !== 10 || (current?.data !== undefined && hashOf(current, current.data) !== current.id);
    if (damaged) {
      this.giveUp('its content does not fit its id');
      return false;
    }
    if (current?.data === undefined) return true;
    this.answer().resolve({ id: current.id, type: current.type, size: current.size, data: current.data });
    return true;
  }

  private answer(): Pick<Request, 'resolve' | 'reject'> {
    const request = this.pending.shift();
    this.lastUsed = this.options.clock.now();
    return request ?? { resolve: () => {}, reject: () => {} };
  }
}

function hashOf({ id, type, size }: ObjectInfo, data: Buffer): string {
  return createHash(id.length === 64 ? 'sha256' : 'sha1')
    .update(`${type} ${size}\0`)
    .update(data)
    .digest('hex');
}
