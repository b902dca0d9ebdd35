import type { KubeObject } from '@sekisho/kube';
import { mutateAdmission } from '../admission/mutate.ts';
import type { MutatingPolicy } from '../admission/mutating-policy.ts';
import { at } from '../gatekeeper/document.ts';
import type { ExternalData } from '../gatekeeper/external-data.ts';
import { type Mutators, mutateObject } from '../gatekeeper/mutation/index.ts';
import type { GatekeeperConfig } from '../gatekeeper/sync.ts';
import { subjectOf } from './subject.ts';
import type { GateContext, GateMutation, GateRequest } from './types.ts';

export interface MutationParts {
  readonly mutating: readonly MutatingPolicy[];
  readonly mutators: Mutators;
  readonly config: GatekeeperConfig;
  readonly externalData: ExternalData | undefined;
}

/** Mutating admission policies come before webhooks, as whose Gatekeeper's mutators come. */
export function mutateRequest(parts: MutationParts, request: GateRequest, context: GateContext): GateMutation {
  const object = request.object as KubeObject;
  const unchanged: GateMutation = { object, changedBy: [] };
  const { operation = 'CREATE' } = request;
  if (request.object === undefined || (operation !== 'CREATE' && operation !== 'UPDATE')) return unchanged;
  const byPolicies =
    parts.mutating.length === 0 ? unchanged : mutateAdmission({ policies: parts.mutating }, request, context);
  if (byPolicies.error !== undefined) return byPolicies;
  const byMutators = applyMutators(parts, { ...request, object: byPolicies.object }, context);
  if (byMutators.error !== undefined) return { object, changedBy: [], error: byMutators.error };
  const admissionIds = byPolicies.changedBy.map((name) => `admission/${name}`);
  const mutatorIds = byMutators.changedBy.map((id) => `gatekeeper/${id}`);
  if (admissionIds.length + mutatorIds.length === 0) return unchanged;
  return { object: byMutators.object, changedBy: [...admissionIds, ...mutatorIds] };
}

function applyMutators(
  { mutators, config, externalData }: MutationParts,
  request: GateRequest & { readonly object: KubeObject },
  context: GateContext,
): GateMutation {
  const { object, subResource, userInfo } = request;
  const unchanged: GateMutation = { object, changedBy: [] };
  if (mutators.mutators.length === 0 || (subResource !== undefined && subResource !== '')) return unchanged;
  const subject = subjectOf(request, context.surroundings);
  if (subject === undefined) return unchanged;
  const { ownNamespace } = subject;
  if (ownNamespace !== '' && config.isExcluded(ownNamespace, 'mutation-webhook')) return unchanged;
  const username = at(userInfo, 'username');
  return mutateObject(mutators, object, {
    namespace: subject.namespace,
    operation: subject.operation,
    externalData,
    ...(typeof username === 'string' ? { username } : {}),
  });
}
