import type { Diagnostic } from '@sekisho/base';
import type { GroupVersionKind } from '@sekisho/kube';
import type { Constraint } from '../gatekeeper/constraint.ts';
import { at, isRecord, isTexts, kindOf, nameOf, type PolicyDocument } from '../gatekeeper/document.ts';
import { actionsAt, type EnforcementPoint } from '../gatekeeper/enforcement.ts';
import type { ExternalData } from '../gatekeeper/external-data.ts';
import { compileGatekeeper, type GatekeeperPolicies } from '../gatekeeper/policies.ts';
import { askConstraint, fieldsIn } from '../gatekeeper/review.ts';
import type { Process } from '../gatekeeper/sync.ts';
import { contentOf, hashOf } from './hash.ts';
import { kindsForPeople, kindsOfMatch } from './match-kinds.ts';
import type { Subject } from './subject.ts';
import type { Gate, GateContext, GateVerdict, PolicyAction, PolicySummary } from './types.ts';
import { DEFAULT_LIMITS, GATES, type PolicyUnit } from './unit.ts';
import { ACTIONS, strongest } from './verdicts.ts';

/** Constraints as policies of a set. */
export interface GatekeeperUnits {
  readonly units: readonly PolicyUnit[];
  readonly policies: GatekeeperPolicies;
  /** Kinds that `data.inventory` must hold. */
  readonly needs: readonly GroupVersionKind[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Points whose scoped actions count at a gate. */
const POINTS: Readonly<Record<Gate, readonly EnforcementPoint[]>> = {
  admission: ['validation.gatekeeper.sh'],
  audit: ['audit.gatekeeper.sh'],
  check: ['gator.gatekeeper.sh', 'validation.gatekeeper.sh'],
  sync: ['sync.sekisho.dev', 'validation.gatekeeper.sh'],
};

export function gatekeeperUnits(
  documents: readonly PolicyDocument[],
  options: { readonly externalData?: ExternalData } = {},
): GatekeeperUnits {
  const policies = compileGatekeeper(documents, options);
  const templates = new Map(
    documents
      .filter(({ object }) => kindOf(object) === 'ConstraintTemplate')
      .map(({ object }) => [nameOf(object), object]),
  );
  const units = policies.constraints.map((constraint): PolicyUnit => {
    const template = templates.get(constraint.template.name);
    const summary = summaryOf(constraint, template);
    return {
      summary,
      ...kindsOfMatch(at(constraint.object, 'spec', 'match')),
      operations: operationsOf(constraint),
      judge: (subject, context) => judge(constraint, summary, policies, subject, context),
    };
  });
  const needs = [...(policies.config.synced ?? []), ...[...templates.values()].flatMap(requiredKinds)];
  return { units, policies, needs, diagnostics: policies.diagnostics };
}

function judge(
  constraint: Constraint,
  summary: PolicySummary,
  { config }: GatekeeperPolicies,
  subject: Subject,
  { gate, surroundings, limits, signal }: GateContext,
): readonly GateVerdict[] {
  const action = actionAtGate(constraint, gate);
  if (action === undefined) return [];
  const { ownNamespace } = subject;
  if (ownNamespace !== '' && config.isExcluded(ownNamespace, processOf(gate))) return [];
  const violations = askConstraint(constraint, subject.review, subject.templateReview, {
    inventory: surroundings.inventory,
    limits: limits ?? DEFAULT_LIMITS,
    ...(signal === undefined ? {} : { signal }),
  });
  if (violations.length === 0) return NONE;
  return violations.map(({ message, details, undecided }): GateVerdict => {
    const fields = fieldsIn(details);
    return {
      ...ACTIONS[action],
      policy: summary.policy,
      policyId: summary.id,
      subject: subject.reference,
      message,
      ...(fields.length === 0 ? {} : { fields }),
      ...(details === undefined ? {} : { details }),
      ...(undecided === undefined ? {} : { undecided }),
    };
  });
}

const NONE: readonly GateVerdict[] = [];

function actionAtGate({ enforcement }: Constraint, gate: Gate): PolicyAction | undefined {
  return strongest(POINTS[gate].flatMap((point) => actionsAt(enforcement, point)));
}

function processOf(gate: Gate): Process {
  return gate === 'audit' ? 'audit' : 'webhook';
}

function summaryOf(constraint: Constraint, template: PolicyDocument['object'] | undefined): PolicySummary {
  const { kind, name, object, origin, enforcement } = constraint;
  const annotations = at(template, 'metadata', 'annotations');
  const title = at(annotations, 'metadata.gatekeeper.sh/title');
  const description = at(annotations, 'description');
  return {
    id: `gatekeeper/${kind}/${name}`,
    policy: { kind: 'gatekeeper', name: kind, rule: name, ...(origin === undefined ? {} : { origin }) },
    title: typeof title === 'string' && title !== '' ? title : kind,
    ...(typeof description === 'string' ? { description } : {}),
    action: enforcement.action as PolicySummary['action'],
    gates: GATES.filter((gate) => actionAtGate(constraint, gate) !== undefined),
    kinds: kindsForPeople(kindsOfMatch(at(object, 'spec', 'match')).kinds),
    readsSurroundings: readsInventory(constraint),
    hash: hashOf([contentOf(object), template === undefined ? null : contentOf(template)]),
  };
}

/** Rego that says inventory, in whatever way, may read it. */
function readsInventory({ template: { rego } }: Constraint): boolean {
  return [rego.source, ...rego.libs].some(({ text }) => text.includes('inventory'));
}

/** Deletions and connections are asked about only by templates that name them. */
function operationsOf({ template: { operations } }: Constraint): PolicyUnit['operations'] {
  const all = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] as const;
  if (operations.length === 0) return new Set(['CREATE', 'UPDATE']);
  return new Set(all.filter((operation) => operations.includes(operation) || operations.includes('*')));
}

/** Kinds that a template says it compares with, by its annotation: lists of alternatives. */
function requiredKinds(template: PolicyDocument['object']): readonly GroupVersionKind[] {
  const text = at(template, 'metadata', 'annotations', 'metadata.gatekeeper.sh/requires-sync-data');
  if (typeof text !== 'string') return [];
  // People write it as a block of a document in quotes, too.
  const requirements = parseJson(text.trim().replace(/^"+|"+$/g, ''));
  const alternatives = (Array.isArray(requirements) ? requirements : []).flatMap((one: unknown) =>
    Array.isArray(one) ? (one as unknown[]) : [one],
  );
  return alternatives.filter(isRecord).flatMap((entry) => {
    const [groups, versions, kinds] = ['groups', 'versions', 'kinds'].map((field) => at(entry, field));
    if (!isTexts(groups) || !isTexts(versions) || !isTexts(kinds)) return [];
    return groups.flatMap((group) =>
      versions.flatMap((version) => kinds.map((kind): GroupVersionKind => ({ group, version, kind }))),
    );
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
