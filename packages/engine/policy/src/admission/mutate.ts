import { messageOf, SekishoError } from '@sekisho/base';
import { CelFault, CelMap, CelMessage, type CelValue, toJson } from '@sekisho/cel';
import {
  applyJsonPatch,
  builtinSchema,
  deepEqual,
  type GroupVersionKind,
  gvkOf,
  type KubeObject,
  mergeConfiguration,
  type Schema,
} from '@sekisho/kube';
import { at } from '../gatekeeper/document.ts';
import type { GateRequest } from '../policy-set/types.ts';
import type { AdmissionBinding } from './binding.ts';
import type { AdmissionPolicies } from './compile.ts';
import { type AdmissionContext, type AdmissionInput, admissionInput } from './input.ts';
import { matchesResources } from './match-resources.ts';
import type { MutatingPolicy, Mutation } from './mutating-policy.ts';
import { findParams } from './params.ts';
import { PolicyRun } from './run.ts';

export interface MutateAdmissionContext extends AdmissionContext {
  /** Of kinds that are not Kubernetes' own: without one, lists can't be merged. */
  readonly schemaOf?: ((gvk: GroupVersionKind) => Schema | undefined) | undefined;
}

export interface AdmissionMutation {
  /** The same instance when nothing changed. */
  readonly object: KubeObject;
  /** Names of the policies that changed it. */
  readonly changedBy: readonly string[];
  /** Why it could not be mutated; the object is then the given one. */
  readonly error?: string;
}

/**
 * What mutating policies make of an object: each by name, then once more those that want to see what others after them did.
 * Nothing is defaulted or validated: that is the server's job.
 */
export function mutateAdmission(
  { policies }: Pick<AdmissionPolicies, 'policies'>,
  request: GateRequest,
  context: MutateAdmissionContext,
): AdmissionMutation {
  const { object } = request;
  if (object === undefined) throw new TypeError('only what is to be there can be mutated');
  const changedBy = new Set<string>();
  let current = object;
  const askAgain = new Set<MutatingPolicy>();
  const asked: MutatingPolicy[] = [];
  const ask = (policy: MutatingPolicy): void => {
    const outcome = applyPolicy(policy, { ...request, object: current }, context);
    if (outcome === undefined) return;
    if (!deepEqual(outcome, current)) {
      changedBy.add(policy.name);
      for (const before of asked) if (before !== policy) askAgain.add(before);
      current = outcome;
    }
    if (policy.isReinvoked) asked.push(policy);
  };
  try {
    for (const policy of policies) if (policy.type === 'mutating') ask(policy);
    for (const policy of [...askAgain]) ask(policy);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { object, changedBy: [], error: error.message };
  }
  return { object: changedBy.size === 0 ? object : current, changedBy: [...changedBy] };
}

/** A policy that can't be applied, and must be. */
class Refused extends Error {}

/** Undefined when the policy has nothing to do with the request. */
function applyPolicy(
  policy: MutatingPolicy,
  request: GateRequest & { readonly object: KubeObject },
  context: MutateAdmissionContext,
): KubeObject | undefined {
  const first = admissionInput(request, context);
  if (first === undefined) return undefined;
  const outcome = matchesResources(policy.match, first.attributes, first.namespaceOf);
  if (outcome === false) return undefined;
  let current: KubeObject | undefined;
  for (const binding of policy.bindings) {
    context.signal?.throwIfAborted();
    try {
      if (outcome !== true) throw new Fault(`failed to configure policy: ${outcome.error}`);
      const own = { ...request, object: current ?? request.object };
      current = applyBinding(policy, binding, own, context) ?? current;
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      if (policy.code.failurePolicy === 'Ignore') continue;
      throw new Refused(
        `MutatingAdmissionPolicy '${policy.name}' with binding '${binding.name}' denied request: ${error.message}`,
      );
    }
  }
  return current;
}

/** What a policy can't do, for the failure policy to decide about. */
class Fault extends Error {}

function applyBinding(
  policy: MutatingPolicy,
  binding: AdmissionBinding,
  request: GateRequest & { readonly object: KubeObject },
  context: MutateAdmissionContext,
): KubeObject | undefined {
  const input = admissionInput(request, context) as AdmissionInput;
  const { attributes } = input;
  const bound = matchesResources(binding.match, attributes, input.namespaceOf);
  if (bound === false) return undefined;
  const params =
    bound === true ? findParams(policy.paramKind, binding.params, attributes.namespace, context.surroundings) : bound;
  if ('error' in params) throw new Fault(`failed to configure binding: ${params.error}`);
  let current: KubeObject | undefined;
  for (const param of params) {
    const own = { ...request, object: current ?? request.object };
    current = applyMutations(policy, param, own, context) ?? current;
  }
  return current;
}

