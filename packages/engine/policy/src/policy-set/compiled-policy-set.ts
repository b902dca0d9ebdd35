import type { Diagnostic } from '@sekisho/base';
import type { GroupVersionKind } from '@sekisho/kube';
import type { MutatingPolicy } from '../admission/mutating-policy.ts';
import { at, isRecord } from '../gatekeeper/document.ts';
import type { Expansions } from '../gatekeeper/expansion.ts';
import type { ExternalData } from '../gatekeeper/external-data.ts';
import type { Mutators } from '../gatekeeper/mutation/index.ts';
import type { GatekeeperConfig } from '../gatekeeper/sync.ts';
import type { Waiver } from '../waiver/waiver.ts';
import { WaiverBook, waive } from '../waiver/waiver-book.ts';
import { operationsOf, patternsOf } from './admission-units.ts';
import { askResultants } from './ask-resultants.ts';
import { askUnit, askUnitTogether } from './ask-unit.ts';
import type { CompileCache } from './compile-cache.ts';
import { type ConcernTable, concernsIn, coversKind, type KindPattern } from './concern-table.ts';
import { explanationByFields } from './explanation.ts';
import { kindsOfMatch } from './match-kinds.ts';
import { mutateRequest } from './mutate-request.ts';
import { shapedRequest } from './shape.ts';
import { type Subject, subjectOf } from './subject.ts';
import { surroundingsWith } from './surroundings-with.ts';
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
import { ACTIONS } from './verdicts.ts';

/** What a set is made of. */
export interface PolicySetParts {
  readonly units: readonly PolicyUnit[];
  readonly waivers: readonly Waiver[];
  readonly diagnostics: readonly Diagnostic[];
  readonly needs: readonly GroupVersionKind[];
  readonly mutators: Mutators;
  readonly mutating: readonly MutatingPolicy[];
  readonly expansions: Expansions;
  readonly config: GatekeeperConfig;
  readonly externalData: ExternalData | undefined;
  readonly cache: CompileCache;
}

/** More kinds than a cluster has; names of kinds are a stranger's. */
const MAX_KEPT_KINDS = 2000;

export class CompiledPolicySet implements PolicySet {
  readonly policies: readonly PolicySummary[];
  readonly waivers: readonly Waiver[];
  readonly diagnostics: readonly Diagnostic[];
  readonly needs: readonly GroupVersionKind[];
  readonly concernTable: ConcernTable;
  /** For the set after it. */
  readonly parts: PolicySetParts;
  readonly #waivers: WaiverBook;
  readonly #byId: ReadonlyMap<string, PolicyUnit>;
  /** By gate, group and kind: who is asked. */
  readonly #asked = new Map<string, readonly PolicyUnit[]>();

  constructor(parts: PolicySetParts) {
    this.parts = parts;
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
    return this.judgeEach([request], context)[0] ?? [];
  }

