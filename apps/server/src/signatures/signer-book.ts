import { type Diagnostic, formatDiagnostic, type Logger } from '@sekisho/base';
import { createInformer, type KubeClient } from '@sekisho/client';
import { type AllowedSigner, parseAllowedSigners } from '@sekisho/git';
import type { KubeObject } from '@sekisho/kube';
import { CONFIG_MAPS } from '../applications/kinds.ts';

/** Public GPG keys, armored, by key id: as Argo CD keeps them. */
export const GPG_KEYS = 'argocd-gpg-keys-cm';
/** `data.allowed_signers`: lines as git's gpg.ssh.allowedSignersFile has them. */
export const SSH_SIGNERS = 'sekisho-ssh-allowed-signers';

/** The public keys that are known, whoever is trusted. */
export interface SignerBook {
  /** Armored. */
  gpgKeys(): readonly string[];
  sshSigners(): readonly AllowedSigner[];
  onChange(listener: () => void): void;
  close(): Promise<void>;
}

/** Follows both ConfigMaps; ready once their first state is known. A line that can't be read allows nobody, and is logged. */
export async function openSignerBook(options: {
  client: KubeClient;
  controlNamespace: string;
  logger: Logger;
}): Promise<SignerBook> {
  const { client, controlNamespace: namespace, logger } = options;
  const listeners = new Set<() => void>();
  let gpgKeys: readonly string[] = [];
  let signers: readonly AllowedSigner[] = [];

  const follow = (name: string, read: (data: Readonly<Record<string, string>>) => readonly Diagnostic[]) => {
    const fieldSelector = `metadata.name=${name}`;
    const informer = createInformer({ client, type: CONFIG_MAPS, namespace, fieldSelector, logger });
    informer.on(({ type, object }) => {
      for (const fault of read(type === 'DELETED' ? {} : dataOf(object))) {
        logger.warn({ fault: formatDiagnostic(fault) }, 'an allowed signer is at fault');
      }
      for (const listener of listeners) listener();
    });
    informer.start();
    return informer;
  };
  const informers = [
    follow(GPG_KEYS, (data) => {
      gpgKeys = Object.values(data);
      return [];
    }),
    follow(SSH_SIGNERS, (data) => {
      const file = `configmap ${namespace}/${SSH_SIGNERS}`;
      const parsed = parseAllowedSigners(data['allowed_signers'] ?? '', file);
      signers = parsed.signers;
      return parsed.diagnostics;
    }),
  ];
  await Promise.all(informers.map((informer) => informer.synced()));
  return {
    gpgKeys: () => gpgKeys,
    sshSigners: () => signers,
    onChange(listener) {
      listeners.add(listener);
    },
    async close() {
      await Promise.all(informers.map((informer) => informer.close()));
    },
  };
}

function dataOf(object: KubeObject): Readonly<Record<string, string>> {
  return (object['data'] ?? {}) as Record<string, string>;
}
