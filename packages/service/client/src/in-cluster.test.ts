import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TempDir, tempDir } from '@sekisho/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isInCluster, loadInCluster } from './in-cluster.ts';

describe('the connection of a pod', () => {
  const env = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' };
  let folder: TempDir;

  beforeEach(async () => {
    folder = await tempDir('sekisho-in-cluster-');
  });
  afterEach(() => folder.remove());

  it('is that of its service account', async () => {
    await mkdir(folder.path, { recursive: true });
    await writeFile(join(folder.path, 'ca.crt'), 'CA');
    await writeFile(join(folder.path, 'namespace'), 'sekisho\n');
    expect(await loadInCluster(env, folder.path)).toEqual({
      name: 'in-cluster',
      server: 'https://10.96.0.1:443',
      namespace: 'sekisho',
      tls: { ca: 'CA' },
      auth: { kind: 'tokenFile', path: join(folder.path, 'token') },
    });
    const six = await loadInCluster({ ...env, KUBERNETES_SERVICE_HOST: 'fd00::1' }, folder.path);
    expect(six.server).toBe('https://[fd00::1]:443');
  });

  it('is told apart, and missed', async () => {
    expect([isInCluster(env), isInCluster({}), isInCluster({ ...env, KUBERNETES_SERVICE_PORT: '' })]).toEqual([
      true,
      false,
      false,
    ]);
    await expect(loadInCluster(env, folder.path)).rejects.toMatchObject({ code: 'KUBECONFIG_NOT_FOUND' });
  });
});
