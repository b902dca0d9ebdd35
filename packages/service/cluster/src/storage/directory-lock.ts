import { closeSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { SekishoError } from '@sekisho/base';

export interface DirectoryLock {
  release(): void;
}

const heldHere = new Set<string>();

/**
 * Takes `<dir>/owner.lock`, which names the process. A lock whose process is gone (or is another program that got the
 * same id after a restart of the machine) is taken over.
 * @throws SekishoError CLUSTER_LOCKED
 */
export function lockDirectory(dir: string): DirectoryLock {
  const path = join(dir, 'owner.lock');
  if (heldHere.has(path)) throw lockedError(dir, process.pid);
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      const file = openSync(path, 'wx', 0o600);
      writeSync(file, `${process.pid} ${startOf(process.pid) ?? ''}\n`);
      closeSync(file);
      heldHere.add(path);
      return {
        release: () => {
          if (!heldHere.delete(path)) return;
          unlinkQuietly(path);
        },
      };
    } catch (error) {
      if (!isExisting(error)) throw error;
      const owner = readOwner(path);
      if (owner !== undefined && owner.pid !== process.pid && isRunning(owner)) throw lockedError(dir, owner.pid);
      unlinkQuietly(path);
    }
  }
  throw lockedError(dir, undefined);
}

interface Owner {
  readonly pid: number;
  readonly start: string;
}

function readOwner(path: string): Owner | undefined {
  try {
    const [pid, start] = readFileSync(path, 'utf8').trim().split(' ');
    const number = Number(pid);
    return Number.isInteger(number) && number > 0 ? { pid: number, start: start ?? '' } : undefined;
  } catch {
    return undefined;
  }
}

function isRunning(owner: Owner): boolean {
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const start = startOf(owner.pid);
  return start === undefined || owner.start === '' || start === owner.start;
}

/** When a process started, in the kernel's ticks: tells a reused id from the old process. Undefined where /proc is missing. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

function unlinkQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Somebody else removed it first.
  }
}

function isExisting(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EEXIST';
}

function lockedError(dir: string, pid: number | undefined): SekishoError {
  const who = pid === undefined ? 'another process' : `process ${pid}`;
  return new SekishoError('CLUSTER_LOCKED', `${who} already has the cluster in ${dir} open`, {
    hint: 'Stop it first, or choose another data folder.',
  });
}
