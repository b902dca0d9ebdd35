import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Diagnostic, Origin } from '@sekisho/base';
import { builtinResources, type GroupVersionKind, gvkOf, type KubeObject, type Manifest } from '@sekisho/kube';
import {
  type ApplicationVerdict,
  applicationRequests,
  compilePolicySet,
  createFieldOrigins,
  createSurroundings,
  type FieldOrigins,
  type Gate,
  type GateContext,
  type GateRequest,
  type GateVerdict,
  judgeApplication,
  type PolicySet,
  type PolicySummary,
  toApplicationVerdict,
} from '@sekisho/policy';
import { placeObject, scopesOfDefinitions } from '@sekisho/sync';
import type { LocalPolicies } from './policy-sources.ts';
import type { AskedApplication } from './verdict-results.ts';

/** Argo CD's: where Applications and waivers for all namespaces lie when nobody says otherwise. */
const CONTROL_NAMESPACE = 'argocd';
const GATES: readonly Gate[] = ['check', 'sync', 'admission', 'audit'];
const RANKS: Readonly<Record<GateVerdict['decision'], number>> = { allow: 0, warn: 1, deny: 2 };

export interface FolderJudgement extends AskedApplication {
  /** Faults of policies and waivers. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Asks all gates about rendered objects, as if they were created in an empty cluster. */
export async function judgeFolder(
  manifests: readonly Manifest[],
  policies: LocalPolicies,
  options: {
    /** Of objects that name none. */
    readonly namespace: string;
    readonly explain: boolean;
    /** Files that were rendered, as origins name them; with their text when it is not that on the disk. */
    readonly files: ReadonlyMap<string, string | undefined>;
    readonly cwd: string;
    readonly now: number;
    readonly signal: AbortSignal;
  },
): Promise<FolderJudgement> {
  const { now, signal } = options;
  const set = compilePolicySet(policies.sources, { controlNamespace: CONTROL_NAMESPACE });
  const placed = inNamespace(manifests, options.namespace);
  const asked = applicationRequests(placed, { controlNamespace: CONTROL_NAMESPACE });
  const surroundings = createSurroundings();
  for (const object of policies.surroundings) surroundings.put(object);
  for (const { object } of placed) surroundings.put(object);
  const context: Omit<GateContext, 'gate'> = { surroundings, now, signal };
  const gates = new Map<GateVerdict, Gate>();
  const { verdicts, waivers } = await judgeApplication(asked, (requests, { waivers: brought }) =>
    askAllGates(set, requests, { ...context, waivers: brought }, gates),
  );
  const origins = originsOf(options);
  const known = new Map(set.policies.map((policy) => [policy.id, policy]));
  const told: ApplicationVerdict[] = [];
  for (const verdict of verdicts) {
    signal.throwIfAborted();
    const request = requestOf(verdict, asked.requests);
    const gate = gates.get(verdict) ?? 'check';
    const isVague = verdict.fields === undefined || verdict.fields.length === 0;
    const explanation =
      request !== undefined && (options.explain || isVague)
        ? set.explain(verdict, request, { ...context, gate, waivers })
        : undefined;
    // Where no field is named, what the rule looked at tells the place.
    const fields = isVague ? (explanation?.values ?? []).map(({ path }) => path) : verdict.fields;
    told.push(
      toApplicationVerdict(verdict, {
        policy: known.get(verdict.policyId),
        waivers: [...set.waivers, ...waivers],
        origin: await originOf(verdict, request, fields, origins),
        explanation: options.explain ? explanation : undefined,
      }),
    );
  }
  return {
    verdicts: told,
    passed: passedPairs(asked.requests, set.policies, verdicts),
    diagnostics: [...policies.diagnostics, ...set.diagnostics, ...asked.diagnostics],
  };
}

/** Most policies say the same at each gate: those are asked once. Of several answers the hardest counts. */
function askAllGates(
  set: PolicySet,
  requests: readonly GateRequest[],
  context: Omit<GateContext, 'gate'>,
  gates: Map<GateVerdict, Gate>,
): readonly GateVerdict[] {
  const found = new Map<string, GateVerdict>();
  for (const gate of GATES) {
    const others = set.policies.filter((policy) => policy.gates.includes(gate) && !saysTheSame(policy));
    if (gate !== 'check' && others.length === 0) continue;
    const policies = gate === 'check' ? {} : { policies: new Set(others.map(({ id }) => id)) };
    for (const verdict of set.judgeTogether(requests, { ...context, ...policies, gate })) {
      const { policyId, policy, subject, message } = verdict;
      const key = JSON.stringify([policyId, policy.rule, subject.kind, subject.namespace, subject.name, message]);
      const before = found.get(key);
      if (before !== undefined && RANKS[before.decision] >= RANKS[verdict.decision]) continue;
      found.set(key, verdict);
      gates.set(verdict, gate);
    }
  }
  return [...found.values()];
}

function saysTheSame({ gates, action }: PolicySummary): boolean {
  return gates.includes('check') && action !== 'scoped';
}

function inNamespace(manifests: readonly Manifest[], namespace: string): readonly Manifest[] {
  const declared = scopesOfDefinitions(manifests.map(({ object }) => object));
  const isNamespaced = ({ group, kind }: GroupVersionKind) =>
    declared.get(`${group}/${kind}`) ??
    builtinResources.find((resource) => resource.group === group && resource.kind === kind)?.namespaced;
  return manifests.map(({ object, origin }) => ({
    object: placeObject(object, isNamespaced(gvkOf(object)), namespace),
    origin,
  }));
}

function requestOf({ subject }: GateVerdict, requests: readonly GateRequest[]): GateRequest | undefined {
  return requests.find(({ object }) => object !== undefined && isSubject(object, subject));
}

function isSubject({ kind, metadata }: KubeObject, subject: GateVerdict['subject']): boolean {
  const name = metadata.name ?? metadata.generateName ?? '';
  return kind === subject.kind && name === subject.name && (metadata.namespace ?? '') === (subject.namespace ?? '');
}

async function originOf(
  verdict: GateVerdict,
  request: GateRequest | undefined,
  fields: readonly string[],
  origins: FieldOrigins,
): Promise<Origin | undefined> {
  const { origin } = verdict.subject;
  if (origin === undefined || request?.object === undefined) return origin;
  return origins.originOf(request.object, origin, fields);
}

function originsOf({
  cwd,
  files,
}: {
  readonly cwd: string;
  readonly files: ReadonlyMap<string, string | undefined>;
}): FieldOrigins {
  return createFieldOrigins({
    read: async ({ file }) => files.get(file) ?? readFile(resolve(cwd, file), 'utf8').catch(() => undefined),
    others: () => [...files.keys()].filter((file) => /\.ya?ml$/.test(file)).map((file) => ({ file })),
  });
}

/** Which policies are about which files, and have nothing against them. */
function passedPairs(
  requests: readonly GateRequest[],
  policies: readonly PolicySummary[],
  verdicts: readonly GateVerdict[],
): FolderJudgement['passed'] {
  const pairs = new Map<string, FolderJudgement['passed'][number]>();
  for (const { object, origin } of requests) {
    if (object === undefined || origin === undefined) continue;
    for (const policy of policies) {
      if (!isAbout(policy, gvkOf(object))) continue;
      pairs.set(`${origin.file}\n${policy.id}`, { file: origin.file, policyId: policy.id });
    }
  }
  for (const { subject, policyId } of verdicts) pairs.delete(`${subject.origin?.file}\n${policyId}`);
  return [...pairs.values()];
}

function isAbout({ kinds }: PolicySummary, { group, kind }: GroupVersionKind): boolean {
  return kinds.includes('*') || kinds.includes(kind) || kinds.includes(`${group}/${kind}`);
}
