import { relative, resolve, sep } from 'node:path';
import { SekishoError } from '@sekisho/base';
import { parseModule } from '@sekisho/rego';
import { policyFaults } from '../rego-policy.ts';
import type { CheckWorld } from '../world.ts';
import { readFolder } from './folder.ts';
import { pushBundle } from './oci.ts';

export interface PushOptions {
  readonly policy: string;
  readonly data: string;
  readonly tls: boolean;
  readonly version: 'v0' | 'v1';
  readonly world: CheckWorld;
  readonly signal: AbortSignal;
}

/**
 * Puts policies and data into a registry, as Conftest and OPA read them. Policies that can't be parsed are not pushed.
 *
 * @returns `registry/name:tag@digest`
 */
export async function pushPolicy(address: string, options: PushOptions): Promise<string> {
  const { world, signal } = options;
  const policies = await readFolder(resolve(world.cwd, options.policy), {
    signal,
    accept: (path) => path.endsWith('.rego'),
  });
  if (policies.length === 0) throw new SekishoError('CHECK_NO_POLICY', `no policies found in [${options.policy}]`);
  for (const { path, content } of policies) {
    const text = Buffer.from(content).toString('utf8');
    const { faults } = parseModule(text, { file: path, version: options.version });
    if (faults.length > 0) throw policyFaults(faults, [{ file: path, text }]);
  }
  const data = await readFolder(resolve(world.cwd, options.data), {
    signal,
    accept: (path) => !path.endsWith('.rego'),
  });
  return pushBundle(
    address,
    [
      ...policies.map((file) => ({
        ...file,
        path: titleOf(options.policy, file.path, world),
        kind: 'policy' as const,
      })),
      ...data.map((file) => ({ ...file, path: titleOf(options.data, file.path, world), kind: 'data' as const })),
    ],
    options,
  );
}

/** As Conftest names files in a bundle: by the way from the current folder. Of folders elsewhere only what is in them. */
function titleOf(folder: string, path: string, world: CheckWorld): string {
  const from = relative(world.cwd, resolve(world.cwd, folder)).split(sep);
  return from[0] === '..' || from[0] === '' ? path : [...from, path].join('/');
}
