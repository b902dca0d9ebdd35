import { type KubeObject, type LabelSelector, labelSelectorOf, type Requirement } from '@sekisho/kube';
import { collectionId } from '../api/registry.ts';
import type { Collection } from '../storage/collection.ts';
import type { Storage } from '../storage/storage.ts';
import type { StoredObject } from '../storage/stored-object.ts';

/** One webhook of a ValidatingWebhookConfiguration or MutatingWebhookConfiguration, as the server uses it. */
export interface Webhook {
  readonly name: string;
  /** Of the configuration it is written in. */
  readonly configuration: string;
  readonly client: ClientConfig;
  readonly rules: readonly WebhookRule[];
  readonly exact: boolean;
  readonly namespaceSelector: readonly Requirement[];
  readonly objectSelector: readonly Requirement[];
  readonly matchConditions: readonly { readonly name: string; readonly expression: string }[];
  readonly ignoresFailure: boolean;
  readonly timeoutSeconds: number;
  /** Whether it may be asked about dry runs. */
  readonly allowsDryRun: boolean;
  readonly isReinvoked: boolean;
  /** Version of AdmissionReview that it is sent; undefined when it knows none of ours. */
  readonly reviewVersion: 'v1' | 'v1beta1' | undefined;
}

export interface WebhookRule {
  readonly operations: readonly string[];
  readonly apiGroups: readonly string[];
  readonly apiVersions: readonly string[];
  readonly resources: readonly { readonly resource: string; readonly subresource: string }[];
  readonly scope: string;
}

export interface ClientConfig {
  readonly url: string | undefined;
  readonly service: ServiceReference | undefined;
  /** PEM; undefined: the authorities of the machine. */
  readonly ca: string | undefined;
}

/** Service that a webhook is behind. */
export interface ServiceReference {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
  /** With its query; starts with a slash. */
  readonly path: string;
}

/** Webhooks of all configurations in the order in which they are called: configurations by name, webhooks as written. */
export interface WebhookConfigurations {
  readonly validating: readonly Webhook[];
  readonly mutating: readonly Webhook[];
  /** Another number when they changed. */
  readonly generation: number;
  close(): void;
}

/** Keeps in step with the stored configurations. A webhook that did not change stays the same instance. */
export function followConfigurations(storage: Storage): WebhookConfigurations {
  let generation = 1;
  const changed = (): void => {
    generation += 1;
  };
  const validating = follow(collectionOf(storage, 'validatingwebhookconfigurations'), changed);
  const mutating = follow(collectionOf(storage, 'mutatingwebhookconfigurations'), changed);
  return {
    get validating() {
      return validating.webhooks();
    },
    get mutating() {
      return mutating.webhooks();
    },
    get generation() {
      return generation;
    },
    close: () => {
      validating.stop();
      mutating.stop();
    },
  };
}

function collectionOf(storage: Storage, resource: string): Collection {
  return storage.collection(collectionId('admissionregistration.k8s.io', resource));
}

function follow(collection: Collection, changed: () => void): { webhooks: () => readonly Webhook[]; stop: () => void } {
  let list: readonly Webhook[] | undefined;
  let read = new Map<StoredObject, readonly Webhook[]>();
  const stop = collection.listen(() => {
    list = undefined;
    changed();
  });
  return {
    stop,
    webhooks: () => {
      if (list !== undefined) return list;
      const next = new Map<StoredObject, readonly Webhook[]>();
      // The collection is in the order of names.
      for (const stored of collection.range('')) next.set(stored, read.get(stored) ?? readConfiguration(stored.object));
      read = next;
      list = [...next.values()].flat();
      return list;
    },
  };
}

type Json = Readonly<Record<string, unknown>>;

/** Defaults and rules of the kind hold for what is stored: here nothing is left to check. */
export function readConfiguration(object: KubeObject): readonly Webhook[] {
  return records(object['webhooks']).map((hook) => {
    const versions = texts(hook['admissionReviewVersions']);
    return {
      name: text(hook['name']),
      configuration: object.metadata.name ?? '',
      client: readClient(record(hook['clientConfig'])),
      rules: records(hook['rules']).map(readRule),
      exact: hook['matchPolicy'] === 'Exact',
      namespaceSelector: readSelector(hook['namespaceSelector']),
      objectSelector: readSelector(hook['objectSelector']),
      matchConditions: records(hook['matchConditions']).map((condition) => ({
        name: text(condition['name']),
        expression: text(condition['expression']),
      })),
      ignoresFailure: hook['failurePolicy'] === 'Ignore',
      timeoutSeconds: typeof hook['timeoutSeconds'] === 'number' ? hook['timeoutSeconds'] : 10,
      allowsDryRun: hook['sideEffects'] === 'None' || hook['sideEffects'] === 'NoneOnDryRun',
      isReinvoked: hook['reinvocationPolicy'] === 'IfNeeded',
      reviewVersion: versions.find((version): version is 'v1' | 'v1beta1' => version === 'v1' || version === 'v1beta1'),
    };
  });
}

function readClient(config: Json): ClientConfig {
  const bundle = text(config['caBundle']);
  const service = config['service'] === undefined ? undefined : record(config['service']);
  return {
    url: typeof config['url'] === 'string' ? config['url'] : undefined,
    service:
      service === undefined
        ? undefined
        : {
            namespace: text(service['namespace']),
            name: text(service['name']),
            port: typeof service['port'] === 'number' ? service['port'] : 443,
            path: text(service['path']) === '' ? '/' : text(service['path']),
          },
    ca: bundle === '' ? undefined : Buffer.from(bundle, 'base64').toString('utf8'),
  };
}

function readRule(rule: Json): WebhookRule {
  return {
    operations: texts(rule['operations']),
    apiGroups: texts(rule['apiGroups']),
    apiVersions: texts(rule['apiVersions']),
    resources: texts(rule['resources']).map((name) => {
      const [resource = '', subresource = ''] = name.split('/', 2);
      return { resource, subresource };
    }),
    scope: text(rule['scope']) === '' ? '*' : text(rule['scope']),
  };
}

function readSelector(value: unknown): readonly Requirement[] {
  return value === undefined || value === null ? [] : labelSelectorOf(value as LabelSelector);
}

function record(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function records(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.map(record) : [];
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((entry): entry is string => typeof entry === 'string') : [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
