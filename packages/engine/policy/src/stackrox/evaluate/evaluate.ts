import { defined } from '@sekisho/base';
import { gvkOf, type KubeObject } from '@sekisho/kube';
import { Field } from '../../best-practice/object/field.ts';
import type { PolicyObject, Severity, SubjectReference, Verdict } from '../../verdict.ts';
import { enforcementStage } from '../policy/enforcement.ts';
import type { EnforcementAction, LifecycleStage, StackroxPolicy, StackroxSeverity } from '../policy/policy.ts';
import { deploymentViewOf } from '../view/deployment.ts';
import { type ImageMetadata, parseImageName } from '../view/image.ts';
import { hasNetworkPolicy } from '../view/network-policies.ts';
import { portsOf } from '../view/ports.ts';
import type { PermissionLevel, Subject } from '../view/subject.ts';
import { type CompiledPolicy, compilePolicy, type SectionOutcome } from './compile-policy.ts';
import type { Surroundings } from './scope.ts';

export interface EvaluateOptions {
  /** Milliseconds since 1970: ages and expirations are counted from it. */
  readonly now: number;
  /** Asks disabled policies too. Default false. */
  readonly includeDisabled?: boolean;
}

/** A workload, and what lies around it. What is absent is not known, and criteria about it are answered so. */
export interface DeploySubject extends PolicyObject, Surroundings {
  /** By the reference as the containers write it. */
  readonly images?: Readonly<Record<string, ImageMetadata>>;
  /** Services (and Routes of OpenShift), those of other namespaces too. */
  readonly services?: readonly KubeObject[];
  readonly networkPolicies?: readonly KubeObject[];
  /** Of the service account. */
  readonly permissionLevel?: PermissionLevel;
  /** What is about to happen: actions for the other one don't deny. Absent: both count. */
  readonly operation?: 'create' | 'update';
}

export interface BuildSubject {
  readonly reference: string;
  readonly metadata?: ImageMetadata;
}

/** Stands in `Verdict.details`. */
export interface StackroxDetails {
  /**
   * `unknown`: data is missing without which nobody can tell. The decision is 'warn' then; a gate that fails closed denies
   * when `enforcement` is not empty.
   */
  readonly outcome: 'violated' | 'unknown';
  readonly policyId: string;
  readonly section: string;
  readonly categories: readonly string[];
  /** Everything that violates, one sentence each. */
  readonly violations: readonly string[];
  /** What nobody gave. */
  readonly missing: readonly string[];
  /** Actions that deny at this stage. */
  readonly enforcement: readonly EnforcementAction[];
}

export interface StackroxVerdict extends Verdict {
  readonly decision: 'warn' | 'deny';
  readonly details: StackroxDetails;
}

/** More say nothing new, and a scan may bring thousands. */
const MAX_LISTED = 40;

/**
 * Asks the policies for DEPLOY about a workload of any built-in kind; others violate nothing. One verdict for each section
 * that is violated, or of which nobody can tell.
 */
export function evaluateDeploy(
  policies: readonly StackroxPolicy[],
  subject: DeploySubject,
  options: EvaluateOptions,
): readonly StackroxVerdict[] {
  const { object, images = {}, networkPolicies, services, permissionLevel } = subject;
  const root = Field.root(object);
  const deployment = deploymentViewOf(object, root);
  if (deployment === undefined) return [];
  const has = (direction: 'Ingress' | 'Egress') =>
    networkPolicies === undefined ? undefined : hasNetworkPolicy(deployment, networkPolicies, direction);
  const whole: Subject = {
    workload: {
      deployment,
      permissionLevel,
      hasIngressPolicy: has('Ingress'),
      hasEgressPolicy: has('Egress'),
    },
    containers: deployment.containers.map((view) => {
      const field = view.field.at('image');
      const reference = field.text ?? '';
      const metadata = Object.hasOwn(images, reference) ? images[reference] : undefined;
      return { view, image: { name: view.image, metadata, field } };
    }),
    ports: portsOf(deployment, services),
    now: options.now,
  };
  const reference = referenceOf(subject);
  return asked(policies, 'DEPLOY', options)
    .filter((each) => each.appliesToDeployment(deployment, subject, options.now))
    .flatMap((each) => verdictsOf(each, withoutSkipped(whole, each), reference, 'DEPLOY', subject.operation));
}

