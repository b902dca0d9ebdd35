/** What a request path names. */
export type PathTarget =
  | {
      readonly kind: 'resource';
      readonly group: string;
      readonly version: string;
      readonly namespace?: string;
      readonly resource: string;
      readonly name?: string;
      readonly subresource?: string;
    }
  | { readonly kind: 'api' }
  | { readonly kind: 'apis' }
  | { readonly kind: 'group'; readonly group: string }
  | { readonly kind: 'groupVersion'; readonly group: string; readonly version: string }
  | { readonly kind: 'other'; readonly path: string };

/** Reads a request path. Segments are percent-decoded; a broken escape gives `other`. */
export function parsePath(path: string): PathTarget {
  const segments: string[] = [];
  for (const raw of path.split('/')) {
    if (raw === '') continue;
    if (!raw.includes('%')) segments.push(raw);
    else {
      try {
        segments.push(decodeURIComponent(raw));
      } catch {
        return { kind: 'other', path };
      }
    }
  }
  const [root, ...rest] = segments;
  if (root === 'api') {
    const [version, ...resource] = rest;
    if (version === undefined) return { kind: 'api' };
    return resource.length === 0
      ? { kind: 'groupVersion', group: '', version }
      : resourceTarget('', version, resource, path);
  }
  if (root === 'apis') {
    const [group, version, ...resource] = rest;
    if (group === undefined) return { kind: 'apis' };
    if (version === undefined) return { kind: 'group', group };
    return resource.length === 0
      ? { kind: 'groupVersion', group, version }
      : resourceTarget(group, version, resource, path);
  }
  return { kind: 'other', path };
}

/** `namespaces/x/finalize` and the like name a subresource of the namespace, not a resource in it. */
const NAMESPACE_SUBRESOURCES = new Set(['status', 'finalize']);

function resourceTarget(group: string, version: string, segments: readonly string[], path: string): PathTarget {
  const [first, second, third, ...rest] = segments;
  const base = { kind: 'resource', group, version } as const;
  if (first === 'namespaces' && second !== undefined && third !== undefined) {
    if (group === '' && rest.length === 0 && NAMESPACE_SUBRESOURCES.has(third)) {
      return { ...base, resource: 'namespaces', name: second, subresource: third };
    }
    const [name, ...subresource] = rest;
    return {
      ...base,
      namespace: second,
      resource: third,
      ...(name === undefined ? {} : { name }),
      ...(subresource.length === 0 ? {} : { subresource: subresource.join('/') }),
    };
  }
  if (first === undefined) return { kind: 'other', path };
  const subresource = third === undefined ? undefined : [third, ...rest].join('/');
  return {
    ...base,
    resource: first,
    ...(second === undefined ? {} : { name: second }),
    ...(subresource === undefined ? {} : { subresource }),
  };
}
