import type { Diagnostic } from '@sekisho/base';
import type { GroupVersionKind, KubeObject } from '@sekisho/kube';
import type { Expansions } from '../gatekeeper/expansion.ts';
import type { ExternalData } from '../gatekeeper/external-data.ts';
import { type Mutators, mutateObject } from '../gatekeeper/mutation/index.ts';
import type { GatekeeperConfig } from '../gatekeeper/sync.ts';
import type { Waiver } from '../waiver/waiver.ts';
import { WaiverBook, waive } from '../waiver/waiver-book.ts';
import { type ConcernTable, concernsIn, coversKind } from './concern-table.ts';
import { type Subject, subjectOf } from './subject.ts';
import type {
  ConcernQuestion,
  Explanation,
  Gate,
  GateContext,
  GateMutation,
  GateRequest,
  GateVerdict,
  PolicySet,
  PolicySummary,
} from './types.ts';
import { GATES, type PolicyUnit, WRITES } from './unit.ts';

/** What a set is made of. */
export interface PolicySetParts {
  readonly units: readonly PolicyUnit[];
  readonly waivers: readonly Waiver[];
  readonly diagnostics: readonly Diagnostic[];
  readonly needs: readonly GroupVersionKind[];
  readonly mutators: Mutators;
  readonly expansions: Expansions;
  readonly config: GatekeeperConfig;
  readonly externalData: ExternalData | undefined;
}

/** More kinds than a cluster has; names of kinds are a stranger's. */
const MAX_KEPT_KINDS = 2000;

export class CompiledPolicySet implements PolicySet {
  readonly policies: readonly PolicySummary[];
  readonly waivers: readonly Waiver[];
  readonly diagnostics: readonly Diagnostic[];
  readonly needs: readonly GroupVersionKind[];
  readonly concernTable: ConcernTable;
  readonly #parts: PolicySetParts;
  readonly #waivers: WaiverBook;
  readonly #byId: ReadonlyMap<string, PolicyUnit>;
  /** By gate, group and kind: who is asked. */
  readonly #asked = new Map<string, readonly PolicyUnit[]>();

  constructor(parts: PolicySetParts) {
    this.#parts = parts;
    this.policies = parts.units.map(({ summary }) => summary);
    this.waivers = parts.waivers;
    this.diagnostics = parts.diagnostics;
    this.needs = parts.needs;
    this.concernTable = concernTableOf(parts);
    this.#waivers = new WaiverBook(parts.waivers);
    this.#byId = new Map(parts.units.map((unit) => [unit.summary.id, unit]));
  }

  concerns(question: ConcernQuestion): boolean {
    return concernsIn(this.concernTable, question);
  }

  judge(request: GateRequest, context: GateContext): readonly GateVerdict[] {
    const subject = subjectOf(request, context.surroundings);
    if (subject === undefined) return [];
    return this.#waived(this.#askAll(subject, context), subject, context);
  }

  judgeTogether(requests: readonly GateRequest[], context: GateContext): readonly GateVerdict[] {
    return requests.flatMap((request) => this.judge(request, context));
  }

  mutate(request: GateRequest, context: GateContext): GateMutation {
    const object = request.object as KubeObject;
    const subject = subjectOf(request, context.surroundings);
    if (subject === undefined || request.object === undefined) return { object, changedBy: [] };
    return mutateObject(this.#parts.mutators, object, {
      namespace: subject.namespace,
      operation: subject.operation,
      externalData: this.#parts.externalData,
    });
  }

  explain(verdict: GateVerdict, request: GateRequest, context: GateContext): Explanation | undefined {
    const subject = subjectOf(request, context.surroundings);
    return subject && this.#byId.get(verdict.policyId)?.explain?.(verdict, subject, context);
  }

  #askAll(subject: Subject, context: GateContext): readonly GateVerdict[] {
    const verdicts: GateVerdict[] = [];
    for (const unit of this.#askedAt(context.gate, subject.group, subject.kind)) {
      if (!unit.operations.has(subject.operation)) continue;
      if (context.policies !== undefined && !context.policies.has(unit.summary.id)) continue;
      context.onPolicy?.(unit.summary.id);
      const own = unit.judge(subject, context);
      if (own.length > 0) verdicts.push(...own);
    }
    return verdicts;
  }

  #askedAt(gate: Gate, group: string, kind: string): readonly PolicyUnit[] {
    const key = `${gate} ${group} ${kind}`;
    let asked = this.#asked.get(key);
    if (asked === undefined) {
      asked = this.#parts.units.filter(
        ({ summary, kinds }) => summary.gates.includes(gate) && coversKind(kinds, group, kind),
      );
      if (this.#asked.size >= MAX_KEPT_KINDS) this.#asked.clear();
      this.#asked.set(key, asked);
    }
    return asked;
  }

  #waived(verdicts: readonly GateVerdict[], subject: Subject, context: GateContext): readonly GateVerdict[] {
    const { waivers = [], now } = context;
    if (verdicts.length === 0 || (waivers.length === 0 && this.waivers.length === 0)) return verdicts;
    const brought = waivers.length === 0 ? undefined : new WaiverBook(waivers);
    return verdicts.map((verdict) => {
      const { object, namespace } = subject;
      const waiver =
        this.#waivers.find(verdict, object, namespace, now) ?? brought?.find(verdict, object, namespace, now);
      return waive(verdict, waiver);
    });
  }
}

function concernTableOf({ units, mutators }: PolicySetParts): ConcernTable {
  const judging = units.map(({ summary: { gates }, operations, kinds }) => ({
    gates,
    operations: [...operations],
    ...(kinds === undefined ? {} : { kinds }),
  }));
  if (mutators.mutators.length === 0) return judging;
  return [...judging, { gates: GATES, operations: [...WRITES], mutates: true }];
}
