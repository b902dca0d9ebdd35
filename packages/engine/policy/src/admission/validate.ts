import type { PolicyCode, Validation } from './code.ts';
import type { Outcome, PolicyRun } from './run.ts';

/** What a policy has against a request. */
export interface Finding {
  /** That does not hold; absent when the policy as a whole gave no answer. */
  readonly validation?: Validation;
  readonly message: string;
  /** There is no answer, and the failure policy is Fail. */
  readonly undecided?: true;
  /** Nothing else may be evaluated. */
  readonly isOver?: true;
}

/**
 * Asks conditions and validations.
 *
 * @returns undefined when the conditions keep the policy from being asked
 * @see apiserver, policy/validating: validator
 */
export function evaluateValidations(
  code: PolicyCode,
  validations: readonly Validation[],
  run: PolicyRun,
): readonly Finding[] | undefined {
  const met = run.meets(code);
  if (met === 'unmet') return undefined;
  if (met !== 'met') return code.failurePolicy === 'Ignore' ? undefined : [{ message: met.fault, undecided: true }];
  const findings: Finding[] = [];
  const fail = (finding: Finding): void => {
    if (code.failurePolicy === 'Fail') findings.push({ ...finding, undecided: true });
  };
  for (const validation of validations) {
    const outcome = run.evaluate(validation);
    if (outcome.fault !== undefined) {
      const message = `expression '${validation.text.trim()}' resulted in error: ${outcome.fault}`;
      fail({ validation, message, ...(outcome.isOver ? { isOver: true } : {}) });
      if (outcome.isOver) break;
    } else if (outcome.value !== true) {
      const message = messageOf(validation, run);
      if (message.fault === undefined) findings.push({ validation, message: message.text });
      else fail({ validation, message: message.fault });
    }
  }
  return findings;
}

const MAX_MESSAGE_BYTES = 5 * 1024;

/** A message that can't be made is no reason to say less: the plain one stands in, then the expression. */
function messageOf(
  { message, messageExpression, text }: Validation,
  run: PolicyRun,
): { text: string; fault?: undefined } | { fault: string } {
  const outcome: Outcome | undefined = messageExpression === undefined ? undefined : run.evaluate(messageExpression);
  if (outcome?.fault !== undefined && outcome.isOver) return { fault: `failed messageExpression: ${outcome.fault}` };
  const made = typeof outcome?.value === 'string' ? outcome.value.trim() : '';
  const isUsable = made !== '' && !made.includes('\n') && Buffer.byteLength(made) <= MAX_MESSAGE_BYTES;
  if (isUsable) return { text: made };
  return { text: message?.trim() || `failed expression: ${text.trim()}` };
}
