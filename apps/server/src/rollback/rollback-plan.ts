import { isSekishoError, SekishoError } from '@sekisho/base';
import type { FileVersion, GitTree, Repository } from '@sekisho/git';
import type { Application } from '../applications/application.ts';
import type { ApplicationSource } from '../applications/application-source.ts';
import { contextOf } from '../applications/source-context.ts';
import type { SourceInputs, Sources } from '../applications/sources.ts';
import { planRestore } from './restore-plan.ts';
import { type RevisionSet, shortSet } from './rollback-state.ts';

/** Sources of an application that lie on one branch of one repository: they get one commit. */
export interface BranchGroup {
  readonly repoURL: string;
  readonly repository: Repository;
  readonly branch: string;
  /** Positions in the application's sources. */
  readonly sources: readonly number[];
}

/** What a rollback means for git, at this moment. */
export interface RollbackPlan {
  /** By source. */
  readonly good: readonly SourceInputs[];
  readonly tips: readonly SourceInputs[];
  /** Where something has to change. */
  readonly groups: readonly BranchGroup[];
}

/**
 * What the sources of an application are rendered from at these commits. Files that one source takes from another (`$ref/file`)
 * count as the other's: it is there that they are restored.
 */
export async function inputsAt(
  sources: Sources,
  application: Application,
  revisions: readonly (string | undefined)[],
  signal: AbortSignal,
): Promise<SourceInputs[]> {
  const context = contextOf(application, application.sources, { revisions });
  const inputs: SourceInputs[] = [];
  for (const [index, source] of application.sources.entries()) {
    inputs.push(await sources.inputs(source, context, revisions[index], signal));
  }
  const referenced = inputs.flatMap(({ files }) => files.filter(({ ref }) => ref !== undefined));
  if (referenced.length === 0) return inputs;
  return inputs.map((each, index) => {
    const name = application.sources[index]?.ref;
    const own = each.files.filter(({ ref }) => ref === undefined);
    const files = [...own, ...referenced.filter(({ ref }) => ref === name && name !== undefined)];
    const faults = each.diagnostics.map(({ code, message }) => [code, message]);
    return { ...each, files, key: JSON.stringify([files, faults]) };
  });
}

export function sameInputs(a: readonly SourceInputs[], b: readonly SourceInputs[]): boolean {
  return a.length === b.length && a.every(({ key }, index) => key === b[index]?.key);
}

export function setOf(inputs: readonly SourceInputs[]): RevisionSet {
  return inputs.map(({ revision }) => revision.commit).join('+');
}

/**
 * Finds out which branches have to change so that an application's files are again what they were.
 *
 * @throws SekishoError ROLLBACK_REVISION_GONE | ROLLBACK_SOURCE_CHANGED | ROLLBACK_NOTHING_TO_DO | ROLLBACK_NOT_A_BRANCH | GIT_*
 */
