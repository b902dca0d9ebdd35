import type { ApplicationVerdict } from '@sekisho/policy';
import { applicationPath } from '../../application-request.ts';
import { type ConnectionFlags, connect } from '../../connection.ts';
import { namingApplication } from '../../not-found.ts';
import type { FolderJudgement } from './judge-folder.ts';

const MAX_MS = 120_000;

/** What the server's policies say of an Application. @throws SekishoError SERVER_UNKNOWN | KUBE_NOT_FOUND | … */
export async function judgeApplicationThere(
  name: string,
  flags: ConnectionFlags & {
    readonly appNamespace?: string;
    readonly revision?: string;
    readonly explain?: boolean;
  },
  signal: AbortSignal,
): Promise<FolderJudgement> {
  const namespace = flags.appNamespace ?? 'argocd';
  const query = new URLSearchParams();
  if (flags.revision !== undefined) query.set('revision', flags.revision);
  if (flags.explain === true) query.set('explain', 'true');
  const connection = connect(flags);
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(MAX_MS)]);
    const path = applicationPath(namespace, name, `/verdicts${query.size === 0 ? '' : `?${query}`}`);
    const answer = await namingApplication(name, namespace, () => connection.api.get(path, limit));
    const { items, passed, diagnostics } = answer as {
      items: readonly ApplicationVerdict[];
      passed: FolderJudgement['passed'];
      diagnostics: FolderJudgement['diagnostics'];
    };
    return { verdicts: items, passed, diagnostics };
  } finally {
    await connection.close();
  }
}
