import { formatDiagnostic } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import {
  type ApplicationCondition,
  comparableView,
  DRIFT_POLICY_ANNOTATION,
  type DriftAction,
  type DriftPolicy,
  type IgnoredFields,
  type JsonPath,
  locateField,
  parseDriftPolicy,
  type ResourceState,
} from '@sekisho/sync';
import type { Application } from '../applications/application.ts';
import type { TrackedDrift } from './drift-item.ts';

/** What drifts of one object, as far as healing looks at it. */
interface DriftedFields {
  readonly fields: ReadonlyMap<string, TrackedDrift>;
}

export function policyOf({ key, object }: Application): { policy: DriftPolicy; conditions: ApplicationCondition[] } {
  const text = object.metadata.annotations?.[DRIFT_POLICY_ANNOTATION];
  const { policy, diagnostics } = parseDriftPolicy(text, `application ${key}`);
  const conditions = diagnostics.map((diagnostic) => ({
    type: 'DriftWarning' as const,
    message: `${formatDiagnostic(diagnostic)} ${diagnostic.hint ?? ''}`.trimEnd(),
  }));
  return { policy, conditions };
}

export function defaultAction({ spec }: Application): DriftAction {
  const { automated } = spec.syncPolicy;
  return automated?.selfHeal === true && automated.enabled ? 'heal' : 'report';
}

export function heals(
  application: Application,
  policy: DriftPolicy,
  drifted: DriftedFields | undefined,
  resource: ResourceState,
): boolean | undefined {
  if (resource.requiresPruning) return undefined;
  if (drifted !== undefined && drifted.fields.size > 0) {
    return [...drifted.fields.values()].some(({ item }) => item.policy === 'heal');
  }
  // Too many to be kept one by one, or not known to have drifted: what holds for the whole application.
  const whole = policy.default ?? defaultAction(application);
  if (drifted !== undefined) return whole === 'heal';
  return whole === 'heal' ? undefined : false;
}

/** A heal puts back what it must and keeps what is only reported. */
export function keptFields(
  drifted: DriftedFields | undefined,
  manifest: KubeObject,
  live: KubeObject,
): IgnoredFields | undefined {
  const kept = [...(drifted?.fields.values() ?? [])].filter(({ item, at }) => item.policy !== 'heal' && at.length > 0);
  if (kept.length === 0) return undefined;
  const locate = (object: KubeObject): JsonPath[] => {
    const view = comparableView(object);
    return kept.map(({ at }) => locateField(view, at)).filter((path) => path !== undefined);
  };
  return { desired: locate(manifest), live: locate(live) };
}
