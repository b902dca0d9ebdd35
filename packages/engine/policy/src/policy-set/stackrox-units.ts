import { type Diagnostic, defined } from '@sekisho/base';
import type { GroupVersionKind, KubeObject } from '@sekisho/kube';
import { allContainersOf, podTemplateOf } from '../best-practice/object/pod-template.ts';
import { at, faultList, groupOf, isRecord, kindOf, type PolicyDocument } from '../gatekeeper/document.ts';
import { type Matcher, parseMatch } from '../gatekeeper/match.ts';
import { evaluateBuild, evaluateDeploy, type StackroxVerdict } from '../stackrox/evaluate/evaluate.ts';
import { enforcementStage } from '../stackrox/policy/enforcement.ts';
import { formatPolicy, parsePolicies, readPolicy } from '../stackrox/policy/parse-policies.ts';
import type { StackroxPolicy } from '../stackrox/policy/policy.ts';
import type { PolicyReference } from '../verdict.ts';
import type { KindPattern } from './concern-table.ts';
import { hashOf } from './hash.ts';
import { kindsForPeople, kindsOfMatch } from './match-kinds.ts';
import type { Subject } from './subject.ts';
import type { Gate, GateContext, GateVerdict, PolicyAction, PolicyBundle, PolicySummary } from './types.ts';
import { GATES, type PolicyUnit, WRITES } from './unit.ts';
import { ACTIONS } from './verdicts.ts';

const SERVICES: GroupVersionKind = { group: '', version: 'v1', kind: 'Service' };
const ROUTES: GroupVersionKind = { group: 'route.openshift.io', version: 'v1', kind: 'Route' };
const NETWORK_POLICIES: GroupVersionKind = { group: 'networking.k8s.io', version: 'v1', kind: 'NetworkPolicy' };

/** Criteria that look at other objects. */
const NEEDS: Readonly<Record<string, readonly GroupVersionKind[]>> = {
  'Port Exposure Method': [SERVICES, ROUTES],
  'Has Ingress Network Policy': [NETWORK_POLICIES],
  'Has Egress Network Policy': [NETWORK_POLICIES],
};

const WORKLOADS: readonly KindPattern[] = [
  { groups: [''], kinds: ['Pod', 'ReplicationController'] },
  { groups: ['apps', 'extensions'], kinds: ['Deployment', 'ReplicaSet', 'DaemonSet', 'StatefulSet'] },
  { groups: ['batch'], kinds: ['Job', 'CronJob'] },
  { groups: ['apps.openshift.io'], kinds: ['DeploymentConfig'] },
];

/** A policy of StackRox, and where and how it is asked. */
interface Asked {
  readonly policy: StackroxPolicy;
  readonly summary: PolicySummary;
  /** The most that may follow. */
  readonly action: PolicyAction;
  readonly matches: Matcher;
  /** Kinds of other objects that it asks for. */
  readonly needs: readonly GroupVersionKind[];
}

export function isSecurityPolicy(object: unknown): boolean {
  return groupOf(object) === 'config.stackrox.io' && kindOf(object) === 'SecurityPolicy';
}

/**
 * Policies for BUILD and DEPLOY; those for RUNTIME are not asked here. Their own actions say what is denied. Codes of faults:
 * those of {@link parsePolicies}.
 */
export function stackroxUnits(
  documents: readonly PolicyDocument[],
  bundles: readonly PolicyBundle[],
  diagnostics: Diagnostic[],
): { readonly units: readonly PolicyUnit[]; readonly needs: readonly GroupVersionKind[] } {
  const found = new Map<string, Asked>();
  const add = (asked: Asked): void => {
    const { id, policy } = asked.summary;
    if (!found.has(id)) found.set(id, asked);
    else
      diagnostics.push({
        code: 'POLICY_DUPLICATE',
        severity: 'warning',
        message: `There is a policy ${id} already; the first one counts.`,
        ...defined({ origin: policy.origin }),
      });
  };
  for (const document of documents) {
    if (!isSecurityPolicy(document.object)) continue;
    const policy = policyOfObject(document, diagnostics);
    if (policy !== undefined) add(askedPolicy(policy, document.origin, {}));
  }
  for (const bundle of bundles) {
    for (const { text, origin } of bundle.files) {
      if (!/\.(?:json|ya?ml)$/i.test(origin.file)) continue;
      const { policies, diagnostics: faults } = parsePolicies(text, origin.file);
      diagnostics.push(...faults.map((fault) => ({ ...fault, origin: { ...origin, ...fault.origin } })));
      for (const policy of policies) add(askedPolicy(policy, origin, bundle));
    }
  }
  const all = [...found.values()].filter(({ policy }) => !policy.disabled && policy.lifecycleStages.some(isAsked));
  // Few clusters have Routes: they are looked at where they are among the objects.
  return { units: all.map(unitOf), needs: all.flatMap(({ needs }) => needs.filter((kind) => kind !== ROUTES)) };
}

function isAsked(stage: string): boolean {
  return stage === 'DEPLOY' || stage === 'BUILD';
}

/** A SecurityPolicy says the same as an exported policy; its name is elsewhere. */
function policyOfObject(document: PolicyDocument, diagnostics: Diagnostic[]): StackroxPolicy | undefined {
  const faults = faultList(document, 'STACKROX_POLICY_INVALID', diagnostics);
  const spec = at(document.object, 'spec');
  if (!isRecord(spec)) {
    faults.add(['spec'], 'is required');
    return undefined;
  }
  const { policyName, ...fields } = spec;
  const message = { ...fields, name: policyName ?? '', policyVersion: '1.1' };
  return readPolicy(message, [], ({ path, message, ...rest }) => {
    const [first, ...deeper] = path;
    faults.add(
      ['spec', ...(first === undefined ? [] : [first === 'name' ? 'policyName' : first]), ...deeper],
      message,
      {
        code: rest.code,
        severity: rest.severity,
        ...defined({ hint: rest.hint }),
      },
    );
  });
}

