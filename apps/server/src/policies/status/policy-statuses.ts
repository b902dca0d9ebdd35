import { type Clock, type Diagnostic, isSekishoError, type Logger, messageOf } from '@sekisho/base';
import { createEventRecorder, type KubeClient, type ResourceType } from '@sekisho/client';
import { deepEqual, gvkOf, type KubeObject } from '@sekisho/kube';
import type { PolicyDocument } from '@sekisho/policy';
import type { PolicySetInfo } from '@sekisho/policy-worker';
import { asRecord } from '../../applications/as-record.ts';
import { createTurns } from '../../turns.ts';
import { keyOf } from '../document-key.ts';
import { faultsOf } from '../good-bundles.ts';
import type { PolicySourceState } from '../policy-sources/policy-sources.ts';
import { validatingPolicyStatus } from './admission-status.ts';
import { errorText, messageWithout, type Status, type StatusInput } from './entry.ts';
import { gatekeeperStatus, isGatekeeperKind } from './gatekeeper-status.ts';
import { policySourceStatus, profileStatus, securityPolicyStatus, waiverStatus } from './own-status.ts';

/** Tells policies what became of them, in their status and by events. */
export interface PolicyStatuses {
  /** Writes what is different, soon. Of several calls the last counts. */
  write(documents: readonly PolicyDocument[], info: PolicySetInfo): void;
  close(): Promise<void>;
}

type Writer = (input: StatusInput) => Status;

const OWN_KINDS: Readonly<Record<string, Writer>> = {
  PolicySource: policySourceStatus,
  BestPracticeProfile: profileStatus,
  Waiver: waiverStatus,
  SecurityPolicy: securityPolicyStatus,
  ValidatingAdmissionPolicy: validatingPolicyStatus,
};

export function createPolicyStatuses(options: {
  readonly client: KubeClient;
  /** Kinds that are followed. */
  readonly kinds: () => readonly ResourceType[];
  readonly sourceOf: (name: string) => PolicySourceState | undefined;
  /** Why the kind of a template's constraints could not be made. */
  readonly faultOf: (templateKey: string) => string | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}): PolicyStatuses {
  const { client, clock, logger } = options;
  const events = createEventRecorder({ client, component: 'sekisho-policies', clock, logger });
  /** By key: what was written last, of which object. */
  const written = new Map<string, string>();
  let wanted: { readonly documents: readonly PolicyDocument[]; readonly info: PolicySetInfo } | undefined;
  let working: Promise<void> | undefined;
  let isClosed = false;

  async function work(): Promise<void> {
    while (wanted !== undefined && !isClosed) {
      const { documents, info } = wanted;
      wanted = undefined;
      await writeAll(documents, info);
    }
  }

  async function writeAll(documents: readonly PolicyDocument[], info: PolicySetInfo): Promise<void> {
    const giveWay = createTurns();
    const faults = faultsByKey(info.diagnostics);
    const expiries = new Map(info.waivers.map(({ id, expires }) => [id, expires]));
    const keys = new Set<string>();
    for (const { object } of documents) {
      if (isClosed) return;
      await giveWay();
      const writer = writerFor(object);
      if (writer === undefined) continue;
      const key = keyOf(object);
      keys.add(key);
      const { name = '', namespace = '' } = object.metadata;
      const source = object.kind === 'PolicySource' ? options.sourceOf(name) : undefined;
      const inFiles = faultsOf(source?.found?.files ?? [], info.diagnostics).map(withFile);
      const input: StatusInput = {
        object,
        faults: [...(faults.get(key) ?? []), ...kindFault(key), ...inFiles],
        source,
        policies: object.kind === 'PolicySource' ? policiesOf(name, info) : 0,
        expires: expiries.get(`${namespace}/${name}`),
        now: clock.now(),
      };
      const status = writer(input);
      const mark = `${object.metadata.uid ?? ''} ${JSON.stringify(status)}`;
      if (written.get(key) === mark) continue;
      await writeOne(object, status, input, () => written.set(key, mark));
    }
    for (const key of written.keys()) if (!keys.has(key)) written.delete(key);
  }

  function kindFault(key: string): readonly Diagnostic[] {
    const message = options.faultOf(key);
    return message === undefined ? [] : [{ code: 'create_error', severity: 'error', message }];
  }

  async function writeOne(
    object: KubeObject,
    status: Status,
    { faults }: StatusInput,
    done: () => void,
  ): Promise<void> {
    const { group, kind } = gvkOf(object);
    const type = options.kinds().find((one) => one.group === group && one.kind === kind);
    const { name = '', namespace } = object.metadata;
    if (type === undefined) return;
    try {
      const live = await client.getIfExists(type, name, namespace);
      if (live === undefined || live.metadata.uid !== object.metadata.uid) return;
      const now = asRecord(live['status']);
      const complete = withTimes(status, now, clock);
      const isDifferent = Object.entries(complete).some(([field, value]) => !deepEqual(now[field] ?? null, value));
      if (isDifferent) {
        const body = { status: complete };
        await client.patch(type, name, namespace, { kind: 'merge', body }, { subresource: 'status' });
        const error = errorText(faults);
        if (error !== undefined) events.event(live, 'Warning', 'PolicyInvalid', error);
      }
      done();
    } catch (error) {
      if (isSekishoError(error, 'KUBE_NOT_FOUND')) return;
      logger.warn({ policy: keyOf(object), error: messageOf(error) }, 'the status of a policy could not be written');
    }
  }

  return {
    write(documents, info) {
      wanted = { documents, info };
      working ??= work().finally(() => {
        working = undefined;
      });
    },
    async close() {
      isClosed = true;
      await working;
      await events.close();
    },
  };
}

function policiesOf(source: string, { policies }: PolicySetInfo): number {
  return policies.filter(({ id }) => id.startsWith(`rego/${source}/`)).length;
}

function writerFor(object: KubeObject): Writer | undefined {
  if (isGatekeeperKind(object)) return gatekeeperStatus;
  return Object.hasOwn(OWN_KINDS, object.kind) ? OWN_KINDS[object.kind] : undefined;
}

/** Of all files of a source, in which one. */
function withFile(fault: Diagnostic): Diagnostic {
  const { file, line } = fault.origin ?? { file: '' };
  return { ...fault, message: `${file}${line === undefined ? '' : `:${line}`}: ${messageWithout(fault)}` };
}

function faultsByKey(diagnostics: readonly Diagnostic[]): ReadonlyMap<string, readonly Diagnostic[]> {
  const faults = new Map<string, Diagnostic[]>();
  for (const diagnostic of diagnostics) {
    const key = diagnostic.origin?.file ?? '';
    const list = faults.get(key);
    if (list === undefined) faults.set(key, [diagnostic]);
    else list.push(diagnostic);
  }
  return faults;
}

/** A condition keeps the time since when it is as it is. */
function withTimes(status: Status, before: Status, clock: Clock): Status {
  const { conditions } = status;
  if (!Array.isArray(conditions)) return status;
  const known = Array.isArray(before['conditions']) ? (before['conditions'] as Record<string, unknown>[]) : [];
  const now = new Date(clock.now()).toISOString().replace(/\.\d+Z$/, 'Z');
  return {
    ...status,
    conditions: conditions.map((condition: Record<string, unknown>) => {
      const same = known.find(({ type, status: value }) => type === condition['type'] && value === condition['status']);
      return { ...condition, lastTransitionTime: same?.['lastTransitionTime'] ?? now };
    }),
  };
}
