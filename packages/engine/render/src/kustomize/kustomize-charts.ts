import type { Diagnostic } from '@sekisho/base';
import {
  type Chart,
  type FetchChart,
  loadChart,
  loadChartArchive,
  type RenderChartOptions,
  renderChart,
  type ValuesLayer,
} from '@sekisho/helm';
import type { ChartRequest, ChartText, ChartValues } from '@sekisho/kustomize';

export interface KustomizeChartOptions
  extends Pick<RenderChartOptions, 'kubeVersion' | 'apiVersions' | 'now' | 'seed' | 'signal' | 'limits'> {
  /** Fetches a chart that has a `repo` and does not lie in the tree. Default: refused. */
  readonly fetchChart?: FetchChart;
}

/** Helm's own name for a release that nobody named. */
const DEFAULT_RELEASE = 'release-name';

/**
 * Renders the charts of a kustomization's `helmCharts` with our own Helm: what `buildKustomization` takes as `renderChart`.
 * A release without a name is called `release-name`, where Kustomize has Helm make up another one each time.
 *
 * @throws whatever `fetchChart` throws, and the signal's reason
 */
export function kustomizeCharts(options: KustomizeChartOptions = {}): (chart: ChartRequest) => Promise<ChartText> {
  return async (request) => {
    const { chart, diagnostics } = await findChart(request, options);
    if (chart === undefined) return { text: '', diagnostics };
    const { fetchChart: _, ...shared } = options;
    const { releaseName, nameTemplate, namespace, includeCRDs, skipHooks, skipTests, kubeVersion, apiVersions } =
      request;
    return renderChart(chart, {
      ...shared,
      releaseName: releaseName || nameTemplate || DEFAULT_RELEASE,
      values: request.values.map(layerOf),
      includeCrds: includeCRDs === true,
      noHooks: skipHooks === true,
      skipTests: skipTests === true,
      ...(namespace ? { namespace } : {}),
      ...(kubeVersion ? { kubeVersion } : {}),
      ...(apiVersions === undefined ? {} : { apiVersions }),
    });
  };
}

function layerOf(values: ChartValues): ValuesLayer {
  return 'text' in values ? { type: 'file', ...values } : { type: 'object', ...values };
}

async function findChart(
  { name, path, repo = '', version = '', files }: ChartRequest,
  { fetchChart, signal, limits }: KustomizeChartOptions,
): Promise<{ chart?: Chart; diagnostics: readonly Diagnostic[] }> {
  const bounds = { ...(limits === undefined ? {} : { limits }), ...(signal === undefined ? {} : { signal }) };
  if ((await files.list(path)) !== undefined) return loadChart(files, path, bounds);
  if (repo === '') return { diagnostics: [missing(`no repo specified for pull, no chart found at '/${path}'`)] };
  if (fetchChart === undefined) {
    return {
      diagnostics: [missing(`chart ${name} of ${repo} is not in the tree, and charts are not fetched here`)],
    };
  }
  const { archive } = await fetchChart({
    repository: repo,
    name,
    version,
    ...(signal === undefined ? {} : { signal }),
  });
  return loadChartArchive(archive, `${name}.tgz`, bounds);
}

function missing(message: string): Diagnostic {
  return {
    code: 'CHART_NOT_FOUND',
    severity: 'error',
    message,
    hint: 'Put the chart below `charts` beside the kustomization, or name another folder in helmGlobals.chartHome.',
  };
}
