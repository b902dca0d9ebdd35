import type { ResourceRef } from '../../api/types.ts';

/** As it stands in the address: `apps/Deployment/shop/web`. */
export function resourceKey({ group, kind, namespace, name }: ResourceRef): string {
  return [group, kind, namespace, name].join('/');
}

export function parseResourceKey(key: string): ResourceRef | undefined {
  const [group, kind, namespace, name, ...rest] = key.split('/');
  if (group === undefined || !kind || namespace === undefined || !name) return undefined;
  return { group, kind, namespace, name: [name, ...rest].join('/') };
}