  judgeEach(requests: readonly GateRequest[], context: GateContext): readonly (readonly GateVerdict[])[] {
    const subjects = requests.map((request) => subjectOf(shapedRequest(request), context.surroundings));
    const found = this.#askEach(
      subjects.filter((subject) => subject !== undefined),
      context,
    );
    const brought = broughtWaivers(context);
    return subjects.map((subject) =>
      subject === undefined ? [] : this.#waived(found.get(subject) ?? [], subject, context, brought),
    );
  }

  judgeTogether(given: readonly GateRequest[], context: GateContext): readonly GateVerdict[] {
    const requests = given.map(shapedRequest);
    const mutations = requests.map((request) => this.mutate(request, context));
    const asked = requests.map((request, index): GateRequest => {
      const { object } = mutations[index] ?? {};
      return object === undefined || object === request.object ? request : { ...request, object };
    });
    const objects = asked.flatMap(({ object }) => (isRecord(object) ? [object] : []));
    const surroundings = surroundingsWith(context.surroundings, objects);
    const own: GateContext = { ...context, surroundings };
    const subjects = asked.map((request) => subjectOf(request, surroundings));
    const found = this.#askTogether(
      subjects.filter((subject) => subject !== undefined),
      own,
    );
    const brought = broughtWaivers(context);
    return subjects.flatMap((subject, index) => {
      if (subject === undefined) return [];
      const error = mutations[index]?.error;
      const verdicts = [...(error === undefined ? [] : [unmutated(subject, error)]), ...(found.get(subject) ?? [])];
      return this.#waived(verdicts, subject, own, brought);
    });
  }

  mutate(request: GateRequest, context: GateContext): GateMutation {
    const mutation = mutateRequest(this.parts, shapedRequest(request), context);
    if (mutation.changedBy.length > 0 || request.object === undefined) return mutation;
    return { ...mutation, object: request.object };
  }

  explain(verdict: GateVerdict, request: GateRequest, context: GateContext): Explanation | undefined {
    const subject = subjectOf(shapedRequest(request), context.surroundings);
    const unit = this.#byId.get(verdict.policyId);
    if (subject === undefined || unit === undefined) return undefined;
    return unit.explain?.(verdict, subject, context) ?? explanationByFields(verdict, subject.object);
  }

  /** One policy after the other about all objects of a kind: what a processor has of its code is used again. */
  #askEach(subjects: readonly Subject[], context: GateContext): ReadonlyMap<Subject, readonly GateVerdict[]> {
    const found = new Map<Subject, GateVerdict[]>(subjects.map((subject) => [subject, []]));
    for (const alike of byKind(subjects)) {
      const [{ group, kind }] = alike;
      for (const unit of this.#askedAt(context.gate, group, kind)) {
        for (const subject of alike) {
          if (isAsked(unit, subject, context)) found.get(subject)?.push(...askUnit(unit, subject, context));
        }
      }
    }
    for (const subject of subjects) found.get(subject)?.push(...this.#askResultants(subject, context));
    return found;
  }

  /** Each policy is asked about all objects at once, and the answers are sorted by object. */
  #askTogether(subjects: readonly Subject[], context: GateContext): ReadonlyMap<Subject, readonly GateVerdict[]> {
    const found = new Map<Subject, GateVerdict[]>(subjects.map((subject) => [subject, []]));
    for (const unit of this.parts.units) {
      if (!unit.summary.gates.includes(context.gate)) continue;
      const own = subjects.filter(
        (subject) => coversKind(unit.kinds, subject.group, subject.kind) && isAsked(unit, subject, context),
      );
      if (own.length === 0) continue;
      context.signal?.throwIfAborted();
      const answers = askUnitTogether(unit, own, context);
      own.forEach((subject, index) => {
        found.get(subject)?.push(...(answers[index] ?? []));
      });
    }
    for (const subject of subjects) found.get(subject)?.push(...this.#askResultants(subject, context));
    return found;
  }

  #askResultants(subject: Subject, context: GateContext): readonly GateVerdict[] {
    if (this.parts.expansions.expansions.length === 0) return [];
    return askResultants(this.parts, subject, context, (resultant) =>
      this.#askedAt(context.gate, resultant.group, resultant.kind)
        .filter((unit) => unit.summary.policy.kind === 'gatekeeper' && isAsked(unit, resultant, context))
        .flatMap((unit) => askUnit(unit, resultant, context)),
    );
  }

  #askedAt(gate: Gate, group: string, kind: string): readonly PolicyUnit[] {
    const key = `${gate} ${group} ${kind}`;
    let asked = this.#asked.get(key);
    if (asked === undefined) {
      asked = this.parts.units.filter(
        ({ summary, kinds }) => summary.gates.includes(gate) && coversKind(kinds, group, kind),
      );
      if (this.#asked.size >= MAX_KEPT_KINDS) this.#asked.clear();
      this.#asked.set(key, asked);
    }
    return asked;
  }

  #waived(
    verdicts: readonly GateVerdict[],
    { object, namespace }: Subject,
    { now }: GateContext,
    brought: WaiverBook | undefined,
  ): readonly GateVerdict[] {
    if (verdicts.length === 0 || (brought === undefined && this.waivers.length === 0)) return verdicts;
    return verdicts.map((verdict) => {
      const waiver =
        this.#waivers.find(verdict, object, namespace, now) ?? brought?.find(verdict, object, namespace, now);
      return waive(verdict, waiver);
    });
  }
}

function byKind(subjects: readonly Subject[]): readonly (readonly [Subject, ...Subject[]])[] {
  const groups = new Map<string, [Subject, ...Subject[]]>();
  for (const subject of subjects) {
    const key = `${subject.group} ${subject.kind}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [subject]);
    else group.push(subject);
  }
  return [...groups.values()];
}

function isAsked({ operations, summary: { id } }: PolicyUnit, subject: Subject, context: GateContext): boolean {
  if (!operations.has(subject.operation)) return false;
  if (context.policies !== undefined && !context.policies.has(id)) return false;
  context.onPolicy?.(id);
  return true;
}

function broughtWaivers({ waivers = [] }: GateContext): WaiverBook | undefined {
  return waivers.length === 0 ? undefined : new WaiverBook(waivers);
}

/** What the cluster would refuse to mutate it would refuse. */
function unmutated(subject: Subject, error: string): GateVerdict {
  return {
    ...ACTIONS.deny,
    policy: { kind: 'gatekeeper', name: 'mutation' },
    policyId: 'gatekeeper/mutation',
    subject: subject.reference,
    message: `it can't be mutated: ${error}`,
    undecided: true,
  };
}

function concernTableOf({ units, mutators, mutating, expansions }: PolicySetParts): ConcernTable {
  const judging = units.map(({ summary: { id, gates }, operations, kinds }) => ({
    policyId: id,
    gates,
    operations: [...operations],
    ...(kinds === undefined ? {} : { kinds }),
  }));
  const leading = expansions.expansions.map(({ applyTo }) => ({
    gates: GATES,
    operations: [...WRITES],
    kinds: applyTo.kinds.map(patternOf),
  }));
  const changing = mutators.mutators.map(({ applyTo, document }) => ({
    gates: GATES,
    operations: [...WRITES],
    ...(applyTo === undefined
      ? kindsOfMatch(at(document.object, 'spec', 'match'))
      : { kinds: applyTo.kinds.map(patternOf) }),
    mutates: true as const,
  }));
  const policies = mutating
    .filter(({ bindings }) => bindings.length > 0)
    .map(({ match: { rules } }) => ({
      gates: GATES,
      operations: [...operationsOf(rules)],
      kinds: rules.flatMap(patternsOf),
      mutates: true as const,
    }));
  return [...judging, ...leading, ...changing, ...policies];
}

/** Of `apps/v1/Deployment`. */
function patternOf(id: string): KindPattern {
  const parts = id.split('/');
  return { groups: [parts.length > 2 ? (parts[0] ?? '') : ''], kinds: [parts.at(-1) ?? ''] };
}
