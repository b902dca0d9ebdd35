import { type KubeObject, type ObjectMeta, parseApiVersion } from '@sekisho/kube';
import { isObject, type JsonObject, objectsAt, stringAt } from '../json.ts';

export const LAST_APPLIED_ANNOTATION = 'kubectl.kubernetes.io/last-applied-configuration';

/** Metadata that the API server writes; a manifest that carries it (an export) does not wish it. */
const serverMetadata = [
  'creationTimestamp',
  'deletionGracePeriodSeconds',
  'deletionTimestamp',
  'generation',
  'managedFields',
  'namespace',
  'resourceVersion',
  'selfLink',
  'uid',
] as const;

/**
 * The part of a desired (or last applied) object that takes part in a comparison: no status, no server metadata, no
 * empty labels and annotations; Secrets with `stringData` folded into `data`; Endpoints in the API server's order.
 */
export function normalizeDesired(object: KubeObject, keepStatus = false): KubeObject {
  const result: KubeObject = { ...object, metadata: withoutServerMetadata(object.metadata) };
  if (!keepStatus) delete result['status'];
  return normalizeKind(result);
}

/** Live as it is shown beside the desired object: what the server keeps for itself is left out. */
export function normalizeLive(object: KubeObject, keepStatus = false): KubeObject {
  const result: KubeObject = { ...object, metadata: withoutServerMetadata(object.metadata) };
  if (object.metadata.namespace !== undefined) result.metadata.namespace = object.metadata.namespace;
  if (!keepStatus) delete result['status'];
  return normalizeKind(result);
}

function withoutServerMetadata(metadata: ObjectMeta): ObjectMeta {
  const result: ObjectMeta & Record<string, unknown> = { ...metadata };
  for (const field of serverMetadata) delete result[field];
  if (result.annotations !== undefined) {
    if (result.annotations?.[LAST_APPLIED_ANNOTATION] !== undefined) {
      const { [LAST_APPLIED_ANNOTATION]: _, ...rest } = result.annotations;
      result.annotations = rest;
    }
    if (!isObject(result.annotations) || Object.keys(result.annotations).length === 0) delete result.annotations;
  }
  if (result.labels !== undefined && (!isObject(result.labels) || Object.keys(result.labels).length === 0)) {
    delete result.labels;
  }
  return result;
}

/** `object` is a fresh copy and may be changed at its top level. */
function normalizeKind(object: KubeObject): KubeObject {
  const { group } = parseApiVersion(object.apiVersion);
  if (group === '' && object.kind === 'Secret') return normalizeSecret(object);
  if (group === '' && object.kind === 'Endpoints') return normalizeEndpoints(object);
  if (group === '' && object.kind === 'Service') return normalizeService(object);
  if (group === 'rbac.authorization.k8s.io') return normalizeRules(object);
  return object;
}

function normalizeSecret(object: KubeObject): KubeObject {
  const data = object['data'];
  const stringData = object['stringData'];
  const merged: Record<string, unknown> = isObject(data) ? { ...data } : {};
  // A null value is an empty one.
  for (const key of Object.keys(merged)) if (merged[key] === null) merged[key] = '';
  if (isObject(stringData)) {
    for (const [key, value] of Object.entries(stringData)) merged[key] = toBase64(value ?? '');
  }
  delete object['stringData'];
  if (isObject(data) || data === undefined || data === null) {
    if (Object.keys(merged).length > 0) object['data'] = merged;
    else delete object['data'];
  }
  return object;
}

function toBase64(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return Buffer.from(text, 'utf8').toString('base64');
}

/** An aggregated ClusterRole gets its rules from a controller; no rules are an absent list. */
function normalizeRules(object: KubeObject): KubeObject {
  const rules = object['rules'];
  const aggregated = object.kind === 'ClusterRole' && isObject(object['aggregationRule']);
  if (aggregated || rules === null || (Array.isArray(rules) && rules.length === 0)) delete object['rules'];
  return object;
}

/** An empty cluster address asks the server to choose one, which it did. */
function normalizeService(object: KubeObject): KubeObject {
  const spec = object['spec'];
  if (!isObject(spec) || (spec['clusterIP'] !== '' && spec['clusterIPs'] === undefined)) return object;
  const { clusterIP, clusterIPs, ...rest } = spec;
  object['spec'] = {
    ...rest,
    ...(clusterIP === '' || clusterIP === undefined ? {} : { clusterIP }),
    ...(Array.isArray(clusterIPs) && clusterIPs.some((ip) => ip !== '') ? { clusterIPs } : {}),
  };
  return object;
}

function normalizeEndpoints(object: KubeObject): KubeObject {
  if (!Array.isArray(object['subsets'])) return object;
  const byText = (a: unknown, b: unknown) => compareText(JSON.stringify(a), JSON.stringify(b));
  const subsets = objectsAt(object, 'subsets').map((subset) => {
    const result: Record<string, unknown> = { ...subset };
    for (const list of ['addresses', 'notReadyAddresses']) {
      if (!Array.isArray(subset[list])) continue;
      result[list] = [...objectsAt(subset, list)].sort((a, b) => compareText(stringAt(a, 'ip'), stringAt(b, 'ip')));
    }
    if (Array.isArray(subset['ports'])) {
      result['ports'] = objectsAt(subset, 'ports')
        .map((port): JsonObject => (port['protocol'] === undefined ? { ...port, protocol: 'TCP' } : port))
        .sort(byText);
    }
    return result;
  });
  object['subsets'] = subsets.sort(byText);
  return object;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
