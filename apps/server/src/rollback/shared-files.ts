import type { Application } from '../applications/application.ts';
import type { Sources } from '../applications/sources.ts';
import type { BranchGroup } from './rollback-plan.ts';

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
  for (const index of group.sources) {
    const source = application.sources[index];
    if (source !== undefined) own.add((await sources.inputs(source, tip, signal)).key);
  }
  const same = new Set<string>();
  const partly: { path: string; why: string }[] = [];
  for (const other of input.others) {
    if (other.key === application.key) continue;
    for (const source of other.sources) {
      if (source.repoURL !== group.repoURL || !mayHold(source.path ?? '.', input.paths)) continue;
      const now = await sources.inputs(source, undefined, signal).catch(() => undefined);
      if (now?.revision.ref !== `refs/heads/${group.branch}`) continue;
      const inputs = await sources.inputs(source, tip, signal);
      const used = inputs.files.filter(({ realPath }) => changed.has(realPath));
      if (used.length === 0) continue;
      if (own.has(inputs.key)) same.add(other.key);
      else for (const { realPath } of used) partly.push({ path: realPath, why: `${other.key} uses it, too` });
    }
  }
  return { same: [...same].sort(), partly };
}

/** Cheap, before files are listed. A symbolic link to another folder is not seen by it. */
function mayHold(folder: string, paths: readonly string[]): boolean {
  const prefix = folder.replace(/^\.?\/+|\/+$/g, '').replace(/^\.$/, '');
  return prefix === '' || paths.some((path) => path.startsWith(`${prefix}/`));
}
