import { randomBytes } from 'node:crypto';
import { chmod, open, readFile, writeFile } from 'node:fs/promises';

/** Only the owner may read it. */
export async function writePrivate(path: string, text: string): Promise<void> {
  await writeFile(path, text, { mode: 0o600 });
  await chmod(path, 0o600);
}

/** 256 random bits as text, made once for each data folder: who reads them can compute what charts draw at random. */
export async function readOrCreateSecret(path: string): Promise<string> {
  const known = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  if (known.trim() !== '') return known.trim();
  const secret = randomBytes(32).toString('base64url');
  const file = await open(path, 'w', 0o600);
  try {
    await file.writeFile(`${secret}\n`);
    await file.chmod(0o600);
    // It must outlive a crash: another one would change every chart that draws from it.
    await file.sync();
  } finally {
    await file.close();
  }
  return secret;
}
