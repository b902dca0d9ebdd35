import type { KubeObject } from '@sekisho/kube';

const V1 = 'autoscaling/v1';
const V2 = 'autoscaling/v2';

/** Horizontal pod autoscalers are stored as v2; v1 knows only the CPU metric, everything else is left out of it. */
export const autoscalerConversion = {
  collection: 'autoscaling/horizontalpodautoscalers',
  storageApiVersion: V2,
  convert: (object: KubeObject, apiVersion: string): KubeObject => {
    if (apiVersion === object.apiVersion) return object;
    return apiVersion === V1 ? toV1(object) : toV2(object);
  },
};

type Fields = Record<string, unknown>;

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function toV1(object: KubeObject): KubeObject {
  const { metrics, behavior: _behavior, ...spec } = fields(object['spec']);
  const { currentMetrics, conditions: _conditions, ...status } = fields(object['status']);
  const target = cpuOf(metrics, 'target');
  const current = cpuOf(currentMetrics, 'current');
  return {
    ...object,
    apiVersion: V1,
    spec: { ...spec, ...(target === undefined ? {} : { targetCPUUtilizationPercentage: target }) },
    status: { ...status, ...(current === undefined ? {} : { currentCPUUtilizationPercentage: current }) },
  };
}

function toV2(object: KubeObject): KubeObject {
  const { targetCPUUtilizationPercentage: percent, ...spec } = fields(object['spec']);
  const { currentCPUUtilizationPercentage: current, ...status } = fields(object['status']);
  const metric = (name: string, value: unknown): Fields => ({
    type: 'Resource',
    resource: {
      name: 'cpu',
      [name]: { ...(name === 'target' ? { type: 'Utilization' } : {}), averageUtilization: value },
    },
  });
  return {
    ...object,
    apiVersion: V2,
    spec: { ...spec, ...(percent === undefined ? {} : { metrics: [metric('target', percent)] }) },
    ...(object['status'] === undefined
      ? {}
      : { status: { ...status, ...(current === undefined ? {} : { currentMetrics: [metric('current', current)] }) } }),
  };
}

function cpuOf(metrics: unknown, field: string): unknown {
  if (!Array.isArray(metrics)) return undefined;
  for (const metric of metrics) {
    const resource = fields(fields(metric)['resource']);
    if (resource['name'] === 'cpu') return fields(resource[field])['averageUtilization'];
  }
  return undefined;
}
