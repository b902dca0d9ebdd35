import type { KubeObject } from '@sekisho/kube';
import { type Condition, conditionsOf, isObject, toCondition } from '../json.ts';
import { type Health, health } from './health.ts';

const brokenReasons: Readonly<Record<string, readonly string[]>> = {
  AbleToScale: ['FailedGetScale', 'FailedUpdateScale'],
  ScalingActive: [
    'FailedGetResourceMetric',
    'FailedGetObjectMetric',
    'FailedGetPodsMetric',
    'FailedGetExternalMetric',
    'FailedComputeMetricsReplicas',
    'InvalidSelector',
  ],
};

/** autoscaling HorizontalPodAutoscaler: v1 keeps its conditions in an annotation, later versions in the status. */
export function horizontalPodAutoscalerHealth(object: KubeObject): Health {
  const conditions = object.apiVersion === 'autoscaling/v1' ? annotatedConditions(object) : conditionsOf(object);
  if (conditions === undefined) return health('Degraded', 'the conditions annotation is not valid JSON');
  const broken = conditions.find((condition) => brokenReasons[condition.type]?.includes(condition.reason));
  if (broken !== undefined) return health('Degraded', broken.message);
  const good = conditions.find(
    ({ type, status }) => (type === 'AbleToScale' || type === 'ScalingLimited') && status === 'True',
  );
  return good === undefined ? health('Progressing', 'Waiting to Autoscale') : health('Healthy', good.message);
}

function annotatedConditions(object: KubeObject): readonly Condition[] | undefined {
  const text = object.metadata.annotations?.['autoscaling.alpha.kubernetes.io/conditions'];
  if (text === undefined || text === '') return [];
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.filter(isObject).map(toCondition) : undefined;
  } catch {
    return undefined;
  }
}
