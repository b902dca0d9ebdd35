import type { Diagnostic } from '@sekisho/base';
import type { GroupVersionKind, KubeObject } from '@sekisho/kube';
import type { ScoreNeighbours } from '../best-practice/kube-score/score.ts';
import { verdictsByObject } from '../best-practice/verdicts.ts';
import { at, groupOf, kindOf, type PolicyDocument } from '../gatekeeper/document.ts';
import type { PolicyObject } from '../verdict.ts';
import { contentOf, hashOf } from './hash.ts';
import { kindsForPeople, kindsOfMatch } from './match-kinds.ts';
import { type NamedProfile, parseBestPracticeProfile } from './parse-profile.ts';
import type { Subject } from './subject.ts';
import type { GateContext, GateVerdict, PolicySummary } from './types.ts';
import { GATES, type PolicyUnit, WRITES } from './unit.ts';
import { ACTIONS } from './verdicts.ts';

/** What kube-score looks for beside the objects of an application. */
export const NEIGHBOURS: readonly GroupVersionKind[] = [
  { group: '', version: 'v1', kind: 'Service' },
  { group: 'networking.k8s.io', version: 'v1', kind: 'NetworkPolicy' },
  { group: 'policy', version: 'v1', kind: 'PodDisruptionBudget' },
  { group: 'autoscaling', version: 'v2', kind: 'HorizontalPodAutoscaler' },
];

export function isProfile(object: unknown): boolean {
  return groupOf(object) === 'sekisho.dev' && kindOf(object) === 'BestPracticeProfile';
}

/** A policy for each profile. The first by name that matches an object counts for it. */
export function bestPracticeUnits(
  documents: readonly PolicyDocument[],
  diagnostics: Diagnostic[],
): { readonly units: readonly PolicyUnit[]; readonly needs: readonly GroupVersionKind[] } {
  const profiles: NamedProfile[] = [];
  for (const document of documents) {
    if (!isProfile(document.object)) continue;
    const { profile, diagnostics: faults } = parseBestPracticeProfile(document);
    diagnostics.push(...faults);
    if (profile !== undefined) profiles.push(profile);
  }
  profiles.sort((a, b) => (a.name < b.name ? -1 : 1));
  const units = profiles.map((profile, index) => unitOf(profile, profiles.slice(0, index)));
  const isScored = profiles.some(({ profile }) => profile.kubeScore !== false);
  return { units, needs: isScored ? NEIGHBOURS : [] };
}

function unitOf(profile: NamedProfile, before: readonly NamedProfile[]): PolicyUnit {
  const summary = summaryOf(profile, before);
  const kinds = kindsOfMatch(at(profile.document.object, 'spec', 'match'));
  const ask = (subjects: readonly Subject[], neighbours: ScoreNeighbours, { gate }: GateContext) => {
    const earlier = before.filter(({ gates = GATES }) => gates.includes(gate));
    const outcomes = subjects.map((subject) => outcomeOf(profile, earlier, subject));
    const asked = subjects.filter((_, index) => outcomes[index] === true);
    const found = verdictsByObject(asked.map(asPolicyObject), profile.profile, neighbours);
    const bySubject = new Map(asked.map((subject, index) => [subject, found[index] ?? []]));
    return subjects.map((subject, index): readonly GateVerdict[] => {
      const outcome = outcomes[index];
      if (typeof outcome === 'object') return [undecided(summary, subject, outcome.error)];
      const verdicts = bySubject.get(subject) ?? [];
      return verdicts.map((verdict) => ({ ...verdict, policyId: summary.id, subject: subject.reference }));
    });
  };
  return {
    summary,
    ...kinds,
    operations: WRITES,
    judge: (subject, context) => ask([subject], { unknown: true }, context)[0] ?? [],
    judgeTogether: (subjects, context) =>
      ask(subjects, { around: profile.profile.kubeScore === false ? [] : neighboursOf(subjects, context) }, context),
  };
}

/** Whether the profile counts for an object. */
function outcomeOf(profile: NamedProfile, before: readonly NamedProfile[], { object, namespace, source }: Subject) {
  for (const earlier of before) if (earlier.matches({ object, namespace, source }) === true) return false;
  return profile.matches({ object, namespace, source });
}

function asPolicyObject({ object, origin }: Subject): PolicyObject {
  return origin === undefined ? { object } : { object, origin };
}

/** What is in the namespaces of some objects besides them. */
function neighboursOf(subjects: readonly Subject[], { surroundings }: GateContext): readonly KubeObject[] {
  const own = new Set(subjects.map(({ kind, namespaceName, name }) => JSON.stringify([kind, namespaceName, name])));
  const namespaces = new Set(subjects.map(({ namespaceName }) => namespaceName));
  return [...namespaces].flatMap((namespace) =>
    NEIGHBOURS.flatMap((kind) => surroundings.list(kind, namespace)).filter(
      ({ kind, metadata }) => !own.has(JSON.stringify([kind, namespace, metadata.name])),
    ),
  );
}

function undecided(summary: PolicySummary, subject: Subject, error: string): GateVerdict {
  return {
    ...ACTIONS.deny,
    policy: summary.policy,
    policyId: summary.id,
    subject: subject.reference,
    message: `${summary.title} gave no answer: ${error}`,
    undecided: true,
  };
}

function summaryOf({ name, document, profile, gates }: NamedProfile, before: readonly NamedProfile[]): PolicySummary {
  const { object, origin } = document;
  const description = at(object, 'metadata', 'annotations', 'description');
  return {
    id: `best-practice/${name}`,
    policy: { kind: 'best-practice', name, ...(origin === undefined ? {} : { origin }) },
    title: `Best practice: ${name}`,
    ...(typeof description === 'string' ? { description } : {}),
    action: profile.denyFrom === 'never' ? 'warn' : 'deny',
    gates: gates ?? GATES,
    kinds: kindsForPeople(kindsOfMatch(at(object, 'spec', 'match')).kinds),
    readsSurroundings: false,
    hash: hashOf([contentOf(object), before.map((earlier) => contentOf(earlier.document.object))]),
  };
}
