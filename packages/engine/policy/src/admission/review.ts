import type { CelValue } from '@sekisho/cel';
import type { KubeObject } from '@sekisho/kube';
import { formatField } from '../field-path.ts';
import { originOf } from '../gatekeeper/document.ts';
import type { GateRequest } from '../policy-set/types.ts';
import type { Severity, Verdict } from '../verdict.ts';
import { subjectOf } from './attributes.ts';
import type { AdmissionBinding, ValidationAction } from './binding.ts';
import { blamedPaths } from './blame.ts';
import type { AdmissionPolicies } from './compile.ts';
import { type AdmissionContext, type AdmissionInput, admissionInput } from './input.ts';
import { matchesResources } from './match-resources.ts';
import { findParams } from './params.ts';
import type { ValidatingPolicy } from './policy.ts';
import { PolicyRun } from './run.ts';
import { evaluateValidations, type Finding } from './validate.ts';

/** A validating policy that is broken, by one of its bindings. */
export interface AdmissionVerdict extends Verdict {
  /** It could not be evaluated, and its failure policy is Fail. */
  readonly undecided?: true;
  readonly details: AdmissionDetails;
}

export interface AdmissionDetails {
  readonly binding: string;
  /** As in the binding. */
  readonly actions: readonly ValidationAction[];
  /** Why the request is refused, as a status of Kubernetes says it: `Invalid`, `Forbidden` … */
  readonly reason: string;
  /** The status code that goes with it. */
  readonly code: number;
  /** What was not true. */
  readonly expression?: string;
  /** The object with the parameters: `namespace/name`, or its name. */
  readonly params?: string;
}

export interface AuditAnnotation {
  /** `policy/key` */
  readonly key: string;
  readonly value: string;
}

export interface ReviewContext extends AdmissionContext {
  /** Is told the audit annotations of each policy that is asked. */
  readonly onAuditAnnotation?: ((annotation: AuditAnnotation) => void) | undefined;
  /** Denies name the fields that made them, which takes some time. Default false. */
  readonly namesFields?: boolean | undefined;
}

/** Asks all validating policies about a request: a verdict for each validation that does not hold. */
export function reviewAdmission(
  { policies }: Pick<AdmissionPolicies, 'policies'>,
  request: GateRequest,
  context: ReviewContext,
): readonly AdmissionVerdict[] {
  const input = admissionInput(request, context);
  if (input === undefined) return [];
  return policies.flatMap((policy) => (policy.type === 'validating' ? askPolicy(policy, input, context) : []));
}

/** Asks one policy. */
export function askPolicy(
  policy: ValidatingPolicy,
  input: AdmissionInput,
  context: Pick<ReviewContext, 'onAuditAnnotation' | 'namesFields' | 'signal'>,
): readonly AdmissionVerdict[] {
  const { attributes } = input;
  const outcome = matchesResources(policy.match, attributes, input.namespaceOf);
  if (outcome === false) return [];
  const verdicts: AdmissionVerdict[] = [];
  for (const binding of policy.bindings) {
    context.signal?.throwIfAborted();
    const asked: Asked = { policy, binding, input };
    if (outcome !== true) {
      verdicts.push(...misconfigured(asked, `failed to configure policy: ${outcome.error}`));
      continue;
    }
    const bound = matchesResources(binding.match, attributes, input.namespaceOf);
    if (bound === false) continue;
    const params =
      bound === true
        ? findParams(policy.paramKind, binding.params, attributes.namespace, input.context.surroundings)
        : bound;
    if ('error' in params) {
      verdicts.push(...misconfigured(asked, `failed to configure binding: ${params.error}`));
      continue;
    }
    for (const param of params) verdicts.push(...validate({ ...asked, param }, context));
  }
  return verdicts;
}

interface Asked {
  readonly policy: ValidatingPolicy;
  readonly binding: AdmissionBinding;
  readonly input: AdmissionInput;
  readonly param?: KubeObject | undefined;
}

