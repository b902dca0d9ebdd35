import { type TemplateFunction, typed, type Value } from '@sekisho/gotemplate';
import type { ChartFile, ChartMetadata, Values } from '../chart/chart.ts';
import { isTable } from '../chart/yaml.ts';
import type { WorkingChart } from '../dependencies/working-chart.ts';
import { define } from '../values/layers.ts';
import type { Capabilities } from './capabilities.ts';
import { filesValue } from './chart-files.ts';

/** `.Release`. */
export interface ReleaseInfo {
  readonly name: string;
  readonly namespace: string;
  readonly isUpgrade: boolean;
  readonly revision: number;
}

/** A template with what it sees. */
export interface ScopedTemplate {
  /** `chart/charts/sub/templates/x.yaml`. */
  readonly name: string;
  readonly text: string;
  /** Where it is in the source: for origins. */
  readonly file: string;
  readonly scope: Readonly<Record<string, Value>>;
}

export interface ScopeContext {
  readonly release: ReleaseInfo;
  readonly capabilities: Capabilities;
  readonly toYaml: TemplateFunction;
}

const decoder = new TextDecoder();

/** Path of a chart among the templates: `app/charts/db`. */
export function fullPath(parent: string, name: string): string {
  return parent === '' ? name : `${parent}/charts/${name}`;
}

/** All templates of a chart and its subcharts, each with its scope. */
export function scopeTemplates(chart: WorkingChart, values: Values, context: ScopeContext): ScopedTemplate[] {
  const { name, namespace, isUpgrade, revision } = context.release;
  const release = {
    Name: name,
    Namespace: namespace,
    IsUpgrade: isUpgrade,
    IsInstall: !isUpgrade,
    Revision: BigInt(revision),
    Service: 'Helm',
  };
  const templates: ScopedTemplate[] = [];
  visit(chart, values, '');
  return templates;

  function visit(current: WorkingChart, own: Values, parent: string): Value {
    const path = fullPath(parent, current.metadata.name);
    const subcharts: Record<string, Value> = {};
    const isRoot = parent === '';
    const scope: Record<string, Value> = typed(
      {
        Chart: chartValue(current.metadata, isRoot),
        Files: filesValue(current.source.files, context.toYaml),
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
    const isLibrary = current.metadata.type === 'library';
    for (const template of current.source.templates) {
      if (isLibrary && !isPartial(template.name)) continue;
      templates.push(scoped(template, path, current, scope));
    }
    return scope;
  }
}

function scoped(template: ChartFile, path: string, chart: WorkingChart, scope: Record<string, Value>): ScopedTemplate {
  const { path: source } = chart.source;
  const separator = source === '' || source.endsWith('/') ? '' : '/';
  return {
    name: `${path}/${template.name}`,
    text: decoder.decode(template.data),
    file: `${source}${separator}${template.name}`,
    scope: typed(
      { ...scope, Template: { Name: `${path}/${template.name}`, BasePath: `${path}/templates` } },
      'common.Values',
    ),
  };
}

/** Files whose names begin with `_` only define. */
export function isPartial(path: string): boolean {
  return path.slice(path.lastIndexOf('/') + 1).startsWith('_');
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
