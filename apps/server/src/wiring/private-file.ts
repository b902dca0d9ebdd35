import { chmod, writeFile } from 'node:fs/promises';

/** Only the owner may read it. */
export async function writePrivate(path: string, text: string): Promise<void> {
  await writeFile(path, text, { mode: 0o600 });
  await chmod(path, 0o600);
}
