import { type TemplateFunction, typed, type Value } from '@sekisho/gotemplate';
import type { Chart, ChartMetadata, Values } from '../chart/chart.ts';
import { isTable } from '../chart/yaml.ts';
import type { WorkingChart } from '../dependencies/working-chart.ts';
import { define } from '../values/layers.ts';
import type { Capabilities } from './capabilities.ts';
import { filesValue } from './chart-files.ts';
import { fullPath } from './template-tree.ts';

/** `.Release`. */
export interface ReleaseInfo {
  readonly name: string;
  readonly namespace: string;
  readonly isUpgrade: boolean;
  readonly revision: number;
}

export interface ScopeContext {
  readonly release: ReleaseInfo;
  readonly capabilities: Capabilities;
  readonly toYaml: TemplateFunction;
}

/** What the templates of one chart see as `.`; they may change it, and the next one sees that. */
export type Scope = Record<string, Value>;

/** The scope of a chart and of each subchart, by path among the templates. */
export function chartScopes(chart: WorkingChart, values: Values, context: ScopeContext): ReadonlyMap<string, Scope> {
  const { name, namespace, isUpgrade, revision } = context.release;
  const release = {
    Name: name,
    Namespace: namespace,
    IsUpgrade: isUpgrade,
    IsInstall: !isUpgrade,
    Revision: BigInt(revision),
    Service: 'Helm',
  };
  const scopes = new Map<string, Scope>();
  visit(chart, values, '');
  return scopes;

  function visit(current: WorkingChart, own: Values, parent: string): Scope {
    const path = fullPath(parent, current.metadata.name);
    const subcharts: Record<string, Value> = {};
    const scope: Scope = typed(
      {
        Chart: chartValue(current.metadata, parent === ''),
        Files: filesOf(current.source, context.toYaml),
        Release: release,
        Capabilities: context.capabilities.value,
        Values: typed(own, 'common.Values'),
        Subcharts: subcharts,
      },
      'common.Values',
    );
    for (const dependency of current.dependencies) {
      const below = own[dependency.metadata.name];
      define(subcharts, dependency.metadata.name, visit(dependency, isTable(below) ? below : {}, path));
    }
    scopes.set(path, scope);
    return scope;
  }
}

const files = new WeakMap<Chart, Value>();

/** Made once per chart: they are many, and most templates never look. */
function filesOf(chart: Chart, toYaml: TemplateFunction): Value {
  const known = files.get(chart) ?? filesValue(chart.files, toYaml);
  files.set(chart, known);
  return known;
}

function chartValue(metadata: ChartMetadata, isRoot: boolean): Value {
  const { annotations } = metadata;
  return {
    Name: metadata.name,
    Home: metadata.home,
    Sources: typed([...metadata.sources], '[]string'),
    Version: metadata.version,
    Description: metadata.description,
    Keywords: typed([...metadata.keywords], '[]string'),
    Maintainers: metadata.maintainers.map(({ name, email, url }) => ({ Name: name, Email: email, URL: url })),
    Icon: metadata.icon,
    APIVersion: metadata.apiVersion,
    Condition: metadata.condition,
    Tags: metadata.tags,
    AppVersion: metadata.appVersion,
    Deprecated: metadata.deprecated,
    Annotations: annotations === null ? null : typed({ ...annotations }, 'map[string]string'),
    KubeVersion: metadata.kubeVersion,
    Dependencies: metadata.dependencies.map((dependency) => ({
      Name: dependency.name,
      Version: dependency.version,
      Repository: dependency.repository,
      Condition: dependency.condition,
      Tags: typed([...dependency.tags], '[]string'),
      Enabled: dependency.enabled,
      ImportValues: dependency.importValues,
      Alias: dependency.alias,
    })),
    Type: metadata.type,
    IsRoot: isRoot,
  };
}
