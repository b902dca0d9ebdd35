import type { AuditHead } from '@sekisho/audit';
import { isSekishoError } from '@sekisho/base';
import type { KubeClient } from '@sekisho/client';
import { CONFIG_MAPS } from '../applications/kinds.ts';

const NAME = 'sekisho-audit-head';

/**
 * The newest entry of the audit log, kept in a ConfigMap: in another storage than the log, so that a log that was cut, or
 * made anew with fitting hashes, does not prove itself.
 */
export function createAuditHeads(client: KubeClient, namespace: string) {
  return {
    async keep(head: AuditHead): Promise<void> {
      await client.apply(
        CONFIG_MAPS,
        {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: NAME, namespace },
          data: { seq: String(head.seq), hash: head.hash },
        },
        { force: true },
      );
    },
    async read(): Promise<AuditHead[]> {
      try {
        const { data } = (await client.get(CONFIG_MAPS, NAME, namespace)) as { data?: Record<string, string> };
        const seq = Number(data?.['seq']);
        return Number.isSafeInteger(seq) && data?.['hash'] !== undefined ? [{ seq, hash: data['hash'] }] : [];
      } catch (error) {
        if (isSekishoError(error, 'KUBE_NOT_FOUND')) return [];
        throw error;
      }
    },
  };
}
