import type { Diagnostic } from '@sekisho/base';
import type { TemplateFunction } from '@sekisho/gotemplate';
import type { Chart } from '../chart/chart.ts';
import { checkDependencies, enableDependencies } from '../dependencies/enable.ts';
import { importValues } from '../dependencies/import-values.ts';
import { type WorkingChart, workingCopy } from '../dependencies/working-chart.ts';
import { ChartFault, diagnosticOf } from '../fault.ts';
import { dataFunctions } from '../functions/data.ts';
import { semverFunctions } from '../functions/semver.ts';
import { type HelmLimits, withDefaults } from '../limits.ts';
import { coalesceValues, type Warn } from '../values/coalesce.ts';
import { mergeLayers, type ValuesLayer } from '../values/layers.ts';
import { validateValues } from '../values/schema-check.ts';
import { capabilitiesOf } from './capabilities.ts';
import { type CrdFile, crdsOf } from './crds.ts';
import { emptySet, executeTemplates } from './execute.ts';
import { type Manifest, sortManifests } from './manifests.ts';
import { chartScopes } from './scope.ts';
import { contentSeed } from './seed.ts';
import { printRelease } from './template-output.ts';
import { fullPath, templateTree } from './template-tree.ts';

export interface RenderChartOptions {
  readonly releaseName: string;
  /** Default `default`. */
  readonly namespace?: string;
  /** Later layers win. {@link inFlagOrder} orders those of a command line as Helm does. */
  readonly values?: readonly ValuesLayer[];
  /** Default Kubernetes 1.35. */
  readonly kubeVersion?: string;
  /** Besides those of Kubernetes itself. */
  readonly apiVersions?: readonly string[];
  /** Objects of crds/ in `text`. Default false. */
  readonly includeCrds?: boolean;
  /** Leave out hooks of the event `test`. Default false. */
  readonly skipTests?: boolean;
  /** Leave out all hooks. Default false. */
  readonly noHooks?: boolean;
  /** `.Release.IsUpgrade`. Default false. */
  readonly isUpgrade?: boolean;
  /** `.Release.Revision`. Default 1. */
  readonly revision?: number;
  /** Default false. */
  readonly skipSchemaValidation?: boolean;
  /** NOTES.txt of subcharts too. Default false. */
  readonly subchartNotes?: boolean;
  /** Only what these templates gave: paths in the chart, `*` allowed. */
  readonly showOnly?: readonly string[];
  /** `lookup APIVERSION KIND NAMESPACE NAME`. Default: nothing is there. */
  readonly lookup?: TemplateFunction;
  /** Nanoseconds since 1970, for `now`. Default 0: a render depends on its inputs alone. */
  readonly now?: bigint;
  /** What random functions draw from, besides the release and the content. Whoever knows it all knows the keys. Default ''. */
  readonly seed?: string;
  readonly limits?: Partial<HelmLimits>;
  /** Looked at while templates run; its reason is thrown. */
  readonly signal?: AbortSignal;
}

