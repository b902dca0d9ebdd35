import type { Application } from '../applications/application.ts';
import type { ApplicationSource } from '../applications/application-source.ts';
import type { Sources } from '../applications/sources.ts';
import { atTip, type BranchGroup, inputsAt } from './rollback-plan.ts';

/** Who else is rendered from files that a rollback changes. */
export interface SharedFiles {
  /** Applications made from the very same files: they go back, too. `namespace/name`, in order. */
  readonly same: readonly string[];
  /** Files that an application uses which has other files besides: it would be left half new, half old. */
  readonly partly: readonly { readonly path: string; readonly why: string }[];
}

/** Looks at the applications that follow the same branch. */
export async function sharedFiles(input: {
  readonly sources: Sources;
  readonly application: Application;
  readonly others: readonly Application[];
  readonly group: BranchGroup;
  readonly tip: string;
  readonly paths: readonly string[];
  readonly signal: AbortSignal;
}): Promise<SharedFiles> {
  const { sources, application, group, tip, signal } = input;
  const changed = new Set(input.paths);
  const own = new Set<string>();
  const tips = await inputsAt(sources, application, atTip(application, group.sources, tip), signal);
  for (const index of group.sources) if (tips[index] !== undefined) own.add(tips[index].key);
  const same = new Set<string>();
  const partly: { path: string; why: string }[] = [];
  for (const other of input.others) {
    if (other.key === application.key) continue;
    const positions = [...other.sources.keys()].filter((index) => mayUse(other.sources[index], group, input.paths));
    if (positions.length === 0) continue;
    const now = await inputsAt(sources, other, [], signal).catch(() => []);
    const following = positions.filter((index) => now[index]?.revision.ref === `refs/heads/${group.branch}`);
    if (following.length === 0) continue;
    const inputs = await inputsAt(sources, other, atTip(other, following, tip), signal);
    for (const index of following) {
      const { files = [], key = '' } = inputs[index] ?? {};
      const used = files.filter(({ realPath }) => changed.has(realPath));
      if (used.length === 0) continue;
      if (own.has(key)) same.add(other.key);
      else for (const { realPath } of used) partly.push({ path: realPath, why: `${other.key} uses it, too` });
    }
  }
  return { same: [...same].sort(), partly };
}

/**
 * Cheap, before files are listed. Only a plain directory has all its files in its folder (a symbolic link to another folder is not
 * seen); kustomizations and charts read files of others.
 */
function mayUse(source: ApplicationSource | undefined, group: BranchGroup, paths: readonly string[]): boolean {
  if (source?.repoURL !== group.repoURL) return false;
  if (source.directory === undefined) return true;
  const prefix = (source.path ?? '.').replace(/^\.?\/+|\/+$/g, '').replace(/^\.$/, '');
  return prefix === '' || paths.some((path) => path.startsWith(`${prefix}/`));
}
