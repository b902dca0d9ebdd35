import { formatDiagnostic } from '@sekisho/base';
import type { Manifest } from '@sekisho/kube';
import { render } from '@sekisho/render';
import { diskTree, splitPath } from './disk-tree.ts';

export interface FolderFlags {
  readonly recurse?: boolean;
  readonly include?: string;
  readonly exclude?: string;
}

/** Renders a folder or a file of this machine; what is wrong in it goes to stderr, all of it. */
export async function renderFolder(
  path: string,
  flags: FolderFlags,
  signal: AbortSignal,
): Promise<{ manifests: readonly Manifest[]; ok: boolean }> {
  const { folder, file } = await splitPath(path);
  const include = file ?? flags.include;
  const { manifests, diagnostics } = await render(diskTree(folder), {
    path: '.',
    directory: {
      recurse: flags.recurse === true,
      ...(include === undefined ? {} : { include }),
      ...(flags.exclude === undefined ? {} : { exclude: flags.exclude }),
    },
    signal,
  });
  for (const diagnostic of diagnostics) {
    process.stderr.write(`${diagnostic.severity}: ${formatDiagnostic(diagnostic)}\n`);
    if (diagnostic.hint !== undefined) process.stderr.write(`  ${diagnostic.hint}\n`);
  }
  return { manifests, ok: diagnostics.every((diagnostic) => diagnostic.severity !== 'error') };
}
