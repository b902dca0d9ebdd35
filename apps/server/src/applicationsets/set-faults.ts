import { type ApplicationSet, parseApplicationSet } from '@sekisho/applicationset';
import { type Diagnostic, SekishoError } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';

/** @throws SekishoError APPLICATIONSET_INVALID */
export function readableSet(object: KubeObject): ApplicationSet {
  const { set, diagnostics } = parseApplicationSet(object);
  if (set !== undefined) return set;
  throw invalidSet('APPLICATIONSET_INVALID', diagnostics);
}

/** Whoever asks knows which set it is about, and the error has a code of its own. */
export function invalidSet(code: string, diagnostics: readonly Diagnostic[]): SekishoError {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  return new SekishoError(code, [...new Set(errors.map(({ message }) => message))].join('\n'), {
    ...(first?.hint === undefined ? {} : { hint: first.hint }),
    details: { status: 422 },
  });
}
