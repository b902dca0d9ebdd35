import { type Diagnostic, isSekishoError } from '@sekisho/base';
import { readChartArchive } from '@sekisho/helm';
import type { FileTree } from './file-tree.ts';
import { memoryTree } from './memory-tree.ts';

/**
 * A chart's .tgz as a tree whose root is the chart: rendered with path '' it is a chart like those of a repository. Codes
 * CHART_ARCHIVE_INVALID, CHART_TOO_LARGE.
 *
 * @param file name of the archive, for origins
 */
export function archiveTree(
  archive: Uint8Array,
  file: string,
): { readonly tree?: FileTree; readonly diagnostics: readonly Diagnostic[] } {
  const { files, diagnostics } = readChartArchive(archive, file);
  if (files === undefined) return { diagnostics };
  try {
    return { tree: memoryTree(Object.fromEntries(files.map(({ name, data }) => [name, data]))), diagnostics };
  } catch (error) {
    if (!isSekishoError(error, 'TREE_NOT_FOUND')) throw error;
    const message = `the archive has a file and a folder of one name: ${error.message}`;
    return { diagnostics: [{ code: 'CHART_ARCHIVE_INVALID', severity: 'error', message, origin: { file } }] };
  }
}
