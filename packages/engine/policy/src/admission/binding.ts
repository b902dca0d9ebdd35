import type { Origin } from '@sekisho/base';
import { messageOf } from '@sekisho/base';
import {
  type GroupVersionKind,
  type LabelSelector,
  labelSelectorOf,
  parseApiVersion,
  type Requirement,
} from '@sekisho/kube';
import { at, type FaultList, isRecord, isTexts, nameOf, type PolicyDocument } from '../gatekeeper/document.ts';
import { type MatchResources, readMatchResources } from './match-resources.ts';

export type ValidationAction = 'Deny' | 'Warn' | 'Audit';

/** A policy put to use. */
export interface AdmissionBinding {
  readonly name: string;
  readonly origin: Origin | undefined;
  readonly document: PolicyDocument;
  readonly policyName: string;
  readonly match: MatchResources;
  readonly params: ParamRef | undefined;
  /** Empty for mutating policies. */
  readonly actions: readonly ValidationAction[];
}

/** Which objects are the parameters. */
export interface ParamRef {
  readonly name: string | undefined;
  /** Empty: all. */
  readonly selector: readonly Requirement[];
  /** Undefined: of parameters in namespaces, the one of the object. */
  readonly namespace: string | undefined;
  readonly ifNotFound: 'Allow' | 'Deny';
}

/** Reads a binding of either kind; all faults are noted. */
export function readBinding(
  document: PolicyDocument,
  isValidating: boolean,
  faults: FaultList,
): AdmissionBinding | undefined {
  const { object, origin } = document;
  if (nameOf(object) === '') faults.add(['metadata', 'name'], 'is required');
  const policyName = at(object, 'spec', 'policyName');
  if (typeof policyName !== 'string' || policyName === '') faults.add(['spec', 'policyName'], 'is required');
  const match = readMatchResources(at(object, 'spec', 'matchResources'), (path, message) =>
    faults.add(['spec', 'matchResources', ...path], message),
  );
  const params = readParamRef(at(object, 'spec', 'paramRef'), faults);
  const actions = isValidating ? readActions(at(object, 'spec', 'validationActions'), faults) : [];
  if (faults.count > 0) return undefined;
  return { name: nameOf(object), origin, document, policyName: policyName as string, match, params, actions };
}

const ACTIONS: readonly string[] = ['Deny', 'Warn', 'Audit'] satisfies ValidationAction[];

function readActions(value: unknown, faults: FaultList): readonly ValidationAction[] {
  const path = ['spec', 'validationActions'];
  if (!isTexts(value) || value.length === 0) {
    faults.add(path, 'is required: some of Deny, Warn, Audit');
    return [];
  }
  value.forEach((action, i) => {
    if (!ACTIONS.includes(action))
      faults.add([...path, i], `must be Deny, Warn or Audit, not ${JSON.stringify(action)}`);
    if (value.indexOf(action) < i) faults.add([...path, i], `${action} is there already`);
  });
  if (value.includes('Deny') && value.includes('Warn'))
    faults.add(path, 'must not contain both Deny and Warn: they would say the same twice');
  return value as readonly ValidationAction[];
}

function readParamRef(value: unknown, faults: FaultList): ParamRef | undefined {
  if (value === undefined || value === null) return undefined;
  const path = ['spec', 'paramRef'];
  if (!isRecord(value)) {
    faults.add(path, 'must be an object');
    return undefined;
  }
  const { name, selector, namespace, parameterNotFoundAction } = value;
  for (const [field, text] of Object.entries({ name, namespace })) {
    if (text !== undefined && text !== null && typeof text !== 'string') faults.add([...path, field], 'must be a text');
  }
  const hasName = typeof name === 'string' && name !== '';
  const hasSelector = selector !== undefined && selector !== null;
  if (hasName && hasSelector) faults.add(path, 'name and selector are mutually exclusive');
  if (!hasName && !hasSelector) faults.add(path, 'one of name or selector must be specified');
  if (parameterNotFoundAction !== 'Allow' && parameterNotFoundAction !== 'Deny')
    faults.add([...path, 'parameterNotFoundAction'], 'is required: Allow or Deny');
  let requirements: readonly Requirement[] = [];
  if (hasSelector) {
    try {
      requirements = labelSelectorOf(selector as LabelSelector);
    } catch (error) {
      faults.add([...path, 'selector'], messageOf(error));
    }
  }
  return {
    name: hasName ? name : undefined,
    selector: requirements,
    namespace: typeof namespace === 'string' && namespace !== '' ? namespace : undefined,
    ifNotFound: parameterNotFoundAction === 'Allow' ? 'Allow' : 'Deny',
  };
}

/** Reads `paramKind`; undefined when the policy has no parameters. */
export function readParamKind(value: unknown, faults: FaultList): GroupVersionKind | undefined {
  if (value === undefined || value === null) return undefined;
  const path = ['spec', 'paramKind'];
  const apiVersion = at(value, 'apiVersion');
  const kind = at(value, 'kind');
  if (typeof apiVersion !== 'string' || apiVersion === '') faults.add([...path, 'apiVersion'], 'is required');
  if (typeof kind !== 'string' || kind === '') faults.add([...path, 'kind'], 'is required');
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return undefined;
  return { ...parseApiVersion(apiVersion), kind };
}