function applyMutations(
  policy: MutatingPolicy,
  param: KubeObject | undefined,
  request: GateRequest & { readonly object: KubeObject },
  context: MutateAdmissionContext,
): KubeObject | undefined {
  const runOf = (object: KubeObject, left?: number): PolicyRun => {
    const input = admissionInput({ ...request, object }, context) as AdmissionInput;
    const limits = left === undefined ? input.costLimits : { ...input.costLimits, policy: left };
    return new PolicyRun(policy.code, input.bindings(param), limits);
  };
  // Each mutation sees what those before it made; variables are computed anew.
  let run = runOf(request.object);
  const met = run.meets(policy.code);
  if (met === 'unmet') return undefined;
  if (met !== 'met') throw new Fault(met.fault);
  let { object } = request;
  for (const mutation of policy.mutations) {
    const outcome = run.evaluate(mutation);
    if (outcome.fault !== undefined)
      throw new Fault(`expression '${mutation.text.trim()}' resulted in error: ${outcome.fault}`);
    object = patch(mutation, object, outcome.value, context);
    run = runOf(object, run.left);
  }
  return object;
}

function patch(
  { patchType }: Mutation,
  object: KubeObject,
  value: CelValue,
  { schemaOf }: MutateAdmissionContext,
): KubeObject {
  const gvk = gvkOf(object);
  try {
    if (patchType === 'JSONPatch') return keepIdentity(object, applyJsonPatch(object, readPatch(value)));
    const configuration = readConfiguration(value);
    const schema = builtinSchema(gvk) ?? schemaOf?.(gvk);
    return keepIdentity(object, mergeConfiguration(schema, object, configuration));
  } catch (error) {
    if (error instanceof Fault || !(error instanceof SekishoError)) throw error;
    // A test that fails says that there is nothing to do.
    if (error.code === 'JSON_PATCH_FAILED' && error.details?.['op'] === 'test') return object;
    throw new Fault(`${patchType === 'JSONPatch' ? 'JSON Patch' : 'applying the configuration'}: ${messageOf(error)}`);
  }
}

/** A list of `JSONPatch` as RFC 6902 writes it. */
function readPatch(value: CelValue): readonly unknown[] {
  if (!Array.isArray(value)) throw new Fault('a JSONPatch expression must give a list of JSONPatch');
  return (value as readonly CelValue[]).map((entry) => {
    if (!(entry instanceof CelMessage) || entry.typeName !== 'JSONPatch')
      throw new Fault('a JSONPatch expression must give a list of JSONPatch');
    for (const key of ['op', 'path', 'from']) {
      const text = entry.get(key);
      if (text !== undefined && typeof text !== 'string') throw new Fault(`JSONPatch.${key} must be a string`);
    }
    const own = entry.get('value');
    // A value may be of any of the object's types, wherever that is.
    if (own !== undefined) checkTypes(own, undefined);
    return toJsonOrFault(entry);
  });
}

function readConfiguration(value: CelValue): unknown {
  if (!(value instanceof CelMessage) || value.typeName !== 'Object')
    throw new Fault('an ApplyConfiguration expression must give an Object');
  checkTypes(value, 'Object');
  return toJsonOrFault(value);
}

function toJsonOrFault(value: CelValue): unknown {
  try {
    return toJson(value);
  } catch (error) {
    if (error instanceof CelFault) throw new Fault(error.message);
    throw error;
  }
}

/** Each value stands at the field that its type is named after. */
function checkTypes(value: CelValue, expected: string | undefined): void {
  if (Array.isArray(value)) {
    for (const element of value as readonly CelValue[]) checkTypes(element, expected);
    return;
  }
  if (!(value instanceof CelMap)) return;
  const isMessage = value instanceof CelMessage;
  if (isMessage && expected !== undefined && value.typeName !== expected)
    throw new Fault(
      `unexpected type name "${value.typeName}", expected "${expected}", which matches field name path from root Object type`,
    );
  const own = isMessage ? value.typeName : expected;
  for (const key of value.keys()) {
    const inner = typeof key === 'string' ? value.get(key) : undefined;
    if (inner !== undefined) checkTypes(inner, own === undefined ? undefined : `${own}.${String(key)}`);
  }
}

/** An object that became another would pass by everything that was asked about it before. */
function keepIdentity(before: KubeObject, after: unknown): KubeObject {
  const fields = [['apiVersion'], ['kind'], ['metadata', 'name'], ['metadata', 'namespace']];
  const changed = fields.filter((path) => at(after, ...path) !== at(before, ...path));
  if (changed.length > 0) throw new Fault(`may not change ${changed.map((path) => path.join('.')).join(', ')}`);
  return after as KubeObject;
}
