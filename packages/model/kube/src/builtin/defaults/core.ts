import { isRecord, setOwn } from '../../schema/schema.ts';
import { each, empty, ensure, fill, fillText, type Json, put, within } from './draft.ts';
import { defaultProtocol, defaultVolumeSource } from './pod.ts';

export function defaultService(service: Json): Json {
  const draft = ensure(service, service, 'spec', (spec) => {
    let next = fillText(spec, spec, 'sessionAffinity', 'None');
    if (next['sessionAffinity'] === 'ClientIP') {
      next = ensure(spec, next, 'sessionAffinityConfig', (config) =>
        ensure(config, config, 'clientIP', (clientIp) => fill(clientIp, clientIp, 'timeoutSeconds', 3 * 60 * 60)),
      );
    }
    next = fillText(spec, next, 'type', 'ClusterIP');
    next = each(spec, next, 'ports', (port) => {
      const typed = defaultProtocol(port);
      const target = typed['targetPort'];
      return target === undefined || target === null || target === '' || target === 0
        ? put(port, typed, 'targetPort', port['port'])
        : typed;
    });
    const type = next['type'];
    const reachable = Array.isArray(next['externalIPs']) && next['externalIPs'].length > 0;
    if (type === 'NodePort' || type === 'LoadBalancer' || (type === 'ClusterIP' && reachable)) {
      next = fillText(spec, next, 'externalTrafficPolicy', 'Cluster');
    }
    if (type === 'ClusterIP' || type === 'NodePort' || type === 'LoadBalancer') {
      next = fill(spec, next, 'internalTrafficPolicy', 'Cluster');
    }
    if (type === 'LoadBalancer') next = fill(spec, next, 'allocateLoadBalancerNodePorts', true);
    return next;
  });
  return ensure(service, draft, 'status', (status) =>
    ensure(status, status, 'loadBalancer', (balancer) =>
      each(balancer, balancer, 'ingress', (ingress) =>
        typeof ingress['ip'] === 'string' && ingress['ip'] !== '' ? fill(ingress, ingress, 'ipMode', 'VIP') : ingress,
      ),
    ),
  );
}

/** `stringData` is write-only: it is moved into `data`, where it wins. */
export function defaultSecret(secret: Json): Json {
  let draft = fillText(secret, secret, 'type', 'Opaque');
  const texts = draft['stringData'];
  if (texts === undefined) return draft;
  if (draft === secret) draft = { ...secret };
  if (isRecord(texts)) {
    const data: Json = isRecord(secret['data']) ? { ...secret['data'] } : {};
    for (const [key, text] of Object.entries(texts)) {
      if (typeof text !== 'string') return secret;
      setOwn(data, key, toBase64(text));
    }
    if (Object.keys(data).length > 0) draft['data'] = data;
  }
  delete draft['stringData'];
  return draft;
}

function toBase64(text: string): string {
  let binary = '';
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
  return btoa(binary);
}

export function defaultNamespace(namespace: Json): Json {
  const draft = within(namespace, namespace, 'metadata', (metadata) => {
    const name = metadata['name'];
    if (typeof name !== 'string' || name === '') return metadata;
    return ensure(metadata, metadata, 'labels', (labels) =>
      labels['kubernetes.io/metadata.name'] === name
        ? labels
        : put(labels, labels, 'kubernetes.io/metadata.name', name),
    );
  });
  const described = fill(namespace, draft, 'spec', empty);
  return ensure(namespace, described, 'status', (status) => fillText(status, status, 'phase', 'Active'));
}

export function defaultNode(node: Json): Json {
  const draft = fill(node, node, 'spec', empty);
  return ensure(node, draft, 'status', (status) =>
    isRecord(status['capacity']) ? fill(status, status, 'allocatable', status['capacity']) : status,
  );
}

export function defaultPersistentVolume(volume: Json): Json {
  const draft = ensure(volume, volume, 'spec', (spec) => {
    let next = fillText(spec, spec, 'persistentVolumeReclaimPolicy', 'Retain');
    next = fill(spec, next, 'volumeMode', 'Filesystem');
    return defaultVolumeSource(spec, next);
  });
  return ensure(volume, draft, 'status', (status) => fillText(status, status, 'phase', 'Pending'));
}

export function defaultEndpoints(endpoints: Json): Json {
  return each(endpoints, endpoints, 'subsets', (subset) => each(subset, subset, 'ports', defaultProtocol));
}

export function defaultEndpointSlice(slice: Json): Json {
  const draft = each(slice, slice, 'endpoints', (endpoint) => fill(endpoint, endpoint, 'conditions', empty));
  return each(slice, draft, 'ports', (port) => {
    const named = fill(port, port, 'name', '');
    return fill(port, named, 'protocol', 'TCP');
  });
}

/** Limits for containers: what is not said follows from the maximum, and requests from the limits or the minimum. */
export function defaultLimitRange(range: Json): Json {
  return ensure(range, range, 'spec', (spec) =>
    each(spec, spec, 'limits', (limit) => {
      if (limit['type'] !== 'Container') return limit;
      let draft = inherit(limit, limit, 'default', 'max');
      draft = inherit(limit, draft, 'defaultRequest', 'default');
      return inherit(limit, draft, 'defaultRequest', 'min');
    }),
  );
}

function inherit(original: Json, draft: Json, target: string, source: string): Json {
  const from = draft[source];
  if (!isRecord(from) || Object.keys(from).length === 0) return draft;
  return ensure(original, draft, target, (map) => {
    let next = map;
    for (const [key, value] of Object.entries(from)) next = fill(map, next, key, value);
    return next;
  });
}

export function defaultResourceQuota(quota: Json): Json {
  const draft = fill(quota, quota, 'spec', empty);
  return fill(quota, draft, 'status', empty);
}

/** Core events always show their source and who reported them. */
export function defaultEvent(event: Json): Json {
  let draft = fill(event, event, 'source', empty);
  draft = fill(event, draft, 'involvedObject', empty);
  draft = fill(event, draft, 'reportingComponent', '');
  return fill(event, draft, 'reportingInstance', '');
}
