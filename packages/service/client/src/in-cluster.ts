import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, SekishoError } from '@sekisho/base';
import type { ConnectionConfig } from './connection.ts';

const FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Whether this process runs in a pod that may talk to its cluster. */
export function isInCluster(env: Readonly<Record<string, string | undefined>>): boolean {
  return (env['KUBERNETES_SERVICE_HOST'] ?? '') !== '' && (env['KUBERNETES_SERVICE_PORT'] ?? '') !== '';
}

/**
 * The connection of a pod to the cluster it runs in, by its service account. The token is read when it is needed: it rotates.
 *
 * @param folder  where the service account is mounted
 * @throws SekishoError KUBECONFIG_NOT_FOUND when no service account is mounted
 * @see https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/
 */
export async function loadInCluster(
  env: Readonly<Record<string, string | undefined>>,
  folder = FOLDER,
): Promise<ConnectionConfig> {
  const host = env['KUBERNETES_SERVICE_HOST'] ?? '';
  const [ca, namespace] = await Promise.all([read(join(folder, 'ca.crt')), read(join(folder, 'namespace'))]);
  return {
    name: 'in-cluster',
    server: `https://${host.includes(':') ? `[${host}]` : host}:${env['KUBERNETES_SERVICE_PORT'] ?? '443'}`,
    namespace: namespace.trim(),
    tls: { ca },
    auth: { kind: 'tokenFile', path: join(folder, 'token') },
  };
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new SekishoError('KUBECONFIG_NOT_FOUND', `${path} can not be read: ${messageOf(error)}`, {
      hint: 'Mount the service account (automountServiceAccountToken), or name a kubeconfig.',
      cause: error,
    });
  }
}
