import { gvkOf, type KubeObject } from '@sekisho/kube';
import type { PolicyDocument } from '@sekisho/policy';

/** As kubectl names an object: `waiver.sekisho.dev/web/legacy`. Verdicts and faults of its policies name it as their file. */
export function keyOf(object: KubeObject): string {
  const { group, kind } = gvkOf(object);
  const { namespace = '', name = '' } = object.metadata;
  const type = group === '' ? kind.toLowerCase() : `${kind.toLowerCase()}.${group}`;
  return namespace === '' ? `${type}/${name}` : `${type}/${namespace}/${name}`;
}

/** The same document for as long as the object is the same. */
export function createDocuments(): (object: KubeObject) => PolicyDocument {
  const known = new WeakMap<KubeObject, PolicyDocument>();
  return (object) => {
    const document = known.get(object) ?? { object, origin: { file: keyOf(object) } };
    known.set(object, document);
    return document;
  };
}
