import { randomUUID } from 'node:crypto';
import { isSekishoError, type Logger, messageOf } from '@sekisho/base';
import { applyJsonPatch, type KubeObject } from '@sekisho/kube';
import type { AdmissionRequest } from '../admission/plugin.ts';
import { collectionId, type Registry } from '../api/registry.ts';
import type { ServedResource } from '../api/served-resource.ts';
import { badRequest, forbidden, internal, type StatusDetails, StatusError } from '../api/status-error.ts';
import { isRecord } from '../api/write/decode.ts';
import type { Storage } from '../storage/storage.ts';
import { readAnswer, type WebhookAnswer } from './answer.ts';
import { createWebhookCaller, type ResolveService, WebhookFailure } from './call.ts';
import { conditionsHold } from './conditions.ts';
import { followConfigurations, type ServiceReference } from './configuration.ts';
import { type Match, matchesSelectors, matchRules, type Target } from './match.ts';

/** What of a request does not change while it is reviewed. */
export interface WebhookTarget extends Target {
  /** The request's object is of another kind than the resource: Scale, Eviction. It has no other versions. */
  readonly isView: boolean;
}

export interface MatchingWebhooks {
  readonly mutating: readonly Match[];
  readonly validating: readonly Match[];
}

export interface WebhookOutcome {
  readonly object: KubeObject | undefined;
  readonly warnings: readonly string[];
}

/** The webhooks that objects of the cluster name. */
export interface Webhooks {
  /** Those with a rule for such requests; undefined when there is none: the usual case, and quick. */
  matching(target: WebhookTarget): MatchingWebhooks | undefined;
  /** Asks one; the object as it wants it. @throws StatusError when it says no, or gives no answer and counts */
  mutate(match: Match, target: WebhookTarget, request: AdmissionRequest, signal: AbortSignal): Promise<WebhookOutcome>;
  /** Asks all at once; the first refusal in their order counts. Gives their warnings. @throws StatusError */
  validate(
    matches: readonly Match[],
    target: WebhookTarget,
    request: AdmissionRequest,
    signal: AbortSignal,
  ): Promise<readonly string[]>;
  close(): void;
}

export interface WebhooksOptions {
  readonly storage: Storage;
  readonly registry: Registry;
  readonly logger: Logger;
  /** Asked before Services of type ExternalName. */
  readonly resolveService?: ResolveService;
}

export function createWebhooks(options: WebhooksOptions): Webhooks {
  const { storage, registry, logger } = options;
  const configurations = followConfigurations(storage);
  const caller = createWebhookCaller((service) => options.resolveService?.(service) ?? externalName(storage, service));
  const namespaces = storage.collection(collectionId('', 'namespaces'));
  const namespaceOf = (name: string): KubeObject | undefined => namespaces.head(name)?.object;
  let known = new Map<string, MatchingWebhooks | undefined>();
  let knownFor = '';

  const ask = async (
    { webhook, resource }: Match,
    target: WebhookTarget,
    request: AdmissionRequest,
    signal: AbortSignal,
    mutating: boolean,
  ): Promise<WebhookAnswer | undefined> => {
    if (!matchesSelectors(webhook, request, namespaceOf)) return undefined;
    const shown = asKnownTo(request, target, resource);
    const holds = await conditionsHold(webhook, shown);
    if (typeof holds === 'object') {
      if (webhook.ignoresFailure) return undefined;
      logger.warn(
        { webhook: webhook.name, error: holds.error },
        'match conditions of a webhook failed: the write is refused',
      );
      throw forbidden(target.resource.info, request.name, holds.error);
    }
    if (!holds) return undefined;
    if (request.dryRun && !webhook.allowsDryRun)
      throw badRequest(`admission webhook "${webhook.name}" does not support dry run`);
    try {
      const version = webhook.reviewVersion;
      if (version === undefined) throw new WebhookFailure('it knows neither v1 nor v1beta1 of AdmissionReview');
      const apiVersion = `admission.k8s.io/${version}`;
      const review = { kind: 'AdmissionReview', apiVersion, request: reviewRequest(shown, request) };
      const answer = readAnswer(await caller.call(webhook, review, signal), { uid: shown.uid, apiVersion, mutating });
      if (Object.keys(answer.auditAnnotations).length > 0)
        logger.debug({ webhook: webhook.name, annotations: answer.auditAnnotations }, 'a webhook annotates a request');
      return answer;
    } catch (error) {
      if (!(error instanceof WebhookFailure)) throw error;
      if (signal.aborted) throw internal(`${error.message}: the request ended meanwhile`);
      const { name, ignoresFailure } = webhook;
      logger.warn({ webhook: name, error: error.message, ignored: ignoresFailure }, 'a webhook could not be asked');
      if (ignoresFailure) return undefined;
      throw internal(`failed calling webhook "${name}": ${error.message}`);
    }
  };

  return {
    matching: (target) => {
      const { validating, mutating, generation } = configurations;
      if (validating.length === 0 && mutating.length === 0) return undefined;
      const current = `${generation} ${registry.generation}`;
      if (knownFor !== current) {
        known = new Map();
        knownFor = current;
      }
      const { info } = target.resource;
      const key = `${info.group}/${info.version}/${info.resource}/${target.subresource}/${target.operation}`;
      if (known.has(key)) return known.get(key);
      const matches = {
        mutating: matchRules(registry, mutating, target),
        validating: matchRules(registry, validating, target),
      };
      const found = matches.mutating.length + matches.validating.length === 0 ? undefined : matches;
      known.set(key, found);
      return found;
    },
    mutate: async (match, target, request, signal) => {
      const answer = await ask(match, target, request, signal, true);
      if (answer === undefined) return { object: request.object, warnings: [] };
      const { name } = match.webhook;
      if (!answer.allowed) throw denial(name, answer);
      if (answer.patch === undefined) return { object: request.object, warnings: answer.warnings };
      if (request.object === undefined) {
        throw internal(
          `admission webhook "${name}" attempted to modify the object, which is not supported for this operation`,
        );
      }
      return { object: patched(match, target, request.object, answer.patch), warnings: answer.warnings };
    },
    validate: async (matches, target, request, signal) => {
      const answers = await Promise.allSettled(
        matches.map(async (match) => {
          const answer = await ask(match, target, request, signal, false);
          if (answer?.allowed === false) throw denial(match.webhook.name, answer);
          return answer?.warnings ?? [];
        }),
      );
      for (const answer of answers) if (answer.status === 'rejected') throw answer.reason;
      return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    },
    close: () => {
      configurations.close();
      caller.close();
    },
  };
}

