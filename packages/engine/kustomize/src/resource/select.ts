import { BuildFault } from '../fault.ts';
import type { Selector } from '../kustomization/types.ts';
import { mapAt, scalarText } from '../node/node.ts';
import { anchored } from '../transform/regex.ts';
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

type Requirement = (value: string | undefined) => boolean;

function matchesAll(resource: Resource, field: string, all: readonly (readonly [string, Requirement])[]): boolean {
  if (all.length === 0) return true;
  const map = mapAt(resource.node, 'metadata', field);
  return all.every(([key, requirement]) => requirement(map?.has(key) ? (scalarText(map.get(key)) ?? '') : undefined));
}

/** `a=b,c!=d,e,!f,g in (h,i)`. @throws BuildFault */
export function parseLabelSelector(text: string): [string, Requirement][] {
  if (text.trim() === '') return [];
  return text.split(/,(?![^(]*\))/).map((part) => parseRequirement(part.trim(), text));
}

function parseRequirement(part: string, text: string): [string, Requirement] {
  const set = /^([^\s=!,()]+)\s+(in|notin)\s+\(([^()]*)\)$/.exec(part);
  if (set !== null) {
    const values = new Set((set[3] ?? '').split(',').map((value) => value.trim()));
    const wanted = set[2] === 'in';
    return [set[1] ?? '', (value) => (value === undefined ? !wanted : values.has(value) === wanted)];
  }
  const equal = /^([^\s=!,()]+)\s*(==|=|!=)\s*([^\s=!,()]*)$/.exec(part);
  if (equal !== null) {
    const wanted = equal[3] ?? '';
    return equal[2] === '!='
      ? [equal[1] ?? '', (value) => value !== wanted]
      : [equal[1] ?? '', (value) => value === wanted];
  }
  const exists = /^(!?)\s*([^\s=!,()]+)$/.exec(part);
  if (exists === null) throw new BuildFault(`unable to parse requirement: found '${part}' in '${text}'`);
  const absent = exists[1] === '!';
  return [exists[2] ?? '', (value) => (value === undefined) === absent];
}