function askedPolicy(
  policy: StackroxPolicy,
  origin: PolicyDocument['origin'],
  { action = 'deny', gates, match }: Partial<Pick<PolicyBundle, 'action' | 'gates' | 'match'>>,
): Asked {
  const needs = needsOf(policy);
  const denies = policy.enforcementActions.some((one) => isAsked(enforcementStage(one) ?? ''));
  const reference: PolicyReference = { kind: 'stackrox', name: policy.name, ...defined({ origin }) };
  const summary: PolicySummary = {
    id: `stackrox/${policy.name}`,
    policy: reference,
    title: policy.name,
    ...defined({
      description: policy.description === '' ? undefined : policy.description,
      severity: severities[policy.severity],
    }),
    action: denies ? action : action === 'dryrun' ? 'dryrun' : 'warn',
    gates: gatesOf(policy, gates ?? GATES),
    kinds: match === undefined ? ['workloads'] : kindsForPeople(kindsOfMatch(match).kinds),
    readsSurroundings: needs.length > 0,
    hash: hashOf([formatPolicy(policy), action, gates ?? null, match ?? null]),
  };
  return { policy, summary, action, matches: parseMatch(match).matches, needs };
}

/** Images are built before they are deployed: policies for BUILD alone are asked where people work. */
function gatesOf({ lifecycleStages }: StackroxPolicy, gates: readonly Gate[]): readonly Gate[] {
  return lifecycleStages.includes('DEPLOY') ? gates : gates.filter((gate) => gate === 'check');
}

function needsOf({ policySections }: StackroxPolicy): readonly GroupVersionKind[] {
  const names = policySections.flatMap(({ policyGroups }) => policyGroups.map(({ fieldName }) => fieldName));
  return [...new Set(names.flatMap((name) => (Object.hasOwn(NEEDS, name) ? (NEEDS[name] ?? []) : [])))];
}

function unitOf(asked: Asked): PolicyUnit {
  const askAll = (subjects: readonly Subject[], context: GateContext): readonly (readonly GateVerdict[])[] => {
    const byNamespace = new Map<string, Neighbours>();
    return subjects.map((subject) => {
      const { namespaceName } = subject;
      const neighbours = byNamespace.get(namespaceName) ?? around(asked, context, namespaceName);
      byNamespace.set(namespaceName, neighbours);
      return ask(asked, subject, neighbours);
    });
  };
  return {
    summary: asked.summary,
    kinds: WORKLOADS,
    operations: WRITES,
    judge: (subject, context) => askAll([subject], context)[0] ?? [],
    judgeTogether: askAll,
  };
}

/** What lies around a workload. */
interface Neighbours {
  readonly context: GateContext;
  readonly services: readonly KubeObject[];
  readonly networkPolicies: readonly KubeObject[];
}

/** Services, Routes and NetworkPolicies are about pods of their namespace. */
function around({ needs }: Asked, context: GateContext, namespace: string): Neighbours {
  const list = (kind: GroupVersionKind): readonly KubeObject[] =>
    needs.includes(kind) ? context.surroundings.list(kind, namespace) : [];
  return { context, services: [...list(SERVICES), ...list(ROUTES)], networkPolicies: list(NETWORK_POLICIES) };
}

function ask(
  asked: Asked,
  subject: Subject,
  { context, services, networkPolicies }: Neighbours,
): readonly GateVerdict[] {
  const { object, namespace, source, origin, operation } = subject;
  const outcome = asked.matches({ object, namespace, source });
  if (outcome === false) return [];
  const { policy } = asked;
  const options = { now: context.now };
  const verdicts = policy.lifecycleStages.includes('DEPLOY')
    ? evaluateDeploy(
        [policy],
        {
          object,
          services,
          networkPolicies,
          ...defined({
            origin,
            namespaceLabels: namespace?.metadata.labels,
            cluster: context.cluster === undefined ? undefined : { id: context.cluster },
            operation: operation === 'UPDATE' ? ('update' as const) : ('create' as const),
          }),
        },
        options,
      )
    : imagesOf(object).flatMap((reference) => evaluateBuild([policy], { reference }, options));
  return verdicts.map((verdict) => verdictOf(asked, subject, verdict));
}

function imagesOf(object: KubeObject): readonly string[] {
  const template = podTemplateOf(object);
  if (template === undefined) return [];
  const images = allContainersOf(template.spec).flatMap((container) => container.at('image').text ?? []);
  return [...new Set(images)];
}

/** What nobody can tell denies where the policy would; elsewhere it is only noted. */
function verdictOf({ summary, action }: Asked, subject: Subject, verdict: StackroxVerdict): GateVerdict {
  const { outcome, enforcement } = verdict.details;
  const isUnknown = outcome === 'unknown';
  const own: PolicyAction = enforcement.length > 0 ? 'deny' : isUnknown ? 'dryrun' : 'warn';
  const weaker = own === 'deny' || action === 'dryrun' ? action : own;
  return {
    ...verdict,
    decision: ACTIONS[weaker].decision,
    policy: { ...summary.policy, ...defined({ rule: verdict.policy.rule }) },
    policyId: summary.id,
    subject: subject.reference,
    ...(isUnknown ? { undecided: true as const } : {}),
  };
}

const severities: Readonly<Record<StackroxPolicy['severity'], PolicySummary['severity']>> = {
  UNSET_SEVERITY: undefined,
  LOW_SEVERITY: 'low',
  MEDIUM_SEVERITY: 'medium',
  HIGH_SEVERITY: 'high',
  CRITICAL_SEVERITY: 'critical',
};
