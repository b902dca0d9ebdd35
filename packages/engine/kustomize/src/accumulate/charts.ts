import { BuildFault } from '../fault.ts';
import { joinPath } from '../files.ts';
import type { Kustomization } from '../kustomization/types.ts';
import type { Resource } from '../resource/resource.ts';
import type { BuildContext } from './build-context.ts';
import type { Loader } from './loader.ts';
import { configFault } from './patch-reader.ts';
import { readResources } from './resource-reader.ts';

/** What the charts of `helmCharts` render to, chart by chart. @throws BuildFault without a renderer */
export async function generateCharts(
  { helmCharts = [], helmGlobals }: Kustomization,
  loader: Loader,
  context: BuildContext,
  file: string,
): Promise<Resource[][]> {
  const made: Resource[][] = [];
  for (const chart of helmCharts) {
    context.signal?.throwIfAborted();
    if (!context.enableHelm || context.renderChart === undefined) {
      throw configFault('HelmChartInflationGenerator', chart, 'must specify --enable-helm');
    }
    const chartHome = joinPath(loader.root, helmGlobals?.chartHome ?? 'charts');
    if (chartHome === undefined) {
      throw new BuildFault(
        `chartHome '${helmGlobals?.chartHome}' leads out of the tree`,
        { file },
        'KUSTOMIZE_PATH_ESCAPE',
      );
    }
    const files = {
      read: (path: string) => loader.files.read(path),
      list: (path: string) => loader.files.list(path),
    };
    const text = await context.renderChart({ ...chart, folder: loader.root, chartHome, files });
    made.push(readResources(text, file, context.limits));
  }
  return made;
}
