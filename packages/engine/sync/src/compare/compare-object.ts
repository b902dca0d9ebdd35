import {
  builtinSchema,
  defaultBuiltin,
  gvkOf,
  isBuiltinGroup,
  type KubeObject,
  prune,
  type Schema,
} from '@sekisho/kube';
import { type IgnoredFields, withoutFields } from '../ignore/ignored-fields.ts';
import { locateField } from '../ignore/owned-paths.ts';
import { isObject } from '../json.ts';
import { type FieldChange, type FieldPath, type LocatedChange, locateChanges } from './field-change.ts';
import { isSecret, maskSecrets } from './mask-secrets.ts';
import { LAST_APPLIED_ANNOTATION, normalizeDesired, normalizeLive } from './normalize.ts';
import { overlay } from './overlay.ts';
import { ownedFields, withoutUnwished } from './owned-fields.ts';

export interface CompareObjectInput {
  /** With tracking and namespace, as it would be applied. */
  readonly desired: KubeObject;
  readonly live: KubeObject;
  /** Default: the built-in schema. Custom resources are compared without one, as JSON. */
  readonly schema?: Schema;
  /** What the API server fills in. Default: the defaults of built-in kinds. */
  readonly defaults?: (object: KubeObject) => KubeObject;
  /** Set when the object is applied by server-side apply: the field manager whose fields we are. */
  readonly serverSideApplyManager?: string;
  /** Fields that are not compared. Default: none. */
  readonly ignored?: IgnoredFields;
  /** `status` is a field like others (`ignoreResourceStatusField: none`). Default false: it is left out. */
  readonly compareStatus?: boolean;
}

/** The outcome for one object. Nothing in here is masked but `changes`: see {@link maskSecrets} before showing. */
export interface Comparison {
  readonly status: 'Synced' | 'OutOfSync';
  readonly normalizedDesired: KubeObject;
  readonly normalizedLive: KubeObject;
  /** What live becomes when desired is applied; the same instance as normalizedLive when Synced. */
  readonly predicted: KubeObject;
  /** From live to desired; the values of Secrets are masked. */
  readonly changes: readonly FieldChange[];
  /** Where each of `changes` is, as `managedFields` tells it. */
  readonly places: readonly FieldPath[];
}

/**
 * Compares one desired object with the live one by predicting what applying it would change: three-way when live says
 * what was applied last, else two-way; built-in kinds by strategic merge and with the API's defaults on both sides,
 * others by JSON merge. Fields that only live has never count.
 *
 * @see Argo CD, gitops-engine/pkg/diff
 */
export function compareObject(input: CompareObjectInput): Comparison {
  const { desired, live } = input;
  const gvk = gvkOf(desired);
  const builtin = isBuiltinGroup(gvk.group);
  const schema = input.schema ?? (builtin ? builtinSchema(gvk) : undefined);
  const { ignored = NOTHING_IGNORED, compareStatus = false } = input;
  const normalizedDesired = withoutFields(normalizeDesired(desired, compareStatus), ignored.desired);
  const normalizedLive = withoutFields(normalizeLive(live, compareStatus), ignored.live);

  const manager = input.serverSideApplyManager;
  const original = manager === undefined ? lastApplied(live) : undefined;
  const base =
    manager === undefined ? normalizedLive : withoutDropped(live, normalizedLive, normalizedDesired, manager);
  const options = { byPosition: schema === undefined };
  const raw = overlay(versionOf(normalizedDesired, normalizedLive), original, base, schema, options) as KubeObject;
  const synced = (): Comparison => ({
    status: 'Synced',
    normalizedDesired,
    normalizedLive,
    predicted: normalizedLive,
    changes: [],
    places: [],
  });
  if (raw === normalizedLive) return synced();

  const defaults = input.defaults ?? (builtin ? defaultBuiltin : undefined);
  const predicted = defaults === undefined ? raw : defaults(raw);
  const before = defaults === undefined ? normalizedLive : defaults(normalizedLive);
  let kept: KubeObject | undefined;
  const isKept = ({ change, at }: LocatedChange) => {
    if (change.kind !== 'added' || !builtin || schema === undefined) return true;
    // A field that no type has: a manifest that was applied without validation can ask for it for ever.
    kept ??= prune(schema, predicted) as KubeObject;
    return locateField(kept, at) !== undefined;
  };
  const found = locateChanges(before, predicted, schema, schema !== undefined).filter(isKept);
  if (found.length === 0) return synced();
  const shown = isSecret(desired) ? maskedChanges(before, predicted, schema).filter(isKept) : found;
  return {
    status: 'OutOfSync',
    normalizedDesired,
    normalizedLive,
    predicted,
    changes: shown.map(({ change }) => change),
    places: shown.map(({ at }) => at),
  };
}

const NOTHING_IGNORED: IgnoredFields = { desired: [], live: [] };

function maskedChanges(before: KubeObject, predicted: KubeObject, schema: Schema | undefined): LocatedChange[] {
  const masked = maskSecrets({ desired: predicted, live: before });
  return locateChanges(masked.live, masked.desired, schema, false);
}

/** What was applied last, by kubectl's annotation; undefined when there is none or it is damaged. */
function lastApplied(live: KubeObject): KubeObject | undefined {
  const text = live.metadata.annotations?.[LAST_APPLIED_ANNOTATION];
  if (typeof text !== 'string' || text === '') return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (!isObject(value) || !isObject(value['metadata']) || typeof value['kind'] !== 'string') return undefined;
    return normalizeDesired(value as unknown as KubeObject);
  } catch {
    return undefined;
  }
}

/** Live may be read in another version of the same group; the version alone is no difference. */
function versionOf(desired: KubeObject, live: KubeObject): KubeObject {
  return desired.apiVersion === live.apiVersion ? desired : { ...desired, apiVersion: live.apiVersion };
}

function withoutDropped(live: KubeObject, normalized: KubeObject, desired: KubeObject, manager: string): KubeObject {
  const fields = ownedFields(live, manager);
  return fields === undefined ? normalized : (withoutUnwished(normalized, desired, fields) as KubeObject);
}
