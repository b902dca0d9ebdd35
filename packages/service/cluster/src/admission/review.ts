import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { type KubeObject, parseApiVersion } from '@sekisho/kube';
import { type Call, SERVER_IDENTITY } from '../api/call.ts';
import { qualified, StatusError } from '../api/status-error.ts';
import { refuseInvalid } from '../api/write/decode.ts';
import { conditionFaults } from '../webhook/conditions.ts';
import { isConfiguration, type Match } from '../webhook/match.ts';
import type { Webhooks, WebhookTarget } from '../webhook/webhooks.ts';
import type { AdmissionPlugin, AdmissionRequest } from './plugin.ts';

/** A write that somebody outside of the server's own rules has a word about: it has to wait for them. */
export interface Review {
  readonly mutates: boolean;
  readonly validates: boolean;
  /** The object as mutators want it, in the same version; the same instance when nothing changed. */
  mutate(subject: ReviewSubject): Promise<KubeObject>;
  /** @throws StatusError when one says no, or gives no answer and counts */
  validate(subject: ReviewSubject): Promise<void>;
}

/** The two states that a review is about. */
export interface ReviewSubject {
  /** Of the object; empty while it is to be generated. */
  readonly name: string;
  readonly object?: KubeObject;
  readonly oldObject?: KubeObject;
}

/** What a review is told of the request besides the objects. */
export interface ReviewDetails {
  readonly operation: AdmissionRequest['operation'];
  readonly dryRun: boolean;
  /** Where the object of the request is not of the resource's kind: Scale, Eviction, Binding. */
  readonly kind?: { readonly apiVersion: string; readonly kind: string };
  /** When it is not the call's. */
  readonly subresource?: string;
  /** Made only when somebody is asked. */
  readonly options?: () => Readonly<Record<string, unknown>>;
}

/** Asks others about writes: the plugin of this process, then webhooks. */
export interface Reviews {
  /** Undefined when nobody has a word about such writes. */
  of(call: Call, details: ReviewDetails): Review | undefined;
  setPlugin(plugin: AdmissionPlugin | undefined): void;
  /** Ends what is being asked. */
  close(): void;
}

export function createReviews(webhooks: Webhooks): Reviews {
  let plugin: AdmissionPlugin | undefined;
  const closing = new AbortController();
  // One listener for each write that waits.
  setMaxListeners(0, closing.signal);
  return {
    setPlugin: (next) => {
      plugin = next;
    },
    of: (call, details) => {
      if (isConfiguration(call.resource)) return details.operation === 'DELETE' ? undefined : configurationReview(call);
      const hooks = isOwnWrite(call) ? undefined : webhooks.matching(targetOf(call, details));
      if (plugin === undefined && hooks === undefined) return undefined;
      const mutator = concerned(plugin, call, details, true);
      const validator = concerned(plugin, call, details, false);
      const mutates = mutator !== undefined || (hooks?.mutating.length ?? 0) > 0;
      const validates = validator !== undefined || (hooks?.validating.length ?? 0) > 0;
      if (!mutates && !validates) return undefined;
      const { signal } = call.request;
      return createReview({
        call,
        details,
        mutator,
        validator,
        webhooks,
        mutating: hooks?.mutating ?? [],
        validating: hooks?.validating ?? [],
        signal: signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal]),
      });
    },
    close: () => {
      closing.abort();
      webhooks.close();
    },
  };
}

/** Conditions of CRDs and the first namespaces: a webhook that does not answer must not keep the server from starting. */
function isOwnWrite({ identity }: Call): boolean {
  return identity === SERVER_IDENTITY;
}

function concerned(
  plugin: AdmissionPlugin | undefined,
  call: Call,
  details: ReviewDetails,
  mutating: boolean,
): AdmissionPlugin | undefined {
  if (plugin === undefined) return undefined;
  const { group, kind } = kindOf(call, details);
  const subresource = details.subresource ?? call.subresource;
  const { operation } = details;
  const question = { group, kind, operation, mutating, ...(subresource === undefined ? {} : { subresource }) };
  return plugin.concerns(question) ? plugin : undefined;
}

/** Nobody but the server has a word about webhook configurations: whoever locked everybody out can take it back. */
function configurationReview(call: Call): Review {
  return {
    mutates: false,
    validates: true,
    mutate: async ({ object }) => object as KubeObject,
    validate: async ({ name, object }) => {
      if (object !== undefined) refuseInvalid(call.resource, name, await conditionFaults(object));
    },
  };
}

interface ReviewParts {
  readonly call: Call;
  readonly details: ReviewDetails;
  readonly mutator: AdmissionPlugin | undefined;
  readonly validator: AdmissionPlugin | undefined;
  readonly webhooks: Webhooks;
  readonly mutating: readonly Match[];
  readonly validating: readonly Match[];
  readonly signal: AbortSignal;
}

function createReview(parts: ReviewParts): Review {
  const { call, details, mutator, validator, webhooks, mutating, validating, signal } = parts;
  const target = targetOf(call, details);
  return {
    mutates: mutator !== undefined || mutating.length > 0,
    validates: validator !== undefined || validating.length > 0,
    mutate: (subject) => runMutators(parts, subject),
    validate: async (subject) => {
      const request = requestOf(call, details, subject);
      if (validator !== undefined) {
        const answer = await answered(call, signal, validator.validate(request, signal));
        for (const warning of answer.warnings) warn(call, warning);
        if (!answer.allowed) throw refusal(call, subject.name, answer);
      }
      if (validating.length === 0) return;
      for (const warning of await webhooks.validate(validating, target, request, signal)) warn(call, warning);
    },
  };
}

