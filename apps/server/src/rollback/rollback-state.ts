import type { KubeObject } from '@sekisho/kube';
import { asRecord } from '../applications/as-record.ts';

/** On an Application: releases that auto-sync leaves alone until `sekisho app resume`. See {@link parseHeld}. */
export const HELD_ANNOTATION = 'sekisho.dev/held-revisions';

/** A commit of one source, or those of all sources in their order joined by `+`. */
export type RevisionSet = string;

/** More are not kept: the oldest hold gives way. */
const MAX_HELD = 20;

/** `status.rollback`: the newest rollback of an Application. All that a restart needs to go on with it. */
export interface RollbackState {
  /** UUID; also the id of its sync operation. */
  readonly id: string;
  readonly phase: 'Running' | 'Succeeded' | 'Failed';
  /** What is being done, or how it ended. */
  readonly message: string;
  readonly startedAt: string;
  readonly finishedAt?: string;
  /** The release that is taken back. */
  readonly from: RevisionSet;
  /** The release that is gone back to. */
  readonly to: RevisionSet;
  readonly reason: string;
  readonly initiatedBy: { readonly username: string; readonly automatic?: true };
  /** The release in the history that is taken back, and the one that is gone back to; absent when they are in none. */
  readonly fromRelease?: number;
  readonly toRelease?: number;
  readonly prune: boolean;
  readonly pullRequest: boolean;
  /** Held by this rollback, and by nobody before. */
  readonly held: readonly RevisionSet[];
  /** What was made in git; present once it is done, empty when the branches were right already. */
  readonly commits?: readonly RollbackCommit[];
  /** What the cluster is synced to, by source; present with `commits`. */
  readonly syncTo?: readonly string[];
  /** The sync was asked for. */
  readonly syncing?: true;
}

export interface RollbackCommit {
  /** Without credentials. */
  readonly repoURL: string;
  readonly commit: string;
  /** Where it is. */
  readonly branch: string;
  /** Of the pull request, where a forge has them. */
  readonly pullRequest?: string;
  /** Why there is no pull request although there should be one. */
  readonly note?: string;
  /** How many commits it takes back. */
  readonly reverts: number;
}

export function rollbackOf(object: KubeObject): RollbackState | undefined {
  const rollback = asRecord(object['status'])['rollback'];
  return typeof asRecord(rollback)['id'] === 'string' ? (rollback as RollbackState) : undefined;
}

/** The releases that the annotation holds; what is none is left out. */
export function parseHeld(object: KubeObject): RevisionSet[] {
  const text = object.metadata.annotations?.[HELD_ANNOTATION] ?? '';
  return text
    .split(/[\s,]+/)
    .filter((item) => /^[0-9a-f]{7,64}(\+[0-9a-f]{7,64})*$/.test(item))
    .slice(-MAX_HELD);
}

/** The annotation's value; null, which removes it, when nothing is held. */
export function formatHeld(held: readonly RevisionSet[]): string | null {
  return held.length === 0 ? null : [...new Set(held)].slice(-MAX_HELD).join(',');
}

export function shortSet(revisions: RevisionSet): string {
  return revisions
    .split('+')
    .map((commit) => commit.slice(0, 7))
    .join('+');
}
