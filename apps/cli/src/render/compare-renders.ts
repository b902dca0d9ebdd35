import { formatOrigin, type Origin } from '@sekisho/base';
import { builtinSchema, gvkOf, type Manifest } from '@sekisho/kube';
import { type FieldChange, fieldChanges, maskSecrets } from '@sekisho/sync';
import { formatChanges } from '../output/changes.ts';

/** How one object differs between two renders. */
export interface ObjectChange {
  readonly change: 'create' | 'update' | 'delete';
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly origin: string;
  /** Field by field; values of Secrets are masked. */
  readonly changes: readonly FieldChange[];
}

type Rendered = Pick<Manifest, 'object'> & { readonly origin: Origin };

/** What became of the objects of `before`; in the order of `after`, then those that are gone. */
export function compareRenders(before: readonly Rendered[], after: readonly Rendered[]): ObjectChange[] {
  const earlier = new Map(before.map((manifest) => [identity(manifest), manifest]));
  const changes: ObjectChange[] = [];
  for (const manifest of after) {
    const id = identity(manifest);
    const old = earlier.get(id);
    earlier.delete(id);
    if (old === undefined) {
      changes.push({ change: 'create', ...describe(manifest), changes: [] });
      continue;
    }
    const { live, desired } = maskSecrets({ live: old.object, desired: manifest.object });
    const fields = fieldChanges(live, desired, builtinSchema(gvkOf(manifest.object)), false);
    if (fields.length > 0) changes.push({ change: 'update', ...describe(manifest), changes: fields });
  }
  const gone = [...earlier.values()].map(
    (manifest): ObjectChange => ({ change: 'delete', ...describe(manifest), changes: [] }),
  );
  return [...changes, ...gone];
}

export function formatObjectChange({ change, kind, namespace, name, origin, changes }: ObjectChange): string {
  const title = `${change} ${kind}/${name}${namespace === '' ? '' : ` in ${namespace}`}  (${origin})`;
  return changes.length === 0 ? title : `${title}\n${formatChanges(changes)}`;
}

function identity({ object }: Rendered): string {
  const { group, kind } = gvkOf(object);
  return [group, kind, object.metadata.namespace ?? '', object.metadata.name ?? object.metadata.generateName].join('/');
}

function describe({ object, origin }: Rendered): Pick<ObjectChange, 'kind' | 'namespace' | 'name' | 'origin'> {
  return {
    kind: object.kind,
    namespace: object.metadata.namespace ?? '',
    name: object.metadata.name ?? object.metadata.generateName ?? '',
    origin: formatOrigin(origin),
  };
}
