import type { Clock, Logger } from '@sekisho/base';
import type { EventRecorder, KubeClient } from '@sekisho/client';
import type { Forge } from '@sekisho/forge';
import type { KubeObject } from '@sekisho/kube';
import type { Store } from '@sekisho/store';
import type { Sources } from '../applications/sources.ts';
import type { Audit } from '../audit/audit.ts';
import type { CommitSignatures } from '../signatures/commit-signatures.ts';

/** The forge of a repository, when it is known and there is a token for it. */
export type Forges = (repoURL: string) => Promise<Forge | undefined>;

/** What rollbacks work with. */
export interface RollbackContext {
  /** Of the cluster that holds the Applications. */
  readonly client: KubeClient;
  readonly sources: Sources;
  readonly store: Store;
  readonly events: Pick<EventRecorder, 'event'>;
  readonly audit: Audit;
  readonly forges: Forges;
  readonly signatures: Pick<CommitSignatures, 'areRequired'>;
  readonly clock: Clock;
  readonly controlNamespace: string;
  /** Sekisho's own address, for links. */
  readonly ownUrl: () => string;
  /** All Applications as they are now. */
  readonly list: () => readonly KubeObject[];
  /** Looks at an application again. */
  readonly wake: (key: string) => void;
  readonly logger: Logger;
}
