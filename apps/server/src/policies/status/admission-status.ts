import type { Diagnostic } from '@sekisho/base';
import { messageWithout, type Status, type StatusInput } from './entry.ts';

/** What Kubernetes' API server writes after checking the expressions of a ValidatingAdmissionPolicy. */
export function validatingPolicyStatus({ object, faults }: StatusInput): Status {
  return {
    observedGeneration: object.metadata.generation ?? 1,
    // An empty list takes earlier ones away, which a merge patch without it would not.
    typeChecking: { expressionWarnings: faults.filter(isAboutExpression).map(warningOf) },
  };
}

function isAboutExpression({ code }: Diagnostic): boolean {
  return code === 'ADMISSION_EXPRESSION_INVALID';
}

function warningOf(fault: Diagnostic): { fieldRef: string; warning: string } {
  const message = messageWithout(fault);
  const [, fieldRef = 'spec', warning = message] = /^(spec[^\s:]*): (.*)$/s.exec(message) ?? [];
  return { fieldRef, warning };
}
