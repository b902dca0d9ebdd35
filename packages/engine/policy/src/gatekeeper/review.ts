import { messageOf, type Origin } from '@sekisho/base';
import { gvkOf, type KubeObject } from '@sekisho/kube';
import {
  type EvaluationLimits,
  type PlainObject,
  RegoEvaluationError,
  type Tracer,
  toJson,
  type Value,
} from '@sekisho/rego';
import type { Validation } from '../admission/code.ts';
import type { AdmissionInput } from '../admission/input.ts';
import type { Severity, SubjectReference, Verdict } from '../verdict.ts';
import type { Constraint } from './constraint.ts';
import { at, isRecord, isTexts } from './document.ts';
import { actionsAt, type EnforcementAction, type EnforcementPoint } from './enforcement.ts';
import type { Matcher, MatchOutcome, Source } from './match.ts';
import type { GatekeeperPolicies } from './policies.ts';
import type { RegoCode } from './template.ts';
import { askTemplateCel, celInput } from './template-cel.ts';

/** What is to be judged: an AdmissionRequest and what is known besides. */
export interface Review {
  /** `kind`, `name`, `namespace`, `operation`, `object`, `oldObject`, `userInfo` … as in an AdmissionRequest. */
  readonly request: Readonly<Record<string, unknown>>;
  /** The Namespace that the object is in. */
  readonly namespace?: KubeObject | undefined;
  /** Default `Original`. */
  readonly source?: Source;
  /** Where the object is written, when it comes from git. */
  readonly origin?: Origin | undefined;
}

export interface ReviewOptions {
  readonly enforcementPoint: EnforcementPoint;
  /** `data.inventory`, see `createInventory`. */
  readonly inventory?: PlainObject;
  /** Of each constraint; what needs more is a violation. Default 10 million steps. */
  readonly limits?: EvaluationLimits;
  readonly signal?: AbortSignal;
  /** Is called around each constraint that matches: to time it, or to watch it. Default: asks. */
  readonly around?: AroundConstraint | undefined;
}

/** @param ask  asks the constraint; gives the steps of a template in Rego to `trace`, which makes it slower */
export type AroundConstraint = (
  constraint: Constraint,
  ask: (trace?: Tracer) => readonly Violation[],
) => readonly Violation[];

/** A violation of a constraint. `decision` is allow for those that are only to be noted (dryrun). */
export interface ConstraintVerdict extends Verdict {
  readonly constraint: Constraint;
  readonly action: EnforcementAction;
  readonly trace?: string;
}

const DEFAULT_LIMITS: EvaluationLimits = { steps: 10_000_000 };

/** A review of an object that somebody creates. */
export function reviewOf(object: KubeObject, rest: Omit<Review, 'request'> = {}): Review {
  const { name = '', namespace } = object.metadata ?? {};
  const request = {
    kind: gvkOf({ apiVersion: object.apiVersion ?? '', kind: object.kind ?? '' }),
    name,
    ...(namespace === undefined ? {} : { namespace }),
    operation: 'CREATE',
    object,
  };
  return { request, ...rest };
}

/**
 * Asks all constraints that are enforced at a point. An object that a constraint can't be held against, because its namespace is
 * not known or the template takes too long, counts as violating it.
 *
 * @returns a verdict for each violation and each action that it has at this point
 */
export function reviewObject(
  policies: GatekeeperPolicies,
  review: Review,
  options: ReviewOptions,
): readonly ConstraintVerdict[] {
  const asked = new AskedReview(review);
  const verdicts: ConstraintVerdict[] = [];
  for (const constraint of policies.constraints) {
    const actions = actionsAt(constraint.enforcement, options.enforcementPoint);
    if (actions.length === 0) continue;
    for (const violation of askConstraint(constraint, asked, options)) {
      for (const action of actions) verdicts.push(verdictOf(constraint, action, violation, asked));
    }
  }
  return verdicts;
}

/** A review as constraints are asked about it: what many of them need is worked out once. */
export class AskedReview {
  readonly review: Review;
  /** `input.review` of templates. */
  readonly request: Readonly<Record<string, unknown>>;
  /** By matcher: constraints with equal criteria share one. */
  readonly #outcomes = new Map<Matcher, MatchOutcome>();
  #celInput: { readonly value: AdmissionInput | undefined } | undefined;

  constructor(review: Review) {
    this.review = review;
    this.request = templateReview(review);
  }

  /** As templates in CEL see it. */
  get celInput(): AdmissionInput | undefined {
    this.#celInput ??= { value: celInput(this.review) };
    return this.#celInput.value;
  }

  outcomeOf(matches: Matcher): MatchOutcome {
    let outcome = this.#outcomes.get(matches);
    if (outcome === undefined) {
      outcome = matchReview(matches, this.review, this.request);
      this.#outcomes.set(matches, outcome);
    }
    return outcome;
  }
}

/** What one constraint has against a review, wherever it is enforced; nothing when it is not about such objects. */
export function askConstraint(
  constraint: Constraint,
  asked: AskedReview,
  options: Omit<ReviewOptions, 'enforcementPoint'>,
): readonly Violation[] {
  const { request } = asked;
  if (!isAskedFor(constraint, request)) return NONE;
  const outcome = asked.outcomeOf(constraint.matches);
  if (outcome === false) return NONE;
  if (outcome !== true) return [unmatched(outcome, request)];
  if (options.around === undefined) return violationsOf(constraint, asked, options);
  return options.around(constraint, (trace) => violationsOf(constraint, asked, options, trace));
}

const NONE: readonly Violation[] = [];

