import { type CelValue, compileCel, fromJson, type JsonPath } from '@sekisho/cel';
import type { KubeObject } from '@sekisho/kube';
import type { GivenRequest, Operation } from '../admission/attributes.ts';
import { blamedPaths } from '../admission/blame.ts';
import { type PolicyCode, readCode, readValidations, type Validation, variablesByName } from '../admission/code.ts';
import type { NamedExpression } from '../admission/expression.ts';
import { type AdmissionInput, admissionInput } from '../admission/input.ts';
import { PolicyRun } from '../admission/run.ts';
import { evaluateValidations, type Finding } from '../admission/validate.ts';
import { at, type FaultList, type FieldPath, isRecord, type PolicyDocument } from './document.ts';

/** The engine's name in `code`. */
export const CEL_ENGINE = 'K8sNativeValidation';

/** A target written in CEL: what a ValidatingAdmissionPolicy says, with two more variables. */
export interface TemplateCel {
  readonly code: PolicyCode;
  readonly validations: readonly Validation[];
}

/** What Gatekeeper adds to `variables`. */
const GIVEN: readonly NamedExpression[] = [
  given('anyObject', 'has(request.operation) && request.operation == "DELETE" && object == null ? oldObject : object'),
  given('params', '!has(params.spec) ? null : !has(params.spec.parameters) ? null : params.spec.parameters'),
];

function given(name: string, text: string): NamedExpression {
  const { program, diagnostics } = compileCel(text, { variables: ['object', 'oldObject', 'request', 'params'] });
  if (program === undefined) throw new Error(`${name}: ${diagnostics.map(({ message }) => message).join('; ')}`);
  return { name, text, program };
}

const RESERVED_PREFIX = 'gatekeeper_internal_';

/** Reads the `source` of an entry of `code`; all faults are noted, those of expressions as GATEKEEPER_TEMPLATE_CEL. */
export function readTemplateCel(document: PolicyDocument, path: FieldPath, faults: FaultList): TemplateCel {
  const options = {
    hasParams: true,
    hasAuthorizer: false,
    faultCode: 'GATEKEEPER_TEMPLATE_CEL',
    given: GIVEN.map(({ name }) => name),
    reservedPrefix: RESERVED_PREFIX,
  };
  const { code, scope } = readCode(document, { path, matchConditions: 'matchCondition' }, options, faults);
  const validations = readValidations(document, [...path, 'validations'], scope, faults);
  if (validations.length === 0) faults.add([...path, 'validations'], 'must contain at least one item');
  return { code: { ...code, ...variablesByName([...GIVEN, ...code.variables.values()]) }, validations };
}

export interface CelReview {
  /** As in an AdmissionRequest. */
  readonly request: Readonly<Record<string, unknown>>;
  readonly namespace?: KubeObject | undefined;
}

/** Asks a template by one of its constraints. Without parameters they are null, not empty: as in Gatekeeper. */
export function askTemplateCel(
  { code, validations }: TemplateCel,
  constraint: CelValue,
  input: AdmissionInput | undefined,
): readonly Finding[] {
  if (input === undefined) return [];
  const bindings = input.bindings(undefined);
  bindings['params'] = constraint;
  const run = new PolicyRun(code, bindings, input.costLimits);
  return evaluateValidations(code, validations, run) ?? [];
}

/** The fields of the object that a violation is about, see {@link blamedPaths}. */
export function celViolationPaths(
  { code }: TemplateCel,
  constraint: CelValue,
  input: AdmissionInput | undefined,
  validation: Validation,
): readonly JsonPath[] {
  const object = input?.attributes.object;
  if (input === undefined || object === undefined) return [];
  const bindingsOf = (value: CelValue): Record<string, CelValue> => {
    const bindings = input.bindings(undefined);
    bindings['params'] = constraint;
    bindings['object'] = value;
    return bindings;
  };
  return blamedPaths(code, validation, object, bindingsOf, input.costLimits);
}

/** The constraint as its template sees it, in `params`. */
export function celConstraint(object: KubeObject, parameters: unknown): CelValue {
  if (at(object, 'spec', 'parameters') === undefined) return fromJson(object);
  return fromJson({ ...object, spec: { ...(object['spec'] as object), parameters } });
}

/** A review, made ready once for all templates that are asked about it; undefined when it has no object. */
export function celInput({ request, namespace }: CelReview): AdmissionInput | undefined {
  return admissionInput(givenRequest(request), { surroundings: { namespace: () => namespace, list: () => [] } });
}

const OPERATIONS: readonly unknown[] = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'];

function givenRequest(request: CelReview['request']): GivenRequest {
  const { object, oldObject, operation, subResource, resource, userInfo, dryRun } = request;
  return {
    object: isRecord(object) ? (object as KubeObject) : undefined,
    oldObject: isRecord(oldObject) ? (oldObject as KubeObject) : undefined,
    operation: OPERATIONS.includes(operation) ? (operation as Operation) : undefined,
    subResource: typeof subResource === 'string' ? subResource : undefined,
    resource: isRecord(resource) ? (resource as unknown as GivenRequest['resource']) : undefined,
    userInfo: isRecord(userInfo) ? userInfo : undefined,
    dryRun: typeof dryRun === 'boolean' ? dryRun : undefined,
  };
}
