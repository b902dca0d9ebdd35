import { createHash, randomUUID } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Packages whose code decides what a render gives. */
const ENGINES = ['base', 'kube', 'gotemplate', 'kustomize', 'helm', 'render'];

let version: Promise<string> | undefined;

/** Changes with the code of the engines: what another code gave is not used. Looked up once in a process. */
export function engineVersion(): Promise<string> {
  // Code that can't be looked at may be any: what is on disk is not trusted.
  version ??= fingerprint().catch(() => randomUUID());
  return version;
}

async function fingerprint(): Promise<string> {
  const { resolve } = createRequire(import.meta.url);
  const hash = createHash('sha256').update(process.version);
  for (const engine of ENGINES) {
    const folder = dirname(resolve(`@sekisho/${engine}`));
    for (const name of (await readdir(folder, { recursive: true })).sort()) {
      if (!/\.[mc]?[jt]s$/.test(name)) continue;
      const { size, mtimeMs } = await stat(join(folder, name));
      hash.update(`${engine}/${name} ${size} ${mtimeMs}\n`);
    }
  }
  return hash.digest('hex');
}