export interface RenderedChart {
  /** In the order of installing: crds first when included, then resources, then hooks by kind. */
  readonly manifests: readonly Manifest[];
  /** Objects of crds/, whether they are included in `text` or not. */
  readonly crds: readonly CrdFile[];
  /** NOTES.txt; '' when there is none. */
  readonly notes: string;
  /** What `helm template` prints. */
  readonly text: string;
  /** With Helm's own text. The first error ends the render, as in Helm; warnings are what Helm logs. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Renders a chart as `helm template` does.
 *
 * Never throws for what stands in the chart or the values. Codes: CHART_*, VALUES_INVALID, VALUES_SCHEMA, KUBE_VERSION_INVALID,
 * RELEASE_NAME_INVALID, TEMPLATE_INVALID, TEMPLATE_FAILED, MANIFEST_INVALID, RENDER_TOO_LARGE; HELM_WARNING.
 */
export function renderChart(chart: Chart, options: RenderChartOptions): RenderedChart {
  const diagnostics: Diagnostic[] = [];
  const warn: Warn = (message) => {
    diagnostics.push({ code: 'HELM_WARNING', severity: 'warning', message, origin: { file: chart.path } });
  };
  try {
    return { ...renderOrThrow(chart, options, warn), diagnostics };
  } catch (error) {
    if (!(error instanceof ChartFault)) throw error;
    return { manifests: [], crds: [], notes: '', text: '', diagnostics: [...diagnostics, diagnosticOf(error)] };
  }
}

const RELEASE_NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

function renderOrThrow(source: Chart, options: RenderChartOptions, warn: Warn): Omit<RenderedChart, 'diagnostics'> {
  const limits = withDefaults(options.limits);
  const { releaseName, namespace = 'default' } = options;
  const file = source.path === '' ? 'Chart.yaml' : `${source.path}/Chart.yaml`;
  const chart = workingCopy(source);
  const given = mergeLayers(options.values ?? []);
  if (source.metadata.type === 'library')
    throw new ChartFault('CHART_INVALID', 'library charts are not installable', { file });
  checkDependencies(chart, file);
  checkReleaseName(releaseName);

  const random = contentSeed(source, given, `${namespace}/${releaseName}/${options.seed ?? ''}`);
  const { now = 0n, lookup = () => ({}) } = options;
  try {
    enableDependencies(chart, given, '', inRange, warn);
    importValues(chart, warn);
  } catch (error) {
    if (!(error instanceof ChartFault)) throw error;
    throw new ChartFault(error.code, `chart dependencies processing failed: ${error.message}`, { file });
  }
  const capabilities = capabilitiesOf(options.kubeVersion, options.apiVersions);
  const values = coalesceValues(chart, given, { warn });
  if (options.skipSchemaValidation !== true) validateValues(chart, values, options.signal);
  const { kubeVersion } = source.metadata;
  if (kubeVersion !== '' && !inRange(kubeVersion, capabilities.kubeVersion)) {
    throw new ChartFault(
      'CHART_INVALID',
      `chart requires kubeVersion: ${kubeVersion} which is incompatible with Kubernetes ${capabilities.kubeVersion}`,
      { file },
    );
  }

  const release = {
    name: releaseName,
    namespace,
    isUpgrade: options.isUpgrade === true,
    revision: options.revision ?? 1,
  };
  const { toYaml = () => '' } = dataFunctions;
  const tree = templateTree(chart, emptySet());
  const scopes = chartScopes(chart, values, { release, capabilities, toYaml });
  const rendered = executeTemplates(tree, { limits, scopes, now, random, lookup, signal: options.signal });
  const isNotes = ({ name }: { name: string }) => name.endsWith('NOTES.txt');
  const { resources, hooks } = sortManifests(
    rendered.filter((template) => !isNotes(template)),
    (events) => warn(`skipping unknown hooks: ${events}`),
  );
  const shownHooks =
    options.noHooks === true
      ? []
      : options.skipTests === true
        ? hooks.filter(({ hook }) => hook?.events.includes('test') !== true)
        : hooks;
  const crds = crdsOf(chart, '');
  return {
    manifests: [...resources, ...shownHooks],
    crds,
    notes: notesOf(rendered.filter(isNotes), chart, options.subchartNotes === true),
    text: printRelease({
      crds: options.includeCrds === true ? crds : [],
      resources,
      hooks: shownHooks,
      showOnly: options.showOnly,
    }),
  };
}

function checkReleaseName(name: string): void {
  if (name.length <= 53 && RELEASE_NAME.test(name)) return;
  const message =
    name === ''
      ? 'no name provided'
      : `invalid release name, must match regex ${RELEASE_NAME.source} and the length must not be longer than 53`;
  throw new ChartFault(
    'RELEASE_NAME_INVALID',
    `release name check failed: release name ${JSON.stringify(name)}: ${message}`,
    { file: 'release' },
  );
}

/** As the template function has it; malformed ones lie nowhere. */
function inRange(range: string, version: string): boolean {
  const { semverCompare } = semverFunctions;
  try {
    return semverCompare?.(range === '' ? '*' : range, version) === true;
  } catch {
    return false;
  }
}

function notesOf(rendered: readonly { name: string; text: string }[], chart: WorkingChart, subcharts: boolean): string {
  const own = `${fullPath('', chart.metadata.name)}/templates/NOTES.txt`;
  return rendered
    .filter(({ name }) => subcharts || name === own)
    .map(({ text }) => text)
    .join('\n');
}
