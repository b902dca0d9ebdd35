import { isSekishoError } from '@sekisho/base';
import type { ResourceType } from '@sekisho/client';
import type { KubeObject } from '@sekisho/kube';
import { keysOnly } from '../kinds/keys-only.ts';
import { CONFIG_MAPS, NAMESPACES, SERVICE_ACCOUNTS } from '../kinds/resources.ts';
import { type ControllerRuntime, isNamespaceTerminating } from '../runtime/runtime.ts';

export const ROOT_CA = 'kube-root-ca.crt';
const DEFAULT_ACCOUNT = 'default';

/** Gives each namespace its `default` ServiceAccount and, when the CA is known, the ConfigMap that publishes it. */
export function startNamespaceDefaults(runtime: ControllerRuntime, caPem: string | undefined): void {
  const namespaces = runtime.informer(NAMESPACES);
  const accounts = runtime.informer(SERVICE_ACCOUNTS);
  const configMaps = runtime.informer(CONFIG_MAPS, keysOnly);

  const queue = runtime.queue('namespace-defaults', 4, async (name) => {
    const namespace = namespaces.get(name);
    if (namespace === undefined || namespace.metadata.deletionTimestamp !== undefined) return undefined;
    if (accounts.get(DEFAULT_ACCOUNT, name) === undefined) {
      await createIfMissing(SERVICE_ACCOUNTS, {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: DEFAULT_ACCOUNT, namespace: name },
      });
    }
    if (caPem !== undefined && configMaps.get(ROOT_CA, name) === undefined) {
      await createIfMissing(CONFIG_MAPS, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: {
          name: ROOT_CA,
          namespace: name,
          annotations: {
            'kubernetes.io/description':
              'Contains a CA bundle that can be used to verify the API server of this cluster.',
          },
        },
        data: { 'ca.crt': caPem },
      });
    }
    return undefined;
  });

  namespaces.on(({ type, object }) => {
    if (type === 'ADDED') queue.add(object.metadata.name ?? '');
  });
  accounts.on(({ type, object }) => {
    if (type === 'DELETED' && object.metadata.name === DEFAULT_ACCOUNT) queue.add(object.metadata.namespace ?? '');
  });
  configMaps.on(({ type, object }) => {
    if (type === 'DELETED' && object.metadata.name === ROOT_CA) queue.add(object.metadata.namespace ?? '');
  });

  async function createIfMissing(type: ResourceType, object: KubeObject): Promise<void> {
    try {
      await runtime.client.create(type, object);
    } catch (error) {
      if (!isSekishoError(error, 'KUBE_ALREADY_EXISTS') && !isNamespaceTerminating(error)) throw error;
    }
  }
}