/** `input.review` of templates: of a deletion the old object stands for the object, which rules read. */
export function templateReview({ request, namespace }: Review): Readonly<Record<string, unknown>> {
  const withNamespace = namespace === undefined ? request : { ...request, namespaceObject: namespace };
  const isDeletion = request['operation'] === 'DELETE';
  if (!isDeletion || isRecord(request['object'])) return withNamespace;
  return { ...withNamespace, object: request['oldObject'] };
}

function isAskedFor(
  { template: { operations } }: Constraint,
  { operation }: Readonly<Record<string, unknown>>,
): boolean {
  if (operations.length === 0 || operation === undefined || operation === '') return true;
  return operations.includes('*') || operations.includes(String(operation));
}

/** An update matches when what was there or what is to be there does. */
function matchReview(
  matches: Matcher,
  { namespace, source }: Review,
  request: Readonly<Record<string, unknown>>,
): MatchOutcome {
  let outcome: MatchOutcome = false;
  for (const object of [request['object'], request['oldObject']]) {
    if (!isRecord(object)) continue;
    outcome = matches({ object: object as KubeObject, namespace, ...(source === undefined ? {} : { source }) });
    if (outcome !== false) break;
  }
  return outcome;
}

export interface Violation {
  readonly message: string;
  readonly details?: unknown;
  /** As the rule of a template in Rego gave it. */
  readonly member?: unknown;
  /** The constraint gave no answer, which counts as a violation. */
  readonly undecided?: true;
  /** Of a template in CEL: what does not hold. */
  readonly validation?: Validation;
  /** How its template came to it, when somebody wrote that down. */
  readonly trace?: string;
}

function unmatched(outcome: Exclude<MatchOutcome, boolean>, request: Readonly<Record<string, unknown>>): Violation {
  const name = String(at(request, 'object', 'metadata', 'name') ?? request['name'] ?? '');
  return {
    message: `unable to match constraints: error matching the requested object: ${name} :failed to run Match criteria: ${outcome.error}`,
    undecided: true,
  };
}

function violationsOf(
  constraint: Constraint,
  asked: AskedReview,
  options: Omit<ReviewOptions, 'enforcementPoint'>,
  trace?: Tracer,
): readonly Violation[] {
  const { code } = constraint.template;
  return code.engine === 'Rego'
    ? regoViolations(constraint, code, asked.request, options, trace)
    : askTemplateCel(code.cel, constraint.celValue ?? null, asked.celInput);
}

function regoViolations(
  { kind, parameters, name }: Constraint,
  { violations }: RegoCode,
  request: Readonly<Record<string, unknown>>,
  { inventory, limits = DEFAULT_LIMITS, signal }: Omit<ReviewOptions, 'enforcementPoint'>,
  trace: Tracer | undefined,
): readonly Violation[] {
  try {
    const results = violations.evaluate({
      input: { review: request as PlainObject, parameters },
      data: inventory === undefined ? NO_OBJECTS : { inventory },
      limits,
      ...(signal === undefined ? {} : { signal }),
      ...(trace === undefined ? {} : { trace }),
    });
    if (results.length === 0) return NONE;
    return results
      .map(({ bindings }) => violationFrom(bindings['violation'] as Value))
      .sort((a, b) => (a.message < b.message ? -1 : a.message > b.message ? 1 : 0));
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof RegoEvaluationError)) throw error;
    const message = `${kind} ${name} gave no answer: ${messageOf(error)} (${error.code})`;
    return [{ message, undecided: true }];
  }
}

const NO_OBJECTS: PlainObject = { inventory: {} };

function violationFrom(member: Value): Violation {
  const violation: unknown = JSON.parse(toJson(member));
  const message = at(violation, 'msg');
  const details = at(violation, 'details');
  return {
    message: typeof message === 'string' ? message : JSON.stringify(violation),
    member: violation,
    ...(details === undefined ? {} : { details }),
  };
}

export const DECISIONS: Readonly<Record<EnforcementAction, { decision: Verdict['decision']; severity: Severity }>> = {
  deny: { decision: 'deny', severity: 'high' },
  warn: { decision: 'warn', severity: 'medium' },
  dryrun: { decision: 'allow', severity: 'low' },
};

function verdictOf(
  constraint: Constraint,
  action: EnforcementAction,
  { message, details, trace }: Violation,
  { review, request }: AskedReview,
): ConstraintVerdict {
  const fields = fieldsIn(details);
  return {
    ...DECISIONS[action],
    policy: {
      kind: 'gatekeeper',
      name: constraint.kind,
      rule: constraint.name,
      ...(constraint.origin === undefined ? {} : { origin: constraint.origin }),
    },
    subject: subjectOf(request, review.origin),
    message,
    ...(fields.length === 0 ? {} : { fields }),
    ...(details === undefined ? {} : { details }),
    constraint,
    action,
    ...(trace === undefined ? {} : { trace }),
  };
}

function subjectOf(request: Readonly<Record<string, unknown>>, origin: Origin | undefined): SubjectReference {
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  const namespace = text(at(request, 'object', 'metadata', 'namespace') ?? request['namespace']);
  return {
    group: text(at(request, 'kind', 'group')),
    version: text(at(request, 'kind', 'version')),
    kind: text(at(request, 'kind', 'kind')),
    name: text(at(request, 'object', 'metadata', 'name') ?? request['name']),
    ...(namespace === '' ? {} : { namespace }),
    ...(origin === undefined ? {} : { origin }),
  };
}

/** Templates may say which fields a violation is about: `details.field`, `details.path`, or lists of them. */
export function fieldsIn(details: unknown): readonly string[] {
  for (const key of ['fields', 'paths', 'field', 'path']) {
    const value = at(details, key);
    if (typeof value === 'string') return [value];
    if (isTexts(value)) return value;
  }
  return [];
}
