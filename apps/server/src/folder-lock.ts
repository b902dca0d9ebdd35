import { mkdirSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { SekishoError } from '@sekisho/base';

export interface FolderLock {
  release(): Promise<void>;
}

/**
 * Makes sure that one process at a time works in a data folder. The lock is an abstract Unix socket named after the
 * folder's device and inode: the kernel frees it with the process, so `kill -9` leaves nothing stale behind, and the
 * same folder under another name is still the same folder.
 *
 * @throws SekishoError DATA_FOLDER_UNUSABLE | DATA_FOLDER_IN_USE
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  let name: string;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { dev, ino } = statSync(folder);
    name = `\0sekisho-data-${dev}-${ino}`;
  } catch (cause) {
    throw new SekishoError('DATA_FOLDER_UNUSABLE', `The data folder ${folder} can't be created or read.`, {
      cause,
      hint: 'Choose another folder with --data, or make this one writable.',
    });
  }
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      reject(
        cause.code === 'EADDRINUSE'
          ? new SekishoError('DATA_FOLDER_IN_USE', `Another Sekisho already runs on the data folder ${folder}.`, {
              cause,
              hint: 'Stop it first (Ctrl-C in its terminal), or start this one with another --data folder.',
            })
          : new SekishoError('DATA_FOLDER_UNUSABLE', `The data folder ${folder} can't be locked.`, { cause }),
      );
    });
    server.listen({ path: name, backlog: 1 }, resolve);
  });
  server.unref();
  return { release: () => closeServer(server) };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
