import type { RenderContext } from './context.ts';
import type { TreeEntry } from './file-tree.ts';
import { normalisePath } from './path.ts';
import { describeEscape, describeSubmodule } from './walk.ts';

/** The directory that a source's path names. */
export interface SourceFolder {
  /** As the user wrote it, in plain form. */
  readonly shown: string;
  /** Behind symbolic links. */
  readonly real: string;
  /** With all below it; '' when the tree does not know. */
  readonly id: string;
  readonly entries: ReadonlyMap<string, TreeEntry>;
}

/** Undefined after a fault: RENDER_PATH_ESCAPE, RENDER_SYMLINK_ESCAPE, RENDER_SUBMODULE or RENDER_PATH_MISSING. */
export async function findFolder(context: RenderContext): Promise<SourceFolder | undefined> {
  const { options, resolver, tree } = context;
  const shown = normalisePath(options.path);
  if (shown === undefined) {
    context.fault('RENDER_PATH_ESCAPE', `the path ${JSON.stringify(options.path)} is not inside the repository`, {
      hint: 'Write it relative to the root of the repository, with / between names.',
    });
    return undefined;
  }
  const found = await resolver.resolve(shown);
  switch (found.type) {
    case 'escape':
      context.diagnostics.push(describeEscape(found, context.origin(found.path)));
      return undefined;
    case 'submodule':
      resolver.reads.set(found.path, (await tree.idOf?.(found.path)) ?? '');
      context.diagnostics.push(describeSubmodule(context.origin(found.path)));
      return undefined;
    case 'directory': {
      const entries = await resolver.list(found.path);
      if (entries !== undefined) return { shown, real: found.path, id: found.id ?? '', entries };
      break;
    }
    case 'file':
    case 'missing':
      resolver.reads.set(found.path, found.type === 'file' ? found.id : '');
      break;
    case 'loop':
      break;
    default:
      found satisfies never;
  }
  const problem = found.type === 'file' ? 'is a file, not a directory' : 'does not exist';
  context.fault('RENDER_PATH_MISSING', `the path ${shown === '' ? '.' : shown} ${problem}`, {
    hint: 'Check source.path and the revision.',
  });
  return undefined;
}