/** Asks the policies for BUILD about an image. */
export function evaluateBuild(
  policies: readonly StackroxPolicy[],
  { reference, metadata }: BuildSubject,
  options: EvaluateOptions,
): readonly StackroxVerdict[] {
  const name = parseImageName(reference);
  const subject: Subject = {
    workload: undefined,
    containers: [{ view: undefined, image: { name, metadata, field: undefined } }],
    ports: [],
    now: options.now,
  };
  const image: SubjectReference = { group: '', version: '', kind: 'Image', name: reference };
  return asked(policies, 'BUILD', options)
    .filter((each) => each.appliesToImage(name, options.now))
    .flatMap((each) => verdictsOf(each, subject, image, 'BUILD', undefined));
}

function asked(
  policies: readonly StackroxPolicy[],
  stage: LifecycleStage,
  { includeDisabled = false }: EvaluateOptions,
): readonly CompiledPolicy[] {
  return policies
    .filter(({ disabled, lifecycleStages }) => (includeDisabled || !disabled) && lifecycleStages.includes(stage))
    .map(compilePolicy);
}

function withoutSkipped(subject: Subject, { skips }: CompiledPolicy): Subject {
  if (skips.length === 0) return subject;
  const containers = subject.containers.filter(({ view }) => view === undefined || !skips.includes(view.type));
  return { ...subject, containers };
}

function verdictsOf(
  { policy, sections }: CompiledPolicy,
  subject: Subject,
  reference: SubjectReference,
  stage: LifecycleStage,
  operation: DeploySubject['operation'],
): readonly StackroxVerdict[] {
  const enforcement = policy.enforcementActions.filter(
    (action) => enforcementStage(action) === stage && countsFor(action, operation),
  );
  return sections.flatMap(({ name, judge }, i) => {
    const result = judge(subject);
    if (result === undefined) return [];
    const section = name === '' ? `section ${i + 1}` : name;
    return [verdictOf(policy, section, result, reference, enforcement)];
  });
}

function countsFor(action: EnforcementAction, operation: DeploySubject['operation']): boolean {
  if (action === 'FAIL_DEPLOYMENT_UPDATE_ENFORCEMENT') return operation !== 'create';
  return operation !== 'update' || action !== 'FAIL_DEPLOYMENT_CREATE_ENFORCEMENT';
}

function verdictOf(
  policy: StackroxPolicy,
  section: string,
  { outcome, matches }: SectionOutcome,
  subject: SubjectReference,
  enforcement: readonly EnforcementAction[],
): StackroxVerdict {
  const certain = matches.filter(({ missing }) => missing === undefined);
  const violations = unique(certain.map(({ message }) => message));
  const missing = unique(matches.map((match) => match.missing));
  const fields = unique(matches.map(({ field }) => (field === '' ? undefined : field)));
  const [first = ''] = outcome === 'violated' ? violations : [];
  const more = violations.length > 1 ? ` (and ${violations.length - 1} more)` : '';
  const text = outcome === 'violated' ? `${first}${more}` : `cannot be told without ${missing.slice(0, 3).join(', ')}`;
  return {
    decision: outcome === 'violated' && enforcement.length > 0 ? 'deny' : 'warn',
    policy: { kind: 'stackrox', name: policy.name, rule: section },
    subject,
    message: `${policy.name}: ${text}`,
    ...defined({ severity: severities[policy.severity], remediation: policy.remediation || undefined }),
    ...(fields.length === 0 ? {} : { fields: fields.slice(0, MAX_LISTED) }),
    details: {
      outcome,
      policyId: policy.id,
      section,
      categories: policy.categories,
      violations: violations.slice(0, MAX_LISTED),
      missing: missing.slice(0, MAX_LISTED),
      enforcement,
    },
  };
}

const severities: Readonly<Record<StackroxSeverity, Severity | undefined>> = {
  UNSET_SEVERITY: undefined,
  LOW_SEVERITY: 'low',
  MEDIUM_SEVERITY: 'medium',
  HIGH_SEVERITY: 'high',
  CRITICAL_SEVERITY: 'critical',
};

function unique(texts: readonly (string | undefined)[]): readonly string[] {
  return [...new Set(texts.filter((text) => text !== undefined))];
}

function referenceOf({ object, origin }: PolicyObject): SubjectReference {
  const { group, version, kind } = gvkOf(object);
  const { name, generateName, namespace } = object.metadata;
  return {
    group,
    version,
    kind,
    ...defined({ namespace, origin }),
    name: name ?? generateName ?? '',
  };
}
