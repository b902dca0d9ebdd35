import type { Diagnostic } from '@sekisho/base';
import { gvkOf, type KubeObject } from '@sekisho/kube';
import { isConstraint } from '../definitions/constraint.ts';
import { messageWithout, type Status, type StatusInput } from './entry.ts';

/** Gatekeeper names the pod that speaks; here one process does all of it. */
const ID = 'sekisho';
const OPERATIONS = [
  'audit',
  'generate',
  'mutation-controller',
  'mutation-status',
  'mutation-webhook',
  'status',
  'webhook',
];

/** Under which field a kind's entry keeps the uid of what it is about. */
const UID_FIELDS: Readonly<Record<string, string>> = {
  ConstraintTemplate: 'templateUID',
  ExpansionTemplate: 'templateUID',
  Config: 'configUID',
  Provider: 'providerUID',
  Connection: 'connectionUID',
};

/** Kinds of Gatekeeper whose status tells by pod how they were taken. */
export function isGatekeeperKind(object: KubeObject): boolean {
  return gvkOf(object).group.endsWith('.gatekeeper.sh');
}

/** @see Gatekeeper's documentation, "Constraint templates" and "Debugging" */
export function gatekeeperStatus({ object, faults }: StatusInput): Status {
  const { kind, group } = gvkOf(object);
  const { uid = '', generation = 1 } = object.metadata;
  const errors = faults.filter(({ severity }) => severity === 'error');
  const isMutator = group === 'mutations.gatekeeper.sh';
  const constraint = isConstraint(object);
  const uidField = constraint ? 'constraintUID' : isMutator ? 'mutatorUID' : (UID_FIELDS[kind] ?? 'uid');
  const entry = {
    id: ID,
    observedGeneration: generation,
    operations: OPERATIONS,
    [uidField]: uid,
    ...(constraint || isMutator ? { enforced: errors.length === 0 } : {}),
    ...(errors.length === 0 ? {} : { errors: isMutator ? errors.map(mutatorError) : errors.map(errorOf) }),
  };
  return { byPod: [entry], ...(kind === 'ConstraintTemplate' ? { created: errors.length === 0 } : {}) };
}

function errorOf(fault: Diagnostic) {
  const { code, origin } = fault;
  return {
    code: code === 'GATEKEEPER_TEMPLATE_REGO' ? 'rego_parse_error' : code.toLowerCase(),
    message: messageWithout(fault),
    ...(origin?.line === undefined ? {} : { location: `${origin.line}:${origin.column ?? 1}` }),
  };
}

function mutatorError(fault: Diagnostic) {
  return { type: fault.code, message: messageWithout(fault) };
}
