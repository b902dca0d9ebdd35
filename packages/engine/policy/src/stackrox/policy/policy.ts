import { type Codec, enumeration, flag, list, type Message, message, optional, text, timestamp } from './proto-json.ts';

/**
 * A policy of StackRox (Red Hat Advanced Cluster Security): the message `storage.Policy`, version 1.1. Texts are '' and
 * lists empty where the JSON says nothing.
 */
export interface StackroxPolicy extends Message {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly rationale: string;
  readonly remediation: string;
  readonly disabled: boolean;
  readonly categories: readonly string[];
  readonly lifecycleStages: readonly LifecycleStage[];
  readonly eventSource: EventSource;
  /** What it is not asked about. */
  readonly exclusions: readonly Exclusion[];
  /** What it is asked about; empty is everything. */
  readonly scope: readonly Scope[];
  readonly severity: StackroxSeverity;
  readonly enforcementActions: readonly EnforcementAction[];
  /** Ids of notifiers, which live elsewhere. */
  readonly notifiers: readonly string[];
  readonly lastUpdated: string | undefined;
  readonly SORTName: string;
  readonly SORTLifecycleStage: string;
  readonly SORTEnforcement: boolean;
  /** '1.1'. */
  readonly policyVersion: string;
  /** It is violated when one of them is. */
  readonly policySections: readonly PolicySection[];
  readonly mitreAttackVectors: readonly MitreAttackVector[];
  readonly criteriaLocked: boolean;
  readonly mitreVectorsLocked: boolean;
  readonly isDefault: boolean;
  readonly source: 'IMPERATIVE' | 'DECLARATIVE';
  readonly evaluationFilter: EvaluationFilter | undefined;
}

export type LifecycleStage = 'DEPLOY' | 'BUILD' | 'RUNTIME';
export type EventSource = 'NOT_APPLICABLE' | 'DEPLOYMENT_EVENT' | 'AUDIT_LOG_EVENT' | 'NODE_EVENT';
export type StackroxSeverity =
  | 'UNSET_SEVERITY'
  | 'LOW_SEVERITY'
  | 'MEDIUM_SEVERITY'
  | 'HIGH_SEVERITY'
  | 'CRITICAL_SEVERITY';
export type EnforcementAction =
  | 'UNSET_ENFORCEMENT'
  | 'SCALE_TO_ZERO_ENFORCEMENT'
  | 'UNSATISFIABLE_NODE_CONSTRAINT_ENFORCEMENT'
  | 'KILL_POD_ENFORCEMENT'
  | 'FAIL_BUILD_ENFORCEMENT'
  | 'FAIL_KUBE_REQUEST_ENFORCEMENT'
  | 'FAIL_DEPLOYMENT_CREATE_ENFORCEMENT'
  | 'FAIL_DEPLOYMENT_UPDATE_ENFORCEMENT';

/** It is violated when all of its groups match, where they share one, the same container, volume, port or CVE. */
export interface PolicySection extends Message {
  readonly sectionName: string;
  readonly policyGroups: readonly PolicyGroup[];
}

/** One criterion and the values it is held against. */
export interface PolicyGroup extends Message {
  readonly fieldName: string;
  readonly booleanOperator: 'OR' | 'AND';
  readonly negate: boolean;
  readonly values: readonly PolicyValue[];
}

export interface PolicyValue extends Message {
  readonly value: string;
}

export interface Scope extends Message {
  /** Id of a cluster. */
  readonly cluster: string;
  /** Expression for the whole name, in any case. */
  readonly namespace: string;
  readonly label: ScopeLabel | undefined;
  readonly clusterLabel: ScopeLabel | undefined;
  readonly namespaceLabel: ScopeLabel | undefined;
}

/** Expressions for the whole key and the whole value. */
export interface ScopeLabel extends Message {
  readonly key: string;
  readonly value: string;
}

export interface Exclusion extends Message {
  readonly name: string;
  readonly deployment: DeploymentExclusion | undefined;
  readonly image: ImageExclusion | undefined;
  /** From then on it no longer counts. */
  readonly expiration: string | undefined;
}

export interface DeploymentExclusion extends Message {
  /** Expression for the whole name; '' is any. */
  readonly name: string;
  readonly scope: Scope | undefined;
}

export interface ImageExclusion extends Message {
  /** What the full name of the image begins with. */
  readonly name: string;
}

export interface MitreAttackVector extends Message {
  readonly tactic: string;
  readonly techniques: readonly string[];
}

export interface EvaluationFilter extends Message {
  readonly skipContainerTypes: readonly ContainerType[];
}

export type ContainerType = 'REGULAR' | 'INIT';

const scopeLabel = message<ScopeLabel>({ key: text, value: text });

const scope = message<Scope>({
  cluster: text,
  namespace: text,
  label: optional(scopeLabel),
  clusterLabel: optional(scopeLabel),
  namespaceLabel: optional(scopeLabel),
});

const exclusion = message<Exclusion>({
  name: text,
  deployment: optional(message<DeploymentExclusion>({ name: text, scope: optional(scope) })),
  image: optional(message<ImageExclusion>({ name: text })),
  expiration: timestamp,
});

const group = message<PolicyGroup>({
  fieldName: text,
  booleanOperator: enumeration(['OR', 'AND']),
  negate: flag,
  values: list(message<PolicyValue>({ value: text })),
});

/** Names of enumerations stand in the order of their numbers. */
export const policyCodec: Codec<StackroxPolicy> = message<StackroxPolicy>({
  id: text,
  name: text,
  description: text,
  rationale: text,
  remediation: text,
  disabled: flag,
  categories: list(text),
  lifecycleStages: list(enumeration(['DEPLOY', 'BUILD', 'RUNTIME'])),
  eventSource: enumeration(['NOT_APPLICABLE', 'DEPLOYMENT_EVENT', 'AUDIT_LOG_EVENT', 'NODE_EVENT']),
  exclusions: list(exclusion),
  scope: list(scope),
  severity: enumeration(['UNSET_SEVERITY', 'LOW_SEVERITY', 'MEDIUM_SEVERITY', 'HIGH_SEVERITY', 'CRITICAL_SEVERITY']),
  enforcementActions: list(
    enumeration([
      'UNSET_ENFORCEMENT',
      'SCALE_TO_ZERO_ENFORCEMENT',
      'UNSATISFIABLE_NODE_CONSTRAINT_ENFORCEMENT',
      'KILL_POD_ENFORCEMENT',
      'FAIL_BUILD_ENFORCEMENT',
      'FAIL_KUBE_REQUEST_ENFORCEMENT',
      'FAIL_DEPLOYMENT_CREATE_ENFORCEMENT',
      'FAIL_DEPLOYMENT_UPDATE_ENFORCEMENT',
    ]),
  ),
  notifiers: list(text),
  lastUpdated: timestamp,
  SORTName: text,
  SORTLifecycleStage: text,
  SORTEnforcement: flag,
  policyVersion: text,
  policySections: list(message<PolicySection>({ sectionName: text, policyGroups: list(group) })),
  mitreAttackVectors: list(message<MitreAttackVector>({ tactic: text, techniques: list(text) })),
  criteriaLocked: flag,
  mitreVectorsLocked: flag,
  isDefault: flag,
  source: enumeration(['IMPERATIVE', 'DECLARATIVE']),
  evaluationFilter: optional(message<EvaluationFilter>({ skipContainerTypes: list(enumeration(['REGULAR', 'INIT'])) })),
});