function validate(asked: Asked, context: Pick<ReviewContext, 'onAuditAnnotation' | 'namesFields'>): AdmissionVerdict[] {
  const { policy, input, param } = asked;
  const run = new PolicyRun(policy.code, input.bindings(param), input.costLimits);
  const findings = evaluateValidations(policy.code, policy.validations, run);
  if (findings === undefined) return [];
  const verdicts = findings.map((finding) => {
    const verdict = verdictOf(asked, finding);
    const fields = context.namesFields === true && verdict.decision === 'deny' ? fieldsOf(asked, finding) : [];
    return fields.length === 0 ? verdict : { ...verdict, fields };
  });
  return [...verdicts, ...annotate(asked, run, context)];
}

function fieldsOf({ policy, input, param }: Asked, { validation }: Finding): readonly string[] {
  const { object } = input.attributes;
  if (validation === undefined || object === undefined) return [];
  const bindingsOf = (value: CelValue): Record<string, CelValue> => withObject(input.bindings(param), value);
  return blamedPaths(policy.code, validation, object, bindingsOf, input.costLimits).map((path) =>
    formatField(object, path),
  );
}

function withObject(bindings: Record<string, CelValue>, value: CelValue): Record<string, CelValue> {
  bindings['object'] = value;
  return bindings;
}

function annotate(asked: Asked, run: PolicyRun, { onAuditAnnotation }: Pick<ReviewContext, 'onAuditAnnotation'>) {
  const { policy } = asked;
  const verdicts: AdmissionVerdict[] = [];
  for (const { name, text, program } of policy.auditAnnotations) {
    if (run.left <= 0) break;
    const outcome = run.evaluate({ program });
    const fault = outcome.fault ?? annotationFault(text, outcome.value);
    if (fault !== undefined) verdicts.push(...misconfigured(asked, `audit annotation ${name}: ${fault}`));
    else if (typeof outcome.value === 'string' && outcome.value.trim() !== '')
      onAuditAnnotation?.({ key: `${policy.name}/${name}`, value: outcome.value.trim() });
    if (outcome.fault !== undefined && outcome.isOver) break;
  }
  return verdicts;
}

function annotationFault(text: string, value: CelValue | undefined): string | undefined {
  if (value === null || typeof value === 'string') return undefined;
  return `valueExpression '${text.trim()}' must give a string or null`;
}

/** What happens when a policy can't be held against the request: its failure policy decides. */
function misconfigured(asked: Asked, message: string): AdmissionVerdict[] {
  if (asked.policy.code.failurePolicy === 'Ignore') return [];
  return [verdictOf(asked, { message, undecided: true })];
}

const OUTCOMES: Readonly<Record<ValidationAction, { decision: Verdict['decision']; severity: Severity }>> = {
  Deny: { decision: 'deny', severity: 'high' },
  Warn: { decision: 'warn', severity: 'medium' },
  Audit: { decision: 'allow', severity: 'low' },
};
const STRONGEST: readonly ValidationAction[] = ['Deny', 'Warn', 'Audit'];

/** @see apiserver, policy/validating: reasonToCode */
const CODES: Readonly<Record<string, number>> = { Unauthorized: 401, Forbidden: 403, RequestEntityTooLarge: 413 };

function verdictOf({ policy, binding, input, param }: Asked, finding: Finding): AdmissionVerdict {
  const { validation, message } = finding;
  const action = STRONGEST.find((one) => binding.actions.includes(one)) ?? 'Deny';
  const origin =
    validation === undefined ? policy.origin : originOf(policy.document, [...validation.path, 'expression']);
  const reason = validation?.reason ?? 'Invalid';
  return {
    ...OUTCOMES[action],
    policy: {
      kind: 'admission',
      name: policy.name,
      rule: binding.name,
      ...(origin === undefined ? {} : { origin }),
    },
    subject: subjectOf(input.attributes),
    message,
    details: {
      binding: binding.name,
      actions: binding.actions,
      reason,
      code: CODES[reason] ?? 422,
      ...(validation === undefined ? {} : { expression: validation.text.trim() }),
      ...(param === undefined ? {} : { params: paramName(param) }),
    },
    ...(finding.undecided === true ? { undecided: true } : {}),
  };
}

function paramName({ metadata }: KubeObject): string {
  const { namespace, name = '' } = metadata ?? {};
  return namespace === undefined ? name : `${namespace}/${name}`;
}
