import { ChartFault } from '../fault.ts';
import type { ChartMetadata, Dependency } from './chart.ts';

/** Masterminds' lenient version: parts may be missing, a `v` may stand in front. */
const VERSION =
  /^v?(0|[1-9]\d*)(\.(0|[1-9]\d*))?(\.(0|[1-9]\d*))?(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$/;
const ALIAS = /^[a-zA-Z0-9_-]+$/;

/** What Helm wants of Chart.yaml. @throws ChartFault CHART_INVALID */
export function validateMetadata(metadata: ChartMetadata, file: string): void {
  const fail = (message: string): never => {
    throw new ChartFault('CHART_INVALID', `validation: ${message}`, { file });
  };
  const { apiVersion, name, version, type } = metadata;
  if (apiVersion !== 'v1' && apiVersion !== 'v2')
    throw new ChartFault('CHART_INVALID', 'invalid chart apiVersion', { file });
  if (name === '') fail('chart.metadata.name is required');
  if (name !== name.slice(name.lastIndexOf('/') + 1)) fail(`chart.metadata.name ${JSON.stringify(name)} is invalid`);
  if (version === '') fail('chart.metadata.version is required');
  if (!VERSION.test(version)) fail(`chart.metadata.version ${JSON.stringify(version)} is invalid`);
  if (type !== '' && type !== 'application' && type !== 'library')
    fail('chart.metadata.type must be application or library');
  const seen = new Set<string>();
  for (const dependency of metadata.dependencies) {
    const { alias } = dependency;
    if (alias !== '' && !ALIAS.test(alias))
      fail(`dependency ${JSON.stringify(dependency.name)} has disallowed characters in the alias`);
    const key = nameOf(dependency);
    if (seen.has(key)) fail(`more than one dependency with name or alias ${JSON.stringify(key)}`);
    seen.add(key);
  }
}

/** Under which name its values stand. */
export function nameOf({ alias, name }: Dependency): string {
  return alias === '' ? name : alias;
}
