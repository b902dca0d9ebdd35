import type { Diagnostic } from '@sekisho/base';
import type { EvaluateOptions, Policy } from '../policy.ts';
import { RegoEvaluationError } from '../runtime/error.ts';
import { toJson, toJsonValue } from '../value/json.ts';
import type { PlainObject, Value } from '../value/value.ts';
import { type Masked, maskEvent, readMasks } from './mask.ts';

/** A decision, as the one who asked for it knows it. */
export interface Decision {
  readonly decisionId: string;
  /** RFC 3339, with nanoseconds if there are any. */
  readonly timestamp: string;
  /** Of the rule that was asked for: `authz/allow`. */
  readonly path?: string;
  /** The query, when it was not a path. */
  readonly query?: string;
  readonly input?: Value;
  /** Undefined: so was the decision. */
  readonly result?: Value;
  readonly labels?: Readonly<Record<string, string>>;
  /** Revisions of the bundles by name. */
  readonly revisions?: Readonly<Record<string, string>>;
  readonly requestedBy?: string;
  /** `timer_rego_query_eval_ns` and the like. */
  readonly metrics?: Readonly<Record<string, number>>;
  /** Results of built-ins that are not deterministic: `{"rand.intn": {"[\"x\",10]": 7}}`. */
  readonly ndBuiltinCache?: PlainObject;
}

export interface DecisionLogOptions {
  /** Has the rules that mask and drop; without it nothing is masked or dropped. */
  readonly policy?: Policy;
  /** Default `data.system.log.mask`: a set of pointers to erase, or of `{op: "remove" | "upsert", path, value}`. */
  readonly maskPath?: readonly string[];
  /** Default `data.system.log.drop`: true for decisions that are not logged. */
  readonly dropPath?: readonly string[];
  /** Limits, time and the like of the evaluation of those rules. */
  readonly evaluation?: Omit<EvaluateOptions, 'input'>;
  /** Longest entry as JSON; default 32,768 bytes, OPA's. The results of built-ins are left out first. */
  readonly maxBytes?: number;
}

export type DecisionLogEntry =
  | { readonly kind: 'entry'; readonly entry: PlainObject; readonly json: string }
  /** The policy says that it is not to be logged. */
  | { readonly kind: 'dropped' }
  /**
   * It can't be logged: the rules can't be evaluated or ask for what can't be done (DECISION_LOG_MASK), or it is too large
   * (DECISION_LOG_TOO_LARGE). What should be masked is never shown.
   */
  | { readonly kind: 'failed'; readonly fault: Diagnostic };

const DEFAULT_MAX_BYTES = 32_768;
const MASK_PATH = ['system', 'log', 'mask'];
const DROP_PATH = ['system', 'log', 'drop'];

/**
 * The entry of a decision log, as OPA writes it. Sending entries in compressed batches is the caller's part.
 *
 * @see https://www.openpolicyagent.org/docs/management-decision-logs
 */
export function createDecisionLogEntry(decision: Decision, options: DecisionLogOptions = {}): DecisionLogEntry {
  const { policy, maskPath = MASK_PATH, dropPath = DROP_PATH, evaluation } = options;
  const event = eventOf(decision);
  const ask = (path: readonly string[]) => policy?.entrypoint(path)?.evaluate({ ...evaluation, input: event });
  try {
    if (ask(dropPath) === true) return { kind: 'dropped' };
    const masks = readMasks(ask(maskPath));
    const masked = typeof masks === 'string' ? masks : maskEvent(event, masks);
    if (typeof masked === 'string') return failed('DECISION_LOG_MASK', masked);
    return fitEntry(entryOf(masked), options.maxBytes ?? DEFAULT_MAX_BYTES);
  } catch (error) {
    if (!(error instanceof RegoEvaluationError)) throw error;
    return failed('DECISION_LOG_MASK', `the rules that mask and drop can't be evaluated: ${error.code}`);
  }
}

function failed(code: 'DECISION_LOG_MASK' | 'DECISION_LOG_TOO_LARGE', message: string): DecisionLogEntry {
  return { kind: 'failed', fault: { code, severity: 'error', message } };
}

/** Members in the order of OPA's entries; without those that are not there. */
function eventOf(decision: Decision): PlainObject {
  const { labels = {}, revisions = {}, path, query, input, result, requestedBy, metrics, ndBuiltinCache } = decision;
  const bundles = Object.fromEntries(Object.entries(revisions).map(([name, revision]) => [name, { revision }]));
  return {
    labels,
    decision_id: decision.decisionId,
    ...(Object.keys(bundles).length > 0 && { bundles }),
    ...(path !== undefined && { path }),
    ...(query !== undefined && { query }),
    ...(input !== undefined && { input: toJsonValue(input) }),
    ...(result !== undefined && { result: toJsonValue(result) }),
    ...(ndBuiltinCache !== undefined && { nd_builtin_cache: toJsonValue(ndBuiltinCache) }),
    ...(requestedBy !== undefined && { requested_by: requestedBy }),
    timestamp: decision.timestamp,
    ...(metrics !== undefined && { metrics }),
  };
}

function entryOf({ event, erased, masked }: Masked): PlainObject {
  return { ...event, ...(erased.length > 0 && { erased }), ...(masked.length > 0 && { masked }) };
}

function fitEntry(entry: PlainObject, maxBytes: number): DecisionLogEntry {
  const json = toJson(entry);
  const bytes = new TextEncoder().encode(json).length;
  if (bytes <= maxBytes) return { kind: 'entry', entry, json };
  const { nd_builtin_cache: cache, ...rest } = entry;
  if (cache !== undefined) return fitEntry(rest, maxBytes);
  return failed('DECISION_LOG_TOO_LARGE', `the entry has ${bytes} bytes; ${maxBytes} are allowed`);
}
