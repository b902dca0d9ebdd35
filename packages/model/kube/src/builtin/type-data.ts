import { admissionTypes } from './admission-types.ts';
import { extensionTypes } from './extension-types.ts';
import { metaTypes } from './meta-types.ts';
import type { StructData } from './struct-data.ts';
import { enumData, structData } from './types.generated.ts';

const parsed = new Map<string, StructData>();

/** The facts about one struct type, by name (`core/v1.PodSpec`). */
export function structOf(name: string): StructData | undefined {
  const known = parsed.get(name);
  if (known !== undefined) return known;
  const text = Object.hasOwn(structData, name) ? structData[name] : undefined;
  const struct = text === undefined ? handWritten(name) : (JSON.parse(text) as StructData);
  if (struct !== undefined) parsed.set(name, struct);
  return struct;
}

function handWritten(name: string): StructData | undefined {
  const table = [metaTypes, extensionTypes, admissionTypes].find((types) => Object.hasOwn(types, name));
  return table?.[name];
}

/** The closed set of values of a named string type, sorted. */
export function enumOf(name: string): readonly string[] | undefined {
  return Object.hasOwn(enumData, name) ? enumData[name] : undefined;
}

/** API group → the folder by which type names and published definition names call it. */
const folders: ReadonlyMap<string, string> = new Map([
  ['', 'core'],
  ['admissionregistration.k8s.io', 'admissionregistration'],
  ['apiextensions.k8s.io', 'apiextensions'],
  ['apiregistration.k8s.io', 'apiregistration'],
  ['apps', 'apps'],
  ['authentication.k8s.io', 'authentication'],
  ['authorization.k8s.io', 'authorization'],
  ['autoscaling', 'autoscaling'],
  ['batch', 'batch'],
  ['certificates.k8s.io', 'certificates'],
  ['coordination.k8s.io', 'coordination'],
  ['discovery.k8s.io', 'discovery'],
  ['events.k8s.io', 'events'],
  ['flowcontrol.apiserver.k8s.io', 'flowcontrol'],
  ['networking.k8s.io', 'networking'],
  ['node.k8s.io', 'node'],
  ['policy', 'policy'],
  ['rbac.authorization.k8s.io', 'rbac'],
  ['resource.k8s.io', 'resource'],
  ['scheduling.k8s.io', 'scheduling'],
  ['storage.k8s.io', 'storage'],
]);

/** Whether the group is one that Kubernetes itself serves. */
export function isBuiltinGroup(group: string): boolean {
  return folders.has(group);
}

/** `core/v1.Pod` for the kind, or undefined when Kubernetes serves no such kind by default. */
export function typeNameOf(group: string, version: string, kind: string): string | undefined {
  const folder = folders.get(group);
  if (folder === undefined) return undefined;
  const name = `${folder}/${version}.${kind}`;
  if (structOf(name)?.kind === 1) return name;
  const shared = `metav1.${kind}`;
  return version === 'v1' && group === '' && structOf(shared)?.kind === 1 ? shared : undefined;
}
