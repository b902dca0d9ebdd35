import { SekishoError } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import { z } from 'zod';
import type { Application } from '../applications/application.ts';
import type { Destination } from '../applications/destinations.ts';
import { resourceTree } from '../applications/tree.ts';

const name = z.string().max(253);

/** Names one object of an application's tree. */
export const resourceRef = z.object({
  group: name.default(''),
  kind: z.string().min(1).max(253),
  namespace: name.default('').meta({ description: 'Empty for cluster-scoped objects.' }),
  name: z.string().min(1).max(253),
});
export type ResourceRef = z.infer<typeof resourceRef>;

/** A live object, when it is in the tree of the application: nobody reaches through one what belongs to another. */
export function findLive(application: Application, destination: Destination, ref: ResourceRef): KubeObject | undefined {
  const found = destination.live.get(ref, ref.name, ref.namespace);
  if (found === undefined) return undefined;
  const nodes = resourceTree(application, destination, () => undefined);
  return nodes.some(({ uid }) => uid === found.metadata.uid) ? found : undefined;
}

export function notOfApplication(application: Application, { kind, namespace, name }: ResourceRef): SekishoError {
  const where = namespace === '' ? '' : ` in ${namespace}`;
  return new SekishoError(
    'RESOURCE_NOT_FOUND',
    `${kind}/${name}${where} is not among the resources of ${application.name}.`,
    { hint: `See which there are: sekisho app tree ${application.name}`, details: { status: 404 } },
  );
}
