import { createHash } from 'node:crypto';
import { mkdir, realpath } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { SekishoError } from '@sekisho/base';

/**
 * Keeps a second process (or a second store of this one) away from a folder: two would destroy the database.
 * The lock is a socket, so that it ends with the process however that ends: on Linux an abstract one named after the folder,
 * elsewhere a file in it.
 * @returns unlocks
 * @throws SekishoError STORE_LOCKED
 */
export async function lockFolder(folder: string): Promise<() => void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = await realpath(folder);
  const name = createHash('sha256').update(path).digest('hex').slice(0, 32);
  const address = process.platform === 'linux' ? `\0sekisho-store-${name}` : join(path, 'lock.sock');
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new SekishoError('STORE_LOCKED', `another process uses the database in ${folder}`, {
          hint: 'Stop the other process, or give this one another data folder.',
          cause,
        }),
      ),
    );
    server.listen(address, () => resolve());
  });
  server.unref();
  return () => server.close();
}
