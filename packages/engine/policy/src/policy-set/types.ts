import type { Diagnostic, Origin } from '@sekisho/base';
import type { GroupVersionKind, KubeObject } from '@sekisho/kube';
import type { EvaluationLimits } from '@sekisho/rego';
import type { PolicyDocument } from '../gatekeeper/document.ts';
import type { PolicyReference, Severity } from '../verdict.ts';
import type { Waiver } from '../waiver/waiver.ts';
import type { ConcernQuestion, ConcernTable } from './concern-table.ts';
import type { Gate, GateVerdict, Operation } from './gate.ts';
import type { Surroundings } from './surroundings.ts';

export type { ConcernQuestion, ConcernTable } from './concern-table.ts';
export type { Gate, GateVerdict, Operation } from './gate.ts';

/** What breaking a policy leads to; `dryrun` only notes it. */
export type PolicyAction = 'deny' | 'warn' | 'dryrun';

/** All policies that count in one place. */
export interface PolicySources {
  /**
   * Objects that are policies, in any order: Gatekeeper's kinds, admission policies with their bindings, StackRox's
   * SecurityPolicy, and Sekisho's BestPracticeProfile and Waiver. Others are ignored.
   */
  readonly documents: readonly PolicyDocument[];
  /** Policies that lie in files. */
  readonly bundles?: readonly PolicyBundle[];
}

/** Files of one PolicySource: Rego as Conftest reads it, or exported StackRox policies. */
export interface PolicyBundle {
  /** Of the PolicySource. */
  readonly name: string;
  readonly format: 'rego' | 'stackrox';
  /** `.rego`, `.json` and `.yaml`; tests of policies are left out by whoever reads them. */
  readonly files: readonly PolicyFile[];
  /** What a rule `deny` or `violation` leads to. Rules `warn` warn. Default `deny`. */
  readonly action?: PolicyAction;
  /** Default: all gates. */
  readonly gates?: readonly Gate[];
  /** Which objects are asked about, as a constraint's `match`. Default: all. */
  readonly match?: unknown;
  /** Rego packages that are asked. Default `main`. */
  readonly namespaces?: readonly string[];
}

export interface PolicyFile {
  readonly text: string;
  readonly origin: Origin;
}

/** One policy of a set: a constraint, an admission policy, a package of Rego, a StackRox policy, a profile. */
export interface PolicySummary {
  /** `gatekeeper/K8sRequiredLabels/owner`, `admission/no-latest`, `rego/platform/main`, `stackrox/Latest tag`, `best-practice/default`. */
  readonly id: string;
  readonly policy: PolicyReference;
  readonly title: string;
  readonly description?: string;
  readonly severity?: Severity;
  /** As written; `scoped` when it depends on the gate. */
  readonly action: PolicyAction | 'scoped';
  readonly gates: readonly Gate[];
  /** Kinds that it is about, for people: `Pod`, `apps/Deployment`, `*`. */
  readonly kinds: readonly string[];
  /**
   * Its answer depends on other objects of the cluster than the Namespace that the object is in: when one of them changes, all
   * are asked again.
   */
  readonly readsSurroundings: boolean;
  /** Another one when what it says may be another. */
  readonly hash: string;
}

/** Policies, compiled, to be asked at every gate. */
export interface PolicySet {
  readonly policies: readonly PolicySummary[];
  readonly waivers: readonly Waiver[];
  /** Faults of policies and waivers: what has one is left out, everything else counts. */
  readonly diagnostics: readonly Diagnostic[];
  /** Kinds that {@link Surroundings} must hold, besides Namespace. */
  readonly needs: readonly GroupVersionKind[];
  readonly concernTable: ConcernTable;
  /** Says no when certainly no policy has a word about such objects: they need not be sent here. */
  concerns(question: ConcernQuestion): boolean;
  /** Asks about one object. The waivers count; what they cover is no deny any more. */
  judge(request: GateRequest, context: GateContext): readonly GateVerdict[];
  /** As `judge`, a list for each: cheaper than one by one. */
  judgeEach(requests: readonly GateRequest[], context: GateContext): readonly (readonly GateVerdict[])[];
  /** Asks about objects that belong together, like those of an application: in their order. */
  judgeTogether(requests: readonly GateRequest[], context: GateContext): readonly GateVerdict[];
  /** What mutators and mutating admission policies make of an object. */
  mutate(request: GateRequest, context: GateContext): GateMutation;
  /** Which rule spoke, and which values of the object made it. Undefined when the verdict can't be had again. */
  explain(verdict: GateVerdict, request: GateRequest, context: GateContext): Explanation | undefined;
}

/** What is to be judged: what an AdmissionRequest says. */
export interface GateRequest {
  /** Absent for a deletion. */
  readonly object?: KubeObject;
  readonly oldObject?: KubeObject;
  /** Default `CREATE`. */
  readonly operation?: Operation;
  readonly subResource?: string;
  readonly resource?: { readonly group: string; readonly version: string; readonly resource: string };
  readonly userInfo?: Readonly<Record<string, unknown>>;
  readonly dryRun?: boolean;
  /** Where the object is written, when it comes from git. */
  readonly origin?: Origin;
}

export interface GateContext {
  readonly gate: Gate;
  /** Milliseconds since 1970: waivers expire by it. */
  readonly now: number;
  readonly surroundings: Surroundings;
  /** Only these, by id. Default: all. */
  readonly policies?: ReadonlySet<string>;
  /** Waivers that count besides those of the set, like those that an application brings. */
  readonly waivers?: readonly Waiver[];
  /** Of each policy; what needs more counts as its deny. */
  readonly limits?: EvaluationLimits;
  /** Cluster that the object is of or for. */
  readonly cluster?: string;
  readonly signal?: AbortSignal;
  /** Called before each policy is asked: who watches over them wants to name the one that never ends. */
  readonly onPolicy?: (policyId: string) => void;
}

export interface GateMutation {
  /** The same instance when nothing changed. */
  readonly object: KubeObject;
  /** Ids of what changed it, for people. */
  readonly changedBy: readonly string[];
  /** Why it could not be mutated: a deny at admission. */
  readonly error?: string;
}

/** Why a verdict is what it is. */
export interface Explanation {
  /** The rule's text and place. */
  readonly rule?: { readonly origin?: Origin; readonly text: string };
  readonly parameters?: unknown;
  /** Fields that the rule looked at, and what stood there; absent when nothing did. */
  readonly values: readonly { readonly path: string; readonly value?: unknown }[];
}
