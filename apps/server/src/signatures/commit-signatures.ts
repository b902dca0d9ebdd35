import { createHash } from 'node:crypto';
import { createLru, isSekishoError, type Logger, SekishoError } from '@sekisho/base';
import { type AllowedSigner, type TrustedSigners, verifyCommitSignature } from '@sekisho/git';
import type { Application } from '../applications/application.ts';
import type { Sources } from '../applications/sources.ts';
import type { ProjectBook } from '../projects/project-book.ts';
import { GPG_KEYS, type SignerBook, SSH_SIGNERS } from './signer-book.ts';

/** On an AppProject: principals of the allowed signers file whose SSH signatures count, or `*` for all in it. */
export const SSH_SIGNERS_ANNOTATION = 'sekisho.dev/ssh-signers';

/** Whether the commits of an application are signed as its project asks. */
export interface CommitSignatures {
  /** Whether a project asks for signatures at all. */
  areRequired(project: string): boolean;
  /**
   * Checks each commit; with none asked for, nothing.
   * @throws SekishoError SIGNATURE_MISSING | SIGNATURE_INVALID | SIGNATURE_UNTRUSTED | SIGNATURE_KEYS_MISSING | GIT_*
   */
  verify(application: Application, commits: readonly SourceCommit[]): Promise<void>;
  /** Called when the keys are others: what was refused may be good now, and the other way around. */
  onChange(listener: () => void): void;
}

/** A commit of one source. */
export interface SourceCommit {
  readonly repoURL: string;
  readonly commit: string;
}

interface Requirement {
  /** Of GPG keys. */
  readonly ids: readonly string[];
  readonly principals: readonly string[];
}

interface Trust {
  readonly signers: TrustedSigners;
  /** Names all that a verdict depends on, but for the commit. */
  readonly key: string;
}

const KEPT = 4096;

export function createCommitSignatures(options: {
  book: Pick<ProjectBook, 'get'>;
  keys: Omit<SignerBook, 'close'>;
  sources: Pick<Sources, 'repository'>;
  controlNamespace: string;
  logger: Logger;
}): CommitSignatures {
  const { book, keys, sources, controlNamespace, logger } = options;
  /** Verdicts by commit and trust: who signed, or the refusal. Thousands of applications may have the same commit. */
  const verdicts = createLru<string, Promise<string>>({ maxWeight: KEPT });
  const trusts = new Map<string, Trust>();
  keys.onChange(() => trusts.clear());

  function requirementOf(project: string): Requirement | undefined {
    const entry = book.get(project);
    if (entry === undefined) return undefined;
    const ids = entry.project?.signatureKeys ?? [];
    const principals = (entry.object.metadata.annotations?.[SSH_SIGNERS_ANNOTATION] ?? '')
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '');
    return ids.length === 0 && principals.length === 0 ? undefined : { ids, principals };
  }

  function trustOf(requirement: Requirement): Trust {
    const name = JSON.stringify(requirement);
    const known = trusts.get(name);
    if (known !== undefined) return known;
    const { ids, principals } = requirement;
    const signers: TrustedSigners = {
      gpg: { keys: ids.length === 0 ? [] : keys.gpgKeys(), ids },
      ssh: keys.sshSigners().filter((signer) => isNamed(signer, principals)),
    };
    const rules = [signers.gpg, signers.ssh.map(({ key, ...signer }) => [key.toString('base64'), signer])];
    const trust = { signers, key: createHash('sha256').update(JSON.stringify(rules)).digest('base64') };
    trusts.set(name, trust);
    return trust;
  }

  function nobody({ spec }: Application, { ids, principals }: Requirement): SekishoError {
    const where = [...(ids.length === 0 ? [] : [GPG_KEYS]), ...(principals.length === 0 ? [] : [SSH_SIGNERS])];
    return new SekishoError(
      'SIGNATURE_KEYS_MISSING',
      `The project ${spec.project} asks for signed commits, and the ConfigMap ${where.join(' or ')} has no public key of its signers.`,
      { hint: `Put the keys into it, in the namespace ${controlNamespace}.` },
    );
  }

  function verdictOn(application: Application, { repoURL, commit }: SourceCommit, trust: Trust): Promise<string> {
    const key = `${commit} ${trust.key}`;
    const known = verdicts.get(key);
    if (known !== undefined) return known;
    const verdict = (async () => {
      const repository = await sources.repository(repoURL);
      const signer = await verifyCommitSignature(await repository.signedCommit(commit), trust.signers);
      logger.info({ app: application.key, commit, signer }, 'the signature of a commit is good');
      return signer;
    })();
    verdicts.set(key, verdict);
    verdict.catch((error: unknown) => {
      // A fault of the world says nothing of the commit.
      if (!isSekishoError(error) || !error.code.startsWith('SIGNATURE_')) verdicts.delete(key);
    });
    return verdict;
  }

  return {
    areRequired: (project) => requirementOf(project) !== undefined,
    async verify(application, commits) {
      const requirement = requirementOf(application.spec.project);
      if (requirement === undefined) return;
      const trust = trustOf(requirement);
      if (trust.signers.gpg.keys.length === 0 && trust.signers.ssh.length === 0) throw nobody(application, requirement);
      for (const commit of commits) await verdictOn(application, commit, trust);
    },
    onChange: (listener) => keys.onChange(listener),
  };
}

function isNamed({ principals }: AllowedSigner, wanted: readonly string[]): boolean {
  return wanted.includes('*') || principals.some((principal) => wanted.includes(principal));
}
