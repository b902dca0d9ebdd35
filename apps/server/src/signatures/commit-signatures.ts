import { createLru, formatDiagnostic, type Logger, SekishoError } from '@sekisho/base';
import type { KubeClient } from '@sekisho/client';
import { type AllowedSigner, parseAllowedSigners, type TrustedSigners, verifyCommitSignature } from '@sekisho/git';
import type { Application } from '../applications/application.ts';
import { CONFIG_MAPS } from '../applications/kinds.ts';
import type { RenderedSource, Sources } from '../applications/sources.ts';
import type { ProjectBook } from '../projects/project-book.ts';

/** On an AppProject: principals of the allowed signers file whose SSH signatures count, or `*` for all in it. */
export const SSH_SIGNERS_ANNOTATION = 'sekisho.dev/ssh-signers';
/** Public GPG keys by key id, as Argo CD keeps them. */
const GPG_KEYS = 'argocd-gpg-keys-cm';
/** `data.allowed_signers`: lines as git's gpg.ssh.allowedSignersFile has them. */
const SSH_SIGNERS = 'sekisho-ssh-allowed-signers';

/** Whether the commits of an application are signed as its project asks. */
export interface CommitSignatures {
  /** Whether the project asks for signatures at all. */
  areRequired(application: Application): boolean;
  /** @throws SekishoError SIGNATURE_MISSING | SIGNATURE_INVALID | SIGNATURE_UNTRUSTED | SIGNATURE_KEYS_MISSING */
  verify(application: Application, parts: readonly RenderedSource[]): Promise<void>;
}

interface Requirement {
  /** Of GPG keys. */
  readonly ids: readonly string[];
  readonly principals: readonly string[];
}

const KEPT = 4096;

export function createCommitSignatures(options: {
  book: Pick<ProjectBook, 'get'>;
  client: KubeClient;
  controlNamespace: string;
  sources: Pick<Sources, 'repository'>;
  logger: Logger;
}): CommitSignatures {
  const { book, client, controlNamespace, sources, logger } = options;
  /** Who signed, by commit and all that the answer depends on. Refusals are not kept: the keys may come. */
  const verified = createLru<string, string>({ maxWeight: KEPT });

  function requirementOf({ spec }: Application): Requirement | undefined {
    const entry = book.get(spec.project);
    if (entry === undefined) return undefined;
    const ids = entry.project?.signatureKeys ?? [];
    const principals = (entry.object.metadata.annotations?.[SSH_SIGNERS_ANNOTATION] ?? '')
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '');
    return ids.length === 0 && principals.length === 0 ? undefined : { ids, principals };
  }

  async function dataOf(name: string): Promise<Readonly<Record<string, string>>> {
    const found = await client.getIfExists(CONFIG_MAPS, name, controlNamespace);
    return (found?.['data'] ?? {}) as Record<string, string>;
  }

  /** @throws SekishoError SIGNATURE_KEYS_MISSING when nobody could sign */
  async function trustedBy(project: string, { ids, principals }: Requirement): Promise<TrustedSigners> {
    const [gpg, ssh] = await Promise.all([
      ids.length === 0 ? {} : dataOf(GPG_KEYS),
      principals.length === 0 ? {} : dataOf(SSH_SIGNERS),
    ]);
    const read = parseAllowedSigners((ssh as Readonly<Record<string, string>>)['allowed_signers'] ?? '', SSH_SIGNERS);
    for (const fault of read.diagnostics) logger.warn({ project }, formatDiagnostic(fault));
    const signers = read.signers.filter((signer) => isNamed(signer, principals));
    const keys = Object.values(gpg as Readonly<Record<string, string>>);
    if (keys.length === 0 && signers.length === 0) {
      const where = [...(ids.length === 0 ? [] : [GPG_KEYS]), ...(principals.length === 0 ? [] : [SSH_SIGNERS])];
      throw new SekishoError(
        'SIGNATURE_KEYS_MISSING',
        `Project ${project} asks for signed commits, and the ConfigMap ${where.join(' or ')} has no public key of its signers.`,
        { hint: `Put the keys into it, in the namespace ${controlNamespace}.` },
      );
    }
    return { gpg: { keys, ids }, ssh: signers };
  }

  return {
    areRequired: (application) => requirementOf(application) !== undefined,
    async verify(application, parts) {
      const requirement = requirementOf(application);
      if (requirement === undefined) return;
      const { project } = application.spec;
      const trusted = await trustedBy(project, requirement);
      const rules = JSON.stringify([
        trusted.gpg,
        trusted.ssh.map(({ key, ...signer }) => [key.toString('base64'), signer]),
      ]);
      for (const [index, { revision }] of parts.entries()) {
        const key = `${revision.commit} ${rules}`;
        if (verified.get(key) !== undefined) continue;
        const { repoURL = '' } = application.sources[index] ?? {};
        const repository = await sources.repository(repoURL);
        const who = await verifyCommitSignature(await repository.signedCommit(revision.commit), trusted);
        logger.info(
          { app: application.key, commit: revision.commit, signer: who },
          'the signature of a commit is good',
        );
        verified.set(key, who);
      }
    },
  };
}

function isNamed({ principals }: AllowedSigner, wanted: readonly string[]): boolean {
  return wanted.includes('*') || principals.some((principal) => wanted.includes(principal));
}
