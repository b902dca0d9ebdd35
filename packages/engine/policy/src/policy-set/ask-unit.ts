import { messageOf } from '@sekisho/base';
import type { Subject } from './subject.ts';
import type { GateContext, GateRequest, GateVerdict } from './types.ts';
import type { PolicyUnit } from './unit.ts';
import { undecidedVerdict } from './verdicts.ts';

/** Of one policy about one object: more say nothing new. */
const MAX_VERDICTS = 200;
/** In UTF-16 units. */
const MAX_MESSAGE = 8192;

/** Asks a policy. Whatever goes wrong with it is its own answer: no policy keeps others from theirs. */
export function askUnit(unit: PolicyUnit, subject: Subject, context: GateContext): readonly GateVerdict[] {
  let verdicts: readonly GateVerdict[];
  try {
    verdicts = unit.judge(subject, context);
  } catch (error) {
    return [undecided(unit, subject.request, context, error)];
  }
  return bounded(verdicts);
}

/** As {@link askUnit}, a list for each object. When it fails for all at once, it has no answer for any of them. */
export function askUnitTogether(
  unit: PolicyUnit,
  subjects: readonly Subject[],
  context: GateContext,
): readonly (readonly GateVerdict[])[] {
  if (unit.judgeTogether === undefined) return subjects.map((subject) => askUnit(unit, subject, context));
  let answers: readonly (readonly GateVerdict[])[];
  try {
    answers = unit.judgeTogether(subjects, context);
  } catch (error) {
    return subjects.map(({ request }) => [undecided(unit, request, context, error)]);
  }
  return subjects.map((_, index) => bounded(answers[index] ?? []));
}

/** @throws what ended the question, when that is why there is no answer */
function undecided({ summary }: PolicyUnit, request: GateRequest, context: GateContext, error: unknown): GateVerdict {
  context.signal?.throwIfAborted();
  return undecidedVerdict(summary.id, summary, request, `${summary.id} gave no answer: ${messageOf(error)}`);
}

/** Neither more verdicts nor longer messages than somebody can read. */
function bounded(verdicts: readonly GateVerdict[]): readonly GateVerdict[] {
  if (verdicts.length === 0) return verdicts;
  return heaviest(verdicts).map((verdict) =>
    verdict.message.length <= MAX_MESSAGE
      ? verdict
      : { ...verdict, message: `${verdict.message.slice(0, MAX_MESSAGE)}…` },
  );
}

const RANKS: Readonly<Record<GateVerdict['decision'], number>> = { deny: 0, warn: 1, allow: 2 };

/** What weighs most is kept. */
function heaviest(verdicts: readonly GateVerdict[]): readonly GateVerdict[] {
  if (verdicts.length <= MAX_VERDICTS) return verdicts;
  const kept = [...verdicts].sort((a, b) => RANKS[a.decision] - RANKS[b.decision]).slice(0, MAX_VERDICTS);
  const last = kept.at(-1) as GateVerdict;
  const message = `${last.message} (and ${verdicts.length - MAX_VERDICTS} more of this policy)`;
  return [...kept.slice(0, -1), { ...last, message }];
}
