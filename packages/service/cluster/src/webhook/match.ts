import { type KubeObject, matchesLabels, type Requirement } from '@sekisho/kube';
import type { AdmissionRequest } from '../admission/plugin.ts';
import type { Registry } from '../api/registry.ts';
import type { ServedResource } from '../api/served-resource.ts';
import type { Webhook, WebhookRule } from './configuration.ts';

/** A webhook that has a rule for a request, and the resource by which its rule knows it. */
export interface Match {
  readonly webhook: Webhook;
  /** The request's own, or another version of the same objects (`matchPolicy: Equivalent`). */
  readonly resource: ServedResource;
}

export interface Target {
  readonly resource: ServedResource;
  /** Empty for the resource itself. */
  readonly subresource: string;
  readonly operation: AdmissionRequest['operation'];
}

/** Objects of these are never sent: whoever writes a webhook that says no to everything must be able to take it back. */
const NEVER = new Set([
  'validatingwebhookconfigurations',
  'mutatingwebhookconfigurations',
  'validatingadmissionpolicies',
  'validatingadmissionpolicybindings',
  'mutatingadmissionpolicies',
  'mutatingadmissionpolicybindings',
]);

/** Whether objects of a resource are webhook configurations. */
export function isConfiguration({ info }: ServedResource): boolean {
  return info.group === 'admissionregistration.k8s.io' && info.resource.endsWith('webhookconfigurations');
}

/** Webhooks whose rules name such requests, whatever object they are about. */
export function matchRules(registry: Registry, webhooks: readonly Webhook[], target: Target): readonly Match[] {
  const { info } = target.resource;
  if (info.group === 'admissionregistration.k8s.io' && NEVER.has(info.resource)) return [];
  let equivalents: readonly ServedResource[] | undefined;
  const matches: Match[] = [];
  for (const webhook of webhooks) {
    const names = (resource: ServedResource): boolean =>
      webhook.rules.some((rule) => holds(rule, { ...target, resource }));
    if (names(target.resource)) matches.push({ webhook, resource: target.resource });
    else if (!webhook.exact) {
      equivalents ??= equivalentsOf(registry, target.resource);
      const resource = equivalents.find(names);
      if (resource !== undefined) matches.push({ webhook, resource });
    }
  }
  return matches;
}

/** What else serves the same objects. */
function equivalentsOf(registry: Registry, resource: ServedResource): readonly ServedResource[] {
  return registry
    .all()
    .filter(
      (other) =>
        other !== resource && other.collection === resource.collection && other.custom?.unavailable === undefined,
    );
}

function holds(rule: WebhookRule, { resource, subresource, operation }: Target): boolean {
  const { info } = resource;
  return (
    includes(rule.operations, operation) &&
    includes(rule.apiGroups, info.group) &&
    includes(rule.apiVersions, info.version) &&
    (rule.scope === '*' || rule.scope === (info.namespaced ? 'Namespaced' : 'Cluster')) &&
    rule.resources.some(
      (wanted) =>
        (wanted.resource === '*' || wanted.resource === info.resource) &&
        (wanted.subresource === '*' || wanted.subresource === subresource),
    )
  );
}

function includes(wanted: readonly string[], value: string): boolean {
  return wanted.includes('*') || wanted.includes(value);
}

/** Whether the selectors of a webhook select what a request is about. */
export function matchesSelectors(
  webhook: Webhook,
  request: AdmissionRequest,
  namespaceOf: (name: string) => KubeObject | undefined,
): boolean {
  return (
    matchesNamespace(webhook.namespaceSelector, request, namespaceOf) &&
    (webhook.objectSelector.length === 0 ||
      isSelected(webhook.objectSelector, request.object) ||
      isSelected(webhook.objectSelector, request.oldObject))
  );
}

function isSelected(selector: readonly Requirement[], object: KubeObject | undefined): boolean {
  return object !== undefined && matchesLabels(selector, object.metadata?.labels);
}

/** Cluster-scoped objects are never left out by a selector of namespaces; namespaces by their own labels. */
function matchesNamespace(
  selector: readonly Requirement[],
  request: AdmissionRequest,
  namespaceOf: (name: string) => KubeObject | undefined,
): boolean {
  if (selector.length === 0 || request.namespace === undefined) return true;
  const { group, resource } = request.resource;
  const isNamespace = group === '' && resource === 'namespaces';
  const written = isNamespace && (request.subResource ?? '') === '' ? request.object : undefined;
  return matchesLabels(selector, (written ?? namespaceOf(request.namespace))?.metadata.labels);
}
