import type { SubjectRef } from '../../api/gates.ts';

/** As it stands in an address: `in-cluster/apps/Deployment/shop/web`. */
export function objectKey({ cluster = '', group, kind, namespace = '', name }: SubjectRef): string {
  return [encodeURIComponent(cluster), group, kind, namespace, name].join('/');
}

export function parseObjectKey(key: string): SubjectRef | undefined {
  const [cluster = '', group, kind, namespace, ...rest] = key.split('/');
  const name = rest.join('/');
  if (group === undefined || !kind || namespace === undefined || name === '') return undefined;
  return {
    group,
    kind,
    name,
    ...(cluster === '' ? {} : { cluster: decodeURIComponent(cluster) }),
    ...(namespace === '' ? {} : { namespace }),
  };
}