export async function planRollback(
  sources: Sources,
  application: Application,
  to: RevisionSet,
  signal: AbortSignal,
): Promise<RollbackPlan> {
  const wanted = to.split('+');
  if (wanted.length !== application.sources.length) {
    throw new SekishoError(
      'ROLLBACK_SOURCE_CHANGED',
      `The release ${shortSet(to)} has ${wanted.length} sources, and ${application.name} has ${application.sources.length} now.`,
      {
        hint: "Rolling back changes files in git, not the Application's sources: set these back first.",
        details: { status: 422 },
      },
    );
  }
  const good = await goodInputs(sources, application, wanted, signal);
  const tips = await inputsAt(sources, application, [], signal);
  const groups = new Map<string, { -readonly [K in keyof BranchGroup]: BranchGroup[K] }>();
  for (const [index, source] of application.sources.entries()) {
    const tip = tips[index];
    if (tip === undefined || tip.key === good[index]?.key) continue;
    const branch = /^refs\/heads\/(.+)$/.exec(tip.revision.ref ?? '')?.[1];
    if (branch === undefined) throw notABranch(source);
    const repository = await sources.repository(source.repoURL);
    const key = `${repository.url} ${branch}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { repoURL: source.repoURL, repository, branch, sources: [index] });
    else group.sources = [...group.sources, index];
  }
  if (groups.size === 0) {
    throw new SekishoError(
      'ROLLBACK_NOTHING_TO_DO',
      `The files of ${application.name} are already what they were at ${shortSet(to)}; nothing has to be reverted.`,
      { hint: `When the cluster differs: sekisho app sync ${application.name}.`, details: { status: 409 } },
    );
  }
  return { good, tips, groups: [...groups.values()] };
}

async function goodInputs(
  sources: Sources,
  application: Application,
  wanted: readonly string[],
  signal: AbortSignal,
): Promise<SourceInputs[]> {
  let inputs: SourceInputs[];
  try {
    inputs = await inputsAt(sources, application, wanted, signal);
  } catch (error) {
    if (!isSekishoError(error, 'GIT_REVISION_UNKNOWN')) throw error;
    throw new SekishoError(
      'ROLLBACK_REVISION_GONE',
      `${error.message}: what ${application.name} should go back to no longer exists.`,
      {
        cause: error,
        hint: 'Was history rewritten? Choose another release: sekisho app history.',
        details: { status: 422 },
      },
    );
  }
  for (const { diagnostics, revision } of inputs) {
    const fault = diagnostics.find(({ severity }) => severity === 'error');
    if (fault === undefined) continue;
    throw new SekishoError(
      'ROLLBACK_SOURCE_CHANGED',
      `${application.name} can't go back to ${revision.commit.slice(0, 7)}: ${fault.message}.`,
      { hint: "Were the Application's path or settings other then? Set them back first.", details: { status: 422 } },
    );
  }
  return inputs;
}

function notABranch({ targetRevision = 'HEAD' }: ApplicationSource): SekishoError {
  return new SekishoError(
    'ROLLBACK_NOT_A_BRANCH',
    `The target revision ${targetRevision} is no branch, so that no commit can be added to it.`,
    { hint: 'Set targetRevision to the tag or commit to go back to.', details: { status: 422 } },
  );
}

/**
 * What a group's files need at a tip, for its commit.
 *
 * @throws SekishoError ROLLBACK_CONFLICT with the files in `details.files`
 */
export async function changesFor(input: {
  readonly sources: Sources;
  readonly application: Application;
  readonly good: readonly SourceInputs[];
  readonly group: BranchGroup;
  readonly tip: string;
  readonly tree: GitTree;
  readonly signal: AbortSignal;
}): Promise<Map<string, FileVersion | null>> {
  const { sources, application, group, tip, tree, signal } = input;
  const changes = new Map<string, FileVersion | null>();
  const conflicts: string[] = [];
  const tips = await inputsAt(sources, application, atTip(application, group.sources, tip), signal);
  for (const index of group.sources) {
    const good = input.good[index];
    const now = tips[index];
    if (now === undefined || good === undefined) continue;
    const plan = await planRestore(
      { tree: group.repository.tree(good.revision.commit), inputs: good },
      { tree, inputs: now },
    );
    for (const [path, version] of plan.changes) changes.set(path, version);
    conflicts.push(...plan.conflicts);
  }
  if (conflicts.length > 0) {
    throw conflict(
      application.name,
      conflicts.map((path) => ({ path, why: 'something else stands there now' })),
    );
  }
  return changes;
}

/** Revisions of an application's sources: these at a tip, the others where they are. */
export function atTip({ sources }: Application, positions: readonly number[], tip: string): (string | undefined)[] {
  return sources.map((_, index) => (positions.includes(index) ? tip : undefined));
}

const MAX_LISTED = 20;

export function conflict(name: string, files: readonly { path: string; why: string }[]): SekishoError {
  const listed = files.slice(0, MAX_LISTED).map(({ path, why }) => `${path} (${why})`);
  if (files.length > listed.length) listed.push(`and ${files.length - listed.length} more`);
  return new SekishoError('ROLLBACK_CONFLICT', `${name} can't be rolled back: ${listed.join(', ')}.`, {
    hint: 'Make the revert by hand, or let people decide with --pull-request where files are shared.',
    details: { status: 409, files: files.map(({ path }) => path) },
  });
}