/** A Service of type ExternalName names a host that can be reached; behind others are simulated pods. */
function externalName(storage: Storage, { namespace, name, port }: ServiceReference): string | undefined {
  const spec = storage.collection(collectionId('', 'services')).head(`${namespace}/${name}`)?.object['spec'] as
    | { type?: string; externalName?: string }
    | undefined;
  return spec?.type === 'ExternalName' ? `https://${spec.externalName ?? ''}:${port}` : undefined;
}

/** The request in the version that a webhook's rule names, with a uid of its own. */
function asKnownTo(request: AdmissionRequest, target: WebhookTarget, resource: ServedResource): AdmissionRequest {
  if (resource === target.resource) return { ...request, uid: randomUUID() };
  const { group, version, kind, resource: plural } = resource.info;
  const converted = (object: KubeObject): KubeObject =>
    target.isView ? object : resource.fromStorage(target.resource.toStorage(object));
  return {
    ...request,
    uid: randomUUID(),
    resource: { group, version, resource: plural },
    ...(target.isView ? {} : { kind: { group, version, kind } }),
    ...(request.object === undefined ? {} : { object: converted(request.object) }),
    ...(request.oldObject === undefined ? {} : { oldObject: converted(request.oldObject) }),
  };
}

function reviewRequest(shown: AdmissionRequest, original: AdmissionRequest): Record<string, unknown> {
  const { object = null, oldObject = null, options = null, ...rest } = shown;
  return {
    ...rest,
    requestKind: original.kind,
    requestResource: original.resource,
    ...(original.subResource === undefined ? {} : { requestSubResource: original.subResource }),
    object,
    oldObject,
    options,
  };
}

function patched({ webhook, resource }: Match, target: WebhookTarget, object: KubeObject, patch: unknown): KubeObject {
  const other = resource !== target.resource && !target.isView;
  const shown = other ? resource.fromStorage(target.resource.toStorage(object)) : object;
  let result: unknown;
  try {
    result = applyJsonPatch(shown, patch);
  } catch (error) {
    if (!isSekishoError(error)) throw error;
    throw internal(`the patch of admission webhook "${webhook.name}" can't be applied: ${messageOf(error)}`);
  }
  if (result === shown) return object;
  const next = result as Partial<KubeObject> | null;
  if (typeof next !== 'object' || next === null || next.apiVersion !== shown.apiVersion || next.kind !== shown.kind) {
    throw internal(`the patch of admission webhook "${webhook.name}" leaves no ${shown.kind} of ${shown.apiVersion}`);
  }
  if (typeof next.metadata !== 'object' || next.metadata === null || Array.isArray(next.metadata)) {
    throw internal(`the patch of admission webhook "${webhook.name}" leaves an object without metadata`);
  }
  return other ? target.resource.fromStorage(resource.toStorage(next as KubeObject)) : (next as KubeObject);
}

/** A refusal is never a success, whatever it says: its code is at least 400. */
function denial(name: string, { status = {} }: WebhookAnswer): StatusError {
  const message = textOf(status['message']);
  const reason = textOf(status['reason']);
  const code =
    typeof status['code'] === 'number' && status['code'] >= 400 && status['code'] <= 599 ? status['code'] : 400;
  const denied = `admission webhook "${name}" denied the request`;
  const why = message !== '' ? `: ${message}` : reason !== '' ? `: ${reason}` : ' without explanation';
  return new StatusError(code, reason, denied + why, detailsOf(status['details']));
}

/** What a stranger says of the refusal; the time to wait becomes a header, so it must be a number. */
function detailsOf(value: unknown): StatusDetails | undefined {
  if (!isRecord(value)) return undefined;
  const { retryAfterSeconds, ...details } = value;
  return Number.isInteger(retryAfterSeconds) ? { ...details, retryAfterSeconds: retryAfterSeconds as number } : details;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
