import { posix } from 'node:path';
import { formatDiagnostic, type Origin } from '@sekisho/base';
import type { Manifest } from '@sekisho/kube';
import { render } from '@sekisho/render';
import { diskTree, splitPath } from './disk-tree.ts';
import { printable } from './output/text.ts';

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
  const include = file === undefined ? flags.include : literalGlob(file);
  const { manifests, diagnostics } = await render(diskTree(folder), {
    path: '.',
    directory: {
      recurse: flags.recurse === true,
      ...(include === undefined ? {} : { include }),
      ...(flags.exclude === undefined ? {} : { exclude: flags.exclude }),
    },
    signal,
  });
  /** As the user would name the file from here. */
  const fromHere = (origin: Origin): Origin => ({ ...origin, file: posix.join(folder, origin.file) });
  for (const diagnostic of diagnostics) {
    const { origin } = diagnostic;
    const shown = origin === undefined ? diagnostic : { ...diagnostic, origin: fromHere(origin) };
    process.stderr.write(`${diagnostic.severity}: ${printable(formatDiagnostic(shown))}\n`);
    if (diagnostic.hint !== undefined) process.stderr.write(`  ${diagnostic.hint}\n`);
  }
  const placed = manifests.map((manifest) => ({ ...manifest, origin: fromHere(manifest.origin) }));
  return { manifests: placed, ok: diagnostics.every((diagnostic) => diagnostic.severity !== 'error') };
}

/** A pattern that matches this name alone. */
function literalGlob(name: string): string {
  return name.replace(/[\\*?[\]{}]/g, '\\$&');
}
