import type { KubeObject } from '@sekisho/kube';
import { type ExemptionOptions, isExempt } from '../policy-set/exemption.ts';
import type { GateContext, GateRequest, GateVerdict, PolicySet } from '../policy-set/types.ts';
import { kubernetesLine } from '../policy-set/verdict-text.ts';
import { type AdmissionRequest, gateRequestOf } from './request.ts';

/** With a reason as its value, an object is let in whatever policies say. */
export const BREAK_GLASS_ANNOTATION = 'sekisho.dev/break-glass';

/** What becomes of a request, as in an AdmissionResponse. */
export interface AdmissionDecision {
  readonly allowed: boolean;
  /** HTTP status, reason and message of a refusal. */
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly warnings: readonly string[];
  /** What mutation made of the object; absent when nothing changed. */
  readonly object?: KubeObject;
  /** What was found that somebody may ask about later. */
  readonly evidence?: AdmissionEvidence;
}

export interface AdmissionEvidence {
  readonly verdicts: readonly GateVerdict[];
  /** The reason for which the object was let in although policies deny it. */
  readonly breakGlass?: string;
}

export interface AdmissionOptions extends ExemptionOptions {
  readonly context: GateContext;
  /** Mutating admission comes first, then validation of what it made. */
  readonly step: 'mutate' | 'validate';
}

/** Clients show warnings line by line, and API servers cut what is longer. */
const MAX_LINES = 20;
const MAX_LINE = 1_000;

/** Decides about each of several requests, which is cheaper than one by one. Policies that give no answer deny. */
export function decideAdmissions(
  set: PolicySet,
  requests: readonly AdmissionRequest[],
  options: AdmissionOptions,
): readonly AdmissionDecision[] {
  const asked = requests.map(gateRequestOf);
  const isJudged = asked.map((request) => !isExempt(request, options));
  if (options.step === 'mutate') {
    return requests.map((request, index) =>
      isJudged[index] ? mutation(set, request, asked[index] as GateRequest, options.context) : LET_IN,
    );
  }
  const verdicts = set
    .judgeEach(
      asked.filter((_, index) => isJudged[index]),
      options.context,
    )
    .values();
  return asked.map((request, index) => (isJudged[index] ? validation(verdicts.next().value ?? [], request) : LET_IN));
}

const LET_IN: AdmissionDecision = { allowed: true, warnings: [] };

function mutation(
  set: PolicySet,
  { object: given }: AdmissionRequest,
  asked: GateRequest,
  context: GateContext,
): AdmissionDecision {
  if (asked.object === undefined) return { allowed: true, warnings: [] };
  const { object, changedBy, error } = set.mutate(asked, context);
  if (error !== undefined) {
    const breakGlass = breakGlassOf(asked);
    if (breakGlass === undefined)
      return { allowed: false, code: 422, reason: 'Invalid', message: lineOf(error), warnings: [] };
    return { allowed: true, warnings: [lineOf(`break-glass: ${error}`)], evidence: { verdicts: [], breakGlass } };
  }
  if (changedBy.length === 0) return { allowed: true, warnings: [] };
  return { allowed: true, warnings: [], object: givenNamespace(object, given ?? undefined) };
}

/** The namespace that was only in the address stays there. */
function givenNamespace(object: KubeObject, given: KubeObject | undefined): KubeObject {
  if (given?.metadata?.namespace !== undefined || object.metadata.namespace === undefined) return object;
  const { namespace: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** @param verdicts all that were found for the request */
export function validation(verdicts: readonly GateVerdict[], asked: GateRequest): AdmissionDecision {
  if (verdicts.length === 0) return { allowed: true, warnings: [] };
  const denies = verdicts.filter(({ decision }) => decision === 'deny');
  const warnings = linesOf(verdicts.filter(({ decision }) => decision === 'warn'));
  if (denies.length === 0) return { allowed: true, warnings, evidence: { verdicts } };
  const breakGlass = breakGlassOf(asked);
  if (breakGlass !== undefined) {
    const passed = linesOf(denies).map((line) => `break-glass: ${line}`);
    return { allowed: true, warnings: [...passed, ...warnings], evidence: { verdicts, breakGlass } };
  }
  return {
    allowed: false,
    code: 403,
    reason: 'Forbidden',
    message: linesOf(denies).join('\n'),
    warnings,
    evidence: { verdicts },
  };
}

/** A reason that says nothing breaks no glass. */
function breakGlassOf({ object, oldObject, operation }: GateRequest): string | undefined {
  const reason = (operation === 'DELETE' ? oldObject : object)?.metadata?.annotations?.[BREAK_GLASS_ANNOTATION];
  return typeof reason === 'string' && reason.trim() !== '' ? reason.trim() : undefined;
}

/** `[policy] message`, as Gatekeeper writes it. */
function linesOf(verdicts: readonly GateVerdict[]): readonly string[] {
  const lines = verdicts.slice(0, MAX_LINES).map((verdict) => lineOf(kubernetesLine(verdict)));
  const left = verdicts.length - lines.length;
  return left === 0 ? lines : [...lines, `and ${left} more`];
}

function lineOf(text: string): string {
  const line = text.replaceAll(/\s*\n\s*/g, ' ').trim();
  return line.length > MAX_LINE ? `${line.slice(0, MAX_LINE)}…` : line;
}
