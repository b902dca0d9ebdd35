import { randomUUID } from 'node:crypto';
import { type KubeObject, parseApiVersion } from '@sekisho/kube';
import type { Call } from '../api/call.ts';
import { qualified, StatusError } from '../api/status-error.ts';
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

/** Asks others about writes: the plugin of this process. */
export interface Reviews {
  /** Undefined when nobody has a word about such writes. */
  of(call: Call, details: ReviewDetails): Review | undefined;
  setPlugin(plugin: AdmissionPlugin | undefined): void;
  /** Ends what is being asked. */
  close(): void;
}

export function createReviews(): Reviews {
  let plugin: AdmissionPlugin | undefined;
  const closing = new AbortController();
  return {
    setPlugin: (next) => {
      plugin = next;
    },
    of: (call, details) => {
      if (plugin === undefined) return undefined;
      const asked = plugin;
      const identity = identityOf(call, details);
      const { group, kind } = identity.kind;
      const subresource = identity.subResource;
      const question = {
        group,
        kind,
        operation: details.operation,
        ...(subresource === undefined ? {} : { subresource }),
      };
      const mutates = asked.concerns({ ...question, mutating: true });
      const validates = asked.concerns({ ...question, mutating: false });
      if (!mutates && !validates) return undefined;
      const signal = call.request.signal;
      const signals = signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal]);
      return {
        mutates,
        validates,
        mutate: async (subject) => {
          const { object } = subject;
          if (!mutates || object === undefined) return object as KubeObject;
          return (await answered(call, asked.mutate(requestOf(identity, subject), signals))).object;
        },
        validate: async (subject) => {
          if (!validates) return;
          const answer = await answered(call, asked.validate(requestOf(identity, subject), signals));
          for (const warning of answer.warnings) warn(call, warning);
          if (!answer.allowed) throw refusal(call, subject.name, answer);
        },
      };
    },
    close: () => closing.abort(),
  };
}

type RequestIdentity = Pick<AdmissionRequest, 'kind' | 'resource' | 'operation' | 'userInfo' | 'dryRun'> &
  Partial<Pick<AdmissionRequest, 'namespace' | 'subResource' | 'options'>>;

function identityOf(call: Call, details: ReviewDetails): RequestIdentity {
  const { group, version, kind, resource, namespaced } = call.resource.info;
  const subresource = details.subresource ?? call.subresource;
  const other = details.kind;
  const namespace = namespaced ? call.namespace : undefined;
  return {
    kind: other === undefined ? { group, version, kind } : { ...parseApiVersion(other.apiVersion), kind: other.kind },
    resource: { group, version, resource },
    ...(subresource === undefined ? {} : { subResource: subresource }),
    ...(namespace === undefined ? {} : { namespace }),
    operation: details.operation,
    userInfo: { username: call.identity.user, groups: call.identity.groups },
    dryRun: details.dryRun,
    ...(details.options === undefined ? {} : { options: details.options() }),
  };
}

function requestOf(identity: RequestIdentity, subject: ReviewSubject): AdmissionRequest {
  const { name, object, oldObject } = subject;
  const { group, resource } = identity.resource;
  return {
    uid: randomUUID(),
    ...identity,
    name,
    // A namespace is in itself, as upstream has it.
    ...(group === '' && resource === 'namespaces' ? { namespace: name } : {}),
    ...(object === undefined ? {} : { object }),
    ...(oldObject === undefined ? {} : { oldObject }),
  };
}

/** A warning reaches the client once, also when a write had to be tried again. */
export function warn(call: Call, text: string): void {
  if (!call.warnings.includes(text)) call.warnings.push(text);
}

async function answered<T>(call: Call, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
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
