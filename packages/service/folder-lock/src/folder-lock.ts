import { mkdir, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { SekishoError } from '@sekisho/base';

export interface FolderLock {
  release(): Promise<void>;
}

/** What to say when somebody else has the folder. */
export interface FolderLockRefusal {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

/**
 * Makes sure that one process (and one part of this one) at a time works in a folder; the folder is made when missing.
 *
 * @throws SekishoError `refusal.code` when it is taken | FOLDER_UNUSABLE when it can't be made or read
 */
export async function lockFolder(folder: string, refusal: FolderLockRefusal): Promise<FolderLock> {
  const address = await addressOf(folder);
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const { code, message, hint = 'Stop the other process, or choose another folder.' } = refusal;
      reject(cause.code === 'EADDRINUSE' ? new SekishoError(code, message, { cause, hint }) : unusable(folder, cause));
    });
    server.listen({ path: address, backlog: 1 }, resolve);
  });
  server.unref();
  return { release: () => new Promise((resolve) => server.close(() => resolve())) };
}

async function addressOf(folder: string): Promise<string> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const { dev, ino } = await stat(folder);
    return process.platform === 'linux' ? `\0sekisho-folder-${dev}-${ino}` : join(folder, 'lock.sock');
  } catch (cause) {
    throw unusable(folder, cause);
  }
}

function unusable(folder: string, cause: unknown): SekishoError {
  return new SekishoError('FOLDER_UNUSABLE', `The folder ${folder} can't be made, read or locked.`, {
    cause,
    hint: 'Choose another folder, or make this one writable.',
  });
}