/**
 * The plugin, then webhooks in their order. When these change what it made, the plugin sees the object again; a webhook
 * with `reinvocationPolicy: IfNeeded` does once more when somebody changed the object after it.
 */
async function runMutators(parts: ReviewParts, subject: ReviewSubject): Promise<KubeObject> {
  const { call, details, mutator, webhooks, mutating, signal } = parts;
  const target = targetOf(call, details);
  let { object } = subject;
  const askPlugin = async (): Promise<void> => {
    if (mutator === undefined || object === undefined) return;
    const request = requestOf(call, details, { ...subject, object });
    object = (await answered(call, signal, mutator.mutate(request, signal))).object;
  };
  const askWebhook = async (match: Match): Promise<boolean> => {
    const before = object;
    const request = requestOf(call, details, object === undefined ? subject : { ...subject, object });
    const outcome = await webhooks.mutate(match, target, request, signal);
    for (const warning of outcome.warnings) warn(call, warning);
    object = outcome.object;
    return object !== before;
  };

  await askPlugin();
  const again = new Set<Match>();
  const asked: Match[] = [];
  const noteChange = (by: Match | undefined): void => {
    for (const match of asked) if (match !== by && match.webhook.isReinvoked) again.add(match);
  };
  let changed = false;
  for (const match of mutating) {
    if (await askWebhook(match)) {
      changed = true;
      noteChange(match);
    }
    asked.push(match);
  }
  if (changed) {
    const before = object;
    await askPlugin();
    if (object !== before) noteChange(undefined);
  }
  for (const match of mutating) if (again.has(match)) await askWebhook(match);
  return object as KubeObject;
}

function targetOf(call: Call, details: ReviewDetails): WebhookTarget {
  return {
    resource: call.resource,
    subresource: details.subresource ?? call.subresource ?? '',
    operation: details.operation,
    isView: details.kind !== undefined,
  };
}

function kindOf(call: Call, { kind: other }: ReviewDetails): AdmissionRequest['kind'] {
  const { group, version, kind } = call.resource.info;
  return other === undefined ? { group, version, kind } : { ...parseApiVersion(other.apiVersion), kind: other.kind };
}

function requestOf(call: Call, details: ReviewDetails, subject: ReviewSubject): AdmissionRequest {
  const { group, version, resource, namespaced } = call.resource.info;
  const { name, object, oldObject } = subject;
  const subresource = details.subresource ?? call.subresource;
  // A namespace is in itself, as upstream has it.
  const namespace = namespaced ? call.namespace : group === '' && resource === 'namespaces' ? name : undefined;
  return {
    uid: randomUUID(),
    kind: kindOf(call, details),
    resource: { group, version, resource },
    ...(subresource === undefined ? {} : { subResource: subresource }),
    name,
    ...(namespace === undefined ? {} : { namespace }),
    operation: details.operation,
    userInfo: { username: call.identity.user, groups: call.identity.groups },
    ...(object === undefined ? {} : { object }),
    ...(oldObject === undefined ? {} : { oldObject }),
    dryRun: details.dryRun,
    ...(details.options === undefined ? {} : { options: details.options() }),
  };
}

/** Bounds of what warnings may take of an answer's headers, and of one of them when they are long together. */
const MAX_WARNINGS_CHARS = 4096;
const MAX_LONG_WARNING_CHARS = 256;

/** A warning reaches the client once, also when a write had to be tried again. */
function warn({ warnings }: Call, text: string): void {
  const used = warnings.reduce((sum, warning) => sum + warning.length, 0);
  const shown = used + text.length > MAX_WARNINGS_CHARS ? text.slice(0, MAX_LONG_WARNING_CHARS) : text;
  if (used + shown.length <= 2 * MAX_WARNINGS_CHARS && !warnings.includes(shown)) warnings.push(shown);
}

/** Whoever has gone, or a server that closes, waits no longer, whether the plugin heeds that or not. */
async function answered<T>(call: Call, signal: AbortSignal, answer: Promise<T>): Promise<T> {
  try {
    return await untilAborted(answer, signal);
  } catch (error) {
    if (error instanceof StatusError) throw error;
    const { code, reason, message } = error as { code?: unknown; reason?: unknown; message?: unknown };
    if (typeof code !== 'number' || code < 400 || code > 599) throw error;
    throw refusal(call, call.name ?? '', {
      code,
      ...(typeof reason === 'string' ? { reason } : {}),
      message: String(message),
    });
  }
}

function untilAborted<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(gone());
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

function gone(): StatusError {
  return new StatusError(504, 'Timeout', 'the request ended while its admission was waited for', {
    retryAfterSeconds: 1,
  });
}

const REASONS: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Gone',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

function refusal(
  call: Call,
  name: string,
  answer: { readonly code?: number; readonly reason?: string; readonly message?: string },
): StatusError {
  const { info } = call.resource;
  const code = answer.code ?? 403;
  const message = answer.message ?? `${qualified(info)} "${name}" was refused at admission without a reason`;
  const details = { name, ...(info.group === '' ? {} : { group: info.group }), kind: info.resource };
  return new StatusError(code, answer.reason ?? REASONS[code] ?? '', message, details);
}
