import type { Selector } from '../kustomization/types.ts';
import { mapAt, scalarText } from '../node/node.ts';
import { anchored } from '../transform/regex.ts';
import { parseLabelSelector, type Requirement } from './label-selector.ts';
import { effectiveNamespace } from './res-id.ts';
import type { ResMap } from './res-map.ts';
import type { Resource } from './resource.ts';

/** The resources that a selector with regular expressions means, by their first or their current name and namespace. */
export function selectResources(resources: ResMap, selector: Selector): Resource[] {
  const matches = selectorMatcher(selector);
  return resources.resources.filter((resource) => matches(resource));
}

function selectorMatcher(selector: Selector): (resource: Resource) => boolean {
  const [group, version, kind, name, namespace] = [
    selector.group,
    selector.version,
    selector.kind,
    selector.name,
    selector.namespace,
  ].map((pattern) => anchored(pattern ?? ''));
  const byLabels = matchesLabels(selector);
  return (resource) => {
    const current = resource.curId();
    const ids = [current, ...resource.previousIds];
    return (
      ids.some((id) => namespace?.test(effectiveNamespace(id))) &&
      ids.some((id) => name?.test(id.name)) &&
      group?.test(current.group) === true &&
      version?.test(current.version) === true &&
      kind?.test(current.kind) === true &&
      byLabels(resource)
    );
  };
}

/** Only the label and annotation parts of a selector. */
export function matchesLabels(selector: Selector): (resource: Resource) => boolean {
  const labels = parseLabelSelector(selector.labelSelector ?? '');
  const annotations = parseLabelSelector(selector.annotationSelector ?? '');
  return (resource) => matchesAll(resource, 'labels', labels) && matchesAll(resource, 'annotations', annotations);
}

function matchesAll(resource: Resource, field: string, all: readonly (readonly [string, Requirement])[]): boolean {
  if (all.length === 0) return true;
  const map = mapAt(resource.node, 'metadata', field);
  return all.every(([key, requirement]) => requirement(map?.has(key) ? (scalarText(map.get(key)) ?? '') : undefined));
}
