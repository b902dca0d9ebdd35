import type { Diagnostic } from '@sekisho/base';
import { gvkOf } from '@sekisho/kube';
import type { ApplicationRequests, GateRequest, GateVerdict, Waiver } from '@sekisho/policy';

/** What policies say of one application's manifests. */
export interface GateLook {
  /** Undefined when no policy has a word about any of the kinds. */
  readonly asked: ApplicationRequests | undefined;
  /** Name of the cluster that they are for. */
  readonly cluster: string;
  readonly verdicts: readonly GateVerdict[];
  /** Those that the application brings and that count. */
  readonly waivers: readonly Waiver[];
  /** Faults of waivers that it brings. */
  readonly diagnostics: readonly Diagnostic[];
  readonly deny: number;
  readonly warn: number;
  /** When a waiver that covers something ends, ms since 1970: then it must be looked again. */
  readonly expiresAt: number | undefined;
  /** Why policies could not be asked: nothing may be synced then. */
  readonly fault?: string;
}

export function lookOf(
  asked: ApplicationRequests,
  cluster: string,
  judged: { readonly verdicts: readonly GateVerdict[]; readonly waivers: readonly Waiver[] },
  known: readonly Pick<Waiver, 'id' | 'expires'>[],
): GateLook {
  const { verdicts, waivers } = judged;
  const used = new Set(verdicts.map(({ waivedBy }) => waivedBy).filter((id) => id !== undefined));
  const ends = [...known, ...waivers].filter(({ id }) => used.has(id)).map(({ expires }) => expires);
  return {
    asked,
    cluster,
    verdicts,
    waivers,
    diagnostics: asked.diagnostics,
    deny: count(verdicts, 'deny'),
    warn: count(verdicts, 'warn'),
    expiresAt: ends.length === 0 ? undefined : Math.min(...ends),
  };
}

/** Nobody had to be asked. */
export function emptyLook(cluster: string): GateLook {
  return {
    asked: undefined,
    cluster,
    verdicts: [],
    waivers: [],
    diagnostics: [],
    deny: 0,
    warn: 0,
    expiresAt: undefined,
  };
}

export function failedLook(cluster: string, fault: string): GateLook {
  return { ...emptyLook(cluster), fault };
}

/** What rows tell; undefined when nobody was asked. */
export function countsOf(look: GateLook | undefined): { deny: number; warn: number } | undefined {
  return look?.asked === undefined ? undefined : { deny: look.deny, warn: look.warn };
}

/** Whether the same is to be said of both. */
export function isSameLook(a: GateLook, b: GateLook): boolean {
  return a.fault === b.fault && a.expiresAt === b.expiresAt && textOf(a) === textOf(b);
}

function textOf({ verdicts }: GateLook): string {
  return JSON.stringify(
    verdicts.map(({ policyId, policy, decision, waivedBy, message, subject, fields }) => [
      [policyId, policy.rule, decision, waivedBy, message, fields],
      [subject.kind, subject.namespace, subject.name],
    ]),
  );
}

/** The request that a verdict is about; of an object that only follows from another, there is none. */
export function requestOf({ subject }: GateVerdict, { asked }: Pick<GateLook, 'asked'>): GateRequest | undefined {
  return asked === undefined ? undefined : indexOf(asked).get(idOf(subject));
}

const indexes = new WeakMap<ApplicationRequests, ReadonlyMap<string, GateRequest>>();

/** There may be thousands of verdicts about thousands of objects. */
function indexOf(asked: ApplicationRequests): ReadonlyMap<string, GateRequest> {
  let index = indexes.get(asked);
  if (index === undefined) {
    const requests = new Map<string, GateRequest>();
    for (const request of asked.requests) {
      if (request.object === undefined) continue;
      const { name, generateName = '', namespace = '' } = request.object.metadata;
      requests.set(idOf({ ...gvkOf(request.object), namespace, name: name ?? generateName }), request);
    }
    index = requests;
    indexes.set(asked, index);
  }
  return index;
}

function idOf({ group, kind, namespace = '', name }: Omit<GateVerdict['subject'], 'version'>): string {
  return `${group}/${kind}/${namespace}/${name}`;
}

function count(verdicts: readonly GateVerdict[], decision: GateVerdict['decision']): number {
  return verdicts.filter((verdict) => verdict.decision === decision).length;
}
