import { SekishoError } from '@sekisho/base';
import type { KubeClient, ResourceType } from '@sekisho/client';
import { gvkOf, type KubeObject } from '@sekisho/kube';
import { asRecord } from './as-record.ts';

/** Something that people do to one live object. */
export interface ResourceAction {
  readonly action: string;
  readonly title: string;
  /** It interrupts what runs. */
  readonly destructive: boolean;
  /** Each a text; `value` is how it is now. */
  readonly parameters: readonly { readonly name: string; readonly value?: string }[];
}

type Parameters = Readonly<Record<string, string>>;

interface Definition {
  readonly title: string;
  readonly destructive?: true;
  /** Whether it makes sense for an object as it is; default always. */
  readonly applies?: (object: KubeObject) => boolean;
  readonly parameters?: (object: KubeObject) => ResourceAction['parameters'];
  /** The change, as a merge patch. */
  readonly patch?: (object: KubeObject, parameters: Parameters, now: string) => unknown;
  /** What it makes instead of a change. */
  readonly create?: (object: KubeObject, now: string) => KubeObject;
}

/** As `kubectl rollout restart` does. */
const restart: Definition = {
  title: 'Restart its pods, a few at a time',
  destructive: true,
  patch: (_object, _parameters, now) => ({
    spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': now } } } },
  }),
};

const scale: Definition = {
  title: 'Change the number of replicas',
  destructive: true,
  parameters: (object) => [{ name: 'replicas', value: String(asRecord(object['spec'])['replicas'] ?? 1) }],
  patch: (_object, { replicas = '' }) => {
    if (!/^\d{1,5}$/.test(replicas)) {
      throw new SekishoError('REQUEST_INVALID', 'replicas must be a whole number from 0 to 99999.', {
        hint: 'Say how many: --set replicas=3 in the command line, {"parameters": {"replicas": "3"}} in a request.',
      });
    }
    return { spec: { replicas: Number(replicas) } };
  },
};

function toggle(field: 'paused' | 'suspend', to: boolean, title: string): Definition {
  return {
    title,
    applies: (object) => (asRecord(object['spec'])[field] === true) !== to,
    patch: () => ({ spec: { [field]: to } }),
  };
}

/** Argo CD's built-in actions for the kinds of Kubernetes itself. */
const DEFINITIONS: Readonly<Record<string, Readonly<Record<string, Definition>>>> = {
  'apps/Deployment': {
    restart,
    pause: toggle('paused', true, 'Pause its rollout'),
    resume: toggle('paused', false, 'Go on with its rollout'),
    scale,
  },
  'apps/StatefulSet': { restart, scale },
  'apps/DaemonSet': { restart },
  'batch/CronJob': {
    'create-job': { title: 'Run it once, now', create: jobOf },
    suspend: toggle('suspend', true, 'Start no more jobs'),
    resume: toggle('suspend', false, 'Start jobs by its schedule again'),
  },
  'batch/Job': {
    suspend: toggle('suspend', true, 'Stop its pods until it is resumed'),
    resume: toggle('suspend', false, 'Go on with it'),
  },
};

/** What can be done to an object as it is now. */
export function actionsFor(object: KubeObject): ResourceAction[] {
  return Object.entries(definitionsFor(object)).flatMap(([action, definition]) => {
    if (definition.applies?.(object) === false) return [];
    const { title, destructive = false, parameters = () => [] } = definition;
    return [{ action, title, destructive, parameters: parameters(object) }];
  });
}

/**
 * Does it. The object's manager is then `sekisho-action`: what differs from git afterwards is told as its doing.
 *
 * @throws SekishoError ACTION_UNKNOWN | REQUEST_INVALID | KUBE_*
 */
export async function runAction(input: {
  client: KubeClient;
  typeOf: (object: KubeObject) => ResourceType | undefined;
  object: KubeObject;
  action: string;
  parameters: Parameters;
  /** RFC 3339. */
  now: string;
  signal: AbortSignal;
}): Promise<KubeObject> {
  const { client, object, action, now, signal } = input;
  const definition = definitionsFor(object)[action];
  if (definition === undefined || definition.applies?.(object) === false) {
    const possible = actionsFor(object).map((one) => one.action);
    throw new SekishoError('ACTION_UNKNOWN', `${object.kind}/${object.metadata.name} has no action ${action} now.`, {
      hint: possible.length === 0 ? `There are none for a ${object.kind}.` : `There are: ${possible.join(', ')}.`,
      details: { status: 422 },
    });
  }
  const made = definition.create?.(object, now);
  const target = made ?? object;
  const type = input.typeOf(target);
  if (type === undefined) throw new SekishoError('KUBE_NOT_FOUND', `The cluster serves no ${target.kind}.`);
  const options = { fieldManager: 'sekisho-action', signal };
  if (made !== undefined) return client.create(type, made, options);
  const body = definition.patch?.(object, input.parameters, now);
  return client.patch(type, object.metadata.name ?? '', object.metadata.namespace, { kind: 'merge', body }, options);
}

function definitionsFor(object: KubeObject): Readonly<Record<string, Definition>> {
  const { group, kind } = gvkOf(object);
  const key = `${group}/${kind}`;
  return Object.hasOwn(DEFINITIONS, key) ? (DEFINITIONS[key] ?? {}) : {};
}

/** As `kubectl create job --from=cronjob/…` does. */
function jobOf(cronJob: KubeObject, now: string): KubeObject {
  const { name = '', namespace, uid = '' } = cronJob.metadata;
  const template = asRecord(asRecord(cronJob['spec'])['jobTemplate']);
  const metadata = asRecord(template['metadata']);
  const suffix = Date.parse(now).toString(36);
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      // Names of jobs are labels of their pods, too.
      name: `${name.slice(0, 62 - suffix.length)}-${suffix}`,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { ...(metadata['labels'] as Record<string, string> | undefined) },
      annotations: {
        ...(metadata['annotations'] as Record<string, string> | undefined),
        'cronjob.kubernetes.io/instantiate': 'manual',
      },
      ownerReferences: [
        { apiVersion: cronJob.apiVersion, kind: cronJob.kind, name, uid, controller: true, blockOwnerDeletion: true },
      ],
    },
    spec: template['spec'] ?? {},
  };
}
