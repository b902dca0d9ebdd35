import { typeNameOf } from '../builtin/type-data.ts';
import type { GroupVersionKind } from '../object.ts';

const packages: Readonly<Record<string, string>> = {
  apiextensions: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions',
  apiregistration: 'io.k8s.kube-aggregator.pkg.apis.apiregistration',
};

/** Definitions that stand for scalars with a name of their own in the published documents. */
export const namedScalars = {
  time: 'io.k8s.apimachinery.pkg.apis.meta.v1.Time',
  microTime: 'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime',
  intOrString: 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
  quantity: 'io.k8s.apimachinery.pkg.api.resource.Quantity',
  rawExtension: 'io.k8s.apimachinery.pkg.runtime.RawExtension',
  fieldsV1: 'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1',
  json: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON',
} as const;

/** `core/v1.Pod` → `io.k8s.api.core.v1.Pod`, as upstream names it. */
export function definitionNameOfType(typeName: string): string {
  const dot = typeName.indexOf('.');
  const owner = typeName.slice(0, dot);
  const kind = typeName.slice(dot + 1);
  if (owner === 'metav1') return `io.k8s.apimachinery.pkg.apis.meta.v1.${kind}`;
  const slash = owner.indexOf('/');
  const folder = owner.slice(0, slash);
  const version = owner.slice(slash + 1);
  const path = (Object.hasOwn(packages, folder) ? packages[folder] : undefined) ?? `io.k8s.api.${folder}`;
  return `${path}.${version}.${kind}`;
}

/** The definition of a kind; a custom one is named after its group, reversed: `io.argoproj.v1alpha1.Application`. */
export function definitionNameOfKind(gvk: GroupVersionKind): string {
  const typeName = typeNameOf(gvk.group, gvk.version, gvk.kind);
  if (typeName !== undefined) return definitionNameOfType(typeName);
  return [...gvk.group.split('.').reverse(), gvk.version, gvk.kind].join('.');
}
