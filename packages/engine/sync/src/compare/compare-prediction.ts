import { builtinSchema, gvkOf, isBuiltinGroup, type KubeObject, type Schema } from '@sekisho/kube';
import { type IgnoredFields, withoutFields } from '../ignore/ignored-fields.ts';
import { locateField } from '../ignore/owned-paths.ts';
import type { Comparison } from './compare-object.ts';
import { type LocatedChange, locateChanges } from './field-change.ts';
import { isSecret, maskSecrets } from './mask-secrets.ts';
import { normalizeDesired, normalizeLive } from './normalize.ts';

/** What the API server says that applying an object would make of it (a dry run). */
export interface Prediction {
  readonly object: KubeObject;
  /** False: what the manifest does not speak of, and only webhooks would change, does not count. */
  readonly includeMutationWebhook: boolean;
}

/**
 * Compares live with what the API server predicts: its own defaults, those of definitions and what webhooks change are in
 * both.
 *
 * @param input ignored: paths in the predicted object and in live
 * @see Argo CD, server-side diff
 */
export function comparePrediction(input: {
  readonly desired: KubeObject;
  readonly live: KubeObject;
  readonly prediction: Prediction;
  readonly ignored?: IgnoredFields;
  readonly compareStatus?: boolean;
  readonly schema?: Schema;
}): Comparison {
  const { desired, live, prediction, ignored = { desired: [], live: [] }, compareStatus = false } = input;
  const gvk = gvkOf(desired);
  const schema = input.schema ?? (isBuiltinGroup(gvk.group) ? builtinSchema(gvk) : undefined);
  const normalizedDesired = normalizeDesired(desired, compareStatus);
  const normalizedLive = withoutFields(normalizeLive(live, compareStatus), ignored.live);
  const predicted = withoutFields(normalizeLive(prediction.object, compareStatus), ignored.desired);
  const counts = ({ change, at }: LocatedChange) =>
    prediction.includeMutationWebhook || change.kind === 'removed' || locateField(normalizedDesired, at) !== undefined;
  const found = locateChanges(normalizedLive, predicted, schema, schema !== undefined).filter(counts);
  if (found.length === 0) {
    return { status: 'Synced', normalizedDesired, normalizedLive, predicted: normalizedLive, changes: [], places: [] };
  }
  const masked = isSecret(desired) ? maskSecrets({ desired: predicted, live: normalizedLive }) : undefined;
  const shown = masked === undefined ? found : locateChanges(masked.live, masked.desired, schema, false).filter(counts);
  return {
    status: 'OutOfSync',
    normalizedDesired,
    normalizedLive,
    predicted,
    changes: shown.map(({ change }) => change),
    places: shown.map(({ at }) => at),
  };
}
