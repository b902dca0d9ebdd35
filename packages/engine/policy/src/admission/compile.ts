import type { Diagnostic } from '@sekisho/base';
import { formatApiVersion, type GroupVersionKind } from '@sekisho/kube';
import { faultList, nameOf, type PolicyDocument } from '../gatekeeper/document.ts';
import { type AdmissionBinding, readBinding } from './binding.ts';
import { type AdmissionKind, admissionKind } from './kinds.ts';
import { compileMutating, type MutatingPolicy } from './mutating-policy.ts';
import { compileValidating, type ValidatingPolicy } from './policy.ts';

export type AdmissionPolicy = ValidatingPolicy | MutatingPolicy;

/** Admission policies with their bindings, compiled. */
export interface AdmissionPolicies {
  /** Validating and mutating ones, each by name. */
  readonly policies: readonly AdmissionPolicy[];
  /** Faults of policies and bindings. What has one is left out, all others work. */
  readonly diagnostics: readonly Diagnostic[];
  /** Kinds that parameters are of: where policies are asked, these must be known. */
  readonly paramKinds: readonly GroupVersionKind[];
}

/**
 * Compiles all admission policies and bindings among some objects. Codes: ADMISSION_POLICY_INVALID, ADMISSION_EXPRESSION_INVALID,
 * ADMISSION_BINDING_INVALID, ADMISSION_DUPLICATE; as warnings ADMISSION_UNBOUND and ADMISSION_POLICY_MISSING.
 */
export function compileAdmissionPolicies(documents: readonly PolicyDocument[]): AdmissionPolicies {
  const diagnostics: Diagnostic[] = [];
  const policies = (['validating', 'mutating'] as const).flatMap((type) => compileType(documents, type, diagnostics));
  const paramKinds = new Map<string, GroupVersionKind>();
  for (const { paramKind } of policies) {
    if (paramKind !== undefined)
      paramKinds.set(`${formatApiVersion(paramKind.group, paramKind.version)} ${paramKind.kind}`, paramKind);
  }
  return { policies, diagnostics, paramKinds: [...paramKinds.values()] };
}

function compileType(
  documents: readonly PolicyDocument[],
  type: 'validating' | 'mutating',
  diagnostics: Diagnostic[],
): readonly AdmissionPolicy[] {
  const bindings = new Map<string, AdmissionBinding>();
  for (const document of uniqueOf(documents, `${type}-binding`, diagnostics)) {
    const faults = faultList(document, 'ADMISSION_BINDING_INVALID', diagnostics);
    const binding = readBinding(document, type === 'validating', faults);
    if (binding !== undefined) bindings.set(binding.name, binding);
  }
  const policies: AdmissionPolicy[] = [];
  const names = new Set<string>();
  for (const document of uniqueOf(documents, type, diagnostics)) {
    const name = nameOf(document.object);
    names.add(name);
    const own = [...bindings.values()].filter(({ policyName }) => policyName === name);
    const compile = type === 'validating' ? compileValidating : compileMutating;
    const policy = compile(document, own.sort(byName), diagnostics);
    if (policy === undefined) continue;
    policies.push(policy);
    if (own.length === 0)
      faultList(document, 'ADMISSION_UNBOUND', diagnostics).add([], 'has no binding, so that it is never asked', {
        severity: 'warning',
        hint: `Add a ${document.object.kind}Binding with policyName: ${name}.`,
      });
  }
  for (const { document, policyName } of bindings.values()) {
    if (names.has(policyName)) continue;
    faultList(document, 'ADMISSION_POLICY_MISSING', diagnostics).add(
      ['spec', 'policyName'],
      `there is no ${document.object.kind.replace(/Binding$/, '')} ${policyName}`,
      { severity: 'warning' },
    );
  }
  return policies.sort(byName);
}

/** Documents of a kind; of several with one name the first. */
function uniqueOf(
  documents: readonly PolicyDocument[],
  kind: AdmissionKind,
  diagnostics: Diagnostic[],
): readonly PolicyDocument[] {
  const names = new Set<string>();
  return documents.filter((document) => {
    if (admissionKind(document.object) !== kind) return false;
    const name = nameOf(document.object);
    if (name !== '' && names.has(name)) {
      const faults = faultList(document, 'ADMISSION_DUPLICATE', diagnostics);
      faults.add([], 'is there already; the first one counts');
      return false;
    }
    names.add(name);
    return true;
  });
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
