import type { SubjectRef } from '../../api/gates.ts';

/** As it stands in an address: `in-cluster/apps/Deployment/shop/web`. */
export function objectKey({ cluster = '', group, kind, namespace = '', name }: SubjectRef): string {
  return [encodeURIComponent(cluster), group, kind, namespace, name].join('/');
}

export function parseObjectKey(key: string): SubjectRef | undefined {
  const [cluster = '', group, kind, namespace, ...rest] = key.split('/');
  const name = rest.join('/');
  if (group === undefined || !kind || namespace === undefined || name === '') return undefined;
  const decoded = decode(cluster);
  return {
    group,
    kind,
    name,
    ...(decoded === '' ? {} : { cluster: decoded }),
    ...(namespace === '' ? {} : { namespace }),
  };
}

/** Addresses are typed by people, too. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
