import type { Diagnostic, Origin } from '@sekisho/base';
import type { GroupVersionKind } from '@sekisho/kube';
import { at, type FaultList, type FieldPath, faultList, nameOf, type PolicyDocument } from '../gatekeeper/document.ts';
import type { Operation } from './attributes.ts';
import { type AdmissionBinding, readParamKind } from './binding.ts';
import { listAt, type PolicyCode, readCode, readValidations, type Validation } from './code.ts';
import { compileExpression, type ExpressionScope, type NamedExpression } from './expression.ts';
import { kindsMatched, type MatchResources, mayConcern, readMatchResources } from './match-resources.ts';

/** What policies of both kinds have. */
export interface CommonPolicy {
  readonly name: string;
  readonly origin: Origin | undefined;
  readonly document: PolicyDocument;
  readonly match: MatchResources;
  readonly code: PolicyCode;
  readonly paramKind: GroupVersionKind | undefined;
  /** By name; without any the policy is not asked. */
  readonly bindings: readonly AdmissionBinding[];
}

export interface ValidatingPolicy extends CommonPolicy {
  readonly type: 'validating';
  readonly validations: readonly Validation[];
  readonly auditAnnotations: readonly NamedExpression[];
}

const ANNOTATION_KEY = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

/**
 * Compiles a ValidatingAdmissionPolicy; all faults are noted. Codes: ADMISSION_POLICY_INVALID, ADMISSION_EXPRESSION_INVALID.
 */
export function compileValidating(
  document: PolicyDocument,
  bindings: readonly AdmissionBinding[],
  diagnostics: Diagnostic[],
): ValidatingPolicy | undefined {
  const faults = faultList(document, 'ADMISSION_POLICY_INVALID', diagnostics);
  const { common, scope } = readCommon(document, bindings, faults);
  const validations = readValidations(document, ['spec', 'validations'], scope, faults);
  const auditAnnotations = readAuditAnnotations(document, ['spec', 'auditAnnotations'], scope, faults);
  if (listAt(document, ['spec', 'validations'], faults).length + auditAnnotations.length === 0)
    faults.add(['spec', 'validations'], 'validations or auditAnnotations must contain at least one item');
  return faults.count > 0 ? undefined : { type: 'validating', ...common, validations, auditAnnotations };
}

/** What both kinds of policies have, read. */
export function readCommon(
  document: PolicyDocument,
  bindings: readonly AdmissionBinding[],
  faults: FaultList,
): { common: CommonPolicy; scope: ExpressionScope } {
  const { object, origin } = document;
  if (nameOf(object) === '') faults.add(['metadata', 'name'], 'is required');
  const constraints = at(object, 'spec', 'matchConstraints');
  const match = readMatchResources(constraints, (path, message) =>
    faults.add(['spec', 'matchConstraints', ...path], message),
  );
  if (match.rules.length === 0) faults.add(['spec', 'matchConstraints', 'resourceRules'], 'is required');
  const paramKind = readParamKind(at(object, 'spec', 'paramKind'), faults);
  const places = { path: ['spec'], matchConditions: 'matchConditions' };
  const { code, scope } = readCode(document, places, { hasParams: paramKind !== undefined }, faults);
  return { common: { name: nameOf(object), origin, document, match, code, paramKind, bindings }, scope };
}

function readAuditAnnotations(
  document: PolicyDocument,
  path: FieldPath,
  scope: ExpressionScope,
  faults: FaultList,
): readonly NamedExpression[] {
  const found: NamedExpression[] = [];
  const keys = new Set<string>();
  for (const [i, entry] of listAt(document, path, faults).entries()) {
    const key = at(entry, 'key');
    const isKey = typeof key === 'string' && ANNOTATION_KEY.test(key);
    if (!isKey) faults.add([...path, i, 'key'], 'is required: a name of up to 63 letters, digits, -, _ and .');
    else if (keys.has(key)) faults.add([...path, i, 'key'], `${JSON.stringify(key)} is there already`);
    else keys.add(key);
    const own = [...path, i, 'valueExpression'];
    const withoutAuthorizer = { ...scope, hasAuthorizer: false };
    const expression = compileExpression(document, own, at(entry, 'valueExpression'), withoutAuthorizer, faults);
    if (isKey && expression !== undefined) found.push({ name: key, ...expression });
  }
  return found;
}

/** Says no when a policy certainly has no word about objects of a kind. */
export function policyConcerns(
  { match, bindings }: Pick<CommonPolicy, 'match' | 'bindings'>,
  group: string,
  kind: string,
  operation?: Operation,
): boolean {
  return (
    mayConcern(match, group, kind, operation) &&
    bindings.some((binding) => mayConcern(binding.match, group, kind, operation))
  );
}

/** Kinds that a policy is about, for people. */
export function policyKinds({ match }: Pick<CommonPolicy, 'match'>): readonly string[] {
  return kindsMatched(match);
}

/** Whether what a policy says depends on objects besides the one that it is asked about and the Namespace of that. */
export function policyReadsSurroundings({ bindings, paramKind }: CommonPolicy): boolean {
  return paramKind !== undefined && bindings.some(({ params }) => params !== undefined);
}
