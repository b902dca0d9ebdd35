import { messageOf } from '@sekisho/base';
import type { Field } from '../../best-practice/object/field.ts';
import type { EventSource, LifecycleStage, PolicyGroup } from '../policy/policy.ts';
import { type Level, type Levels, type Node, nodesOf, type Step, type Subject } from '../view/subject.ts';
import type { ValueGrammar } from './value.ts';

/** Data that a criterion needs and nobody gave. */
export class Missing {
  readonly what: string;
  constructor(what: string) {
    this.what = what;
  }
}

/** One place where a group matches, or may match. */
export interface Match {
  readonly steps: readonly Step[];
  /** Without what it cannot be told; undefined for a certain match. */
  readonly missing: string | undefined;
  /** One sentence. */
  readonly message: string;
  readonly field: string | undefined;
}

/** A field name that groups may have. */
export interface Criterion {
  readonly name: string;
  /** The first stage that knows it; the later ones do too. */
  readonly stage: LifecycleStage;
  readonly negatable: boolean;
  /** Takes one value only. */
  readonly single: boolean;
  /** At RUNTIME: what it is about, and the event sources that know it. */
  readonly runtime?: { readonly about: readonly RuntimeSubject[]; readonly sources: readonly EventSource[] };
  /** undefined when the value is well written, else what is wrong with it. */
  faultOf(value: string, source: EventSource): string | undefined;
  /** Where a group of this field matches in a subject. Not for RUNTIME. */
  compile?(group: PolicyGroup): (subject: Subject) => readonly Match[];
}

export type RuntimeSubject = 'process' | 'network' | 'kubernetes' | 'audit' | 'file';

interface CriterionOptions<L extends Level, V> {
  readonly level: L;
  readonly values: ValueGrammar<V>;
  /** Values at a place: undefined when there are none, an empty list for a list that is empty. */
  readonly read: (entity: Levels[L], subject: Subject) => readonly V[] | Missing | undefined;
  /** Completes the title of the place: "Container web" + "is privileged". */
  readonly says: (found: string, wanted: string) => string;
  readonly show?: (value: V) => string;
  /** More exactly where it stands. */
  readonly field?: (at: Field, entity: Levels[L]) => Field;
  /** May it be negated? Default no. */
  readonly negatable?: boolean;
  readonly single?: boolean;
  /** It asks for what must be: a group matches where the value is not met. */
  readonly inverted?: boolean;
}

/** Criteria about images are known from BUILD on, the others from DEPLOY on. */
const buildLevels: readonly Level[] = ['image', 'config', 'layer', 'scan', 'component', 'vulnerability'];

export function criterion<L extends Level, V>(name: string, options: CriterionOptions<L, V>): Criterion {
  const {
    level,
    values,
    read,
    says,
    field = (at) => at,
    negatable = false,
    single = false,
    inverted = false,
  } = options;
  const show = options.show ?? String;

  function compile(group: PolicyGroup): (subject: Subject) => readonly Match[] {
    const tests = group.values.map(({ value }) => values.compile(value));
    const judge = (group.negate !== inverted ? findNegated : findAny)(tests, group.booleanOperator === 'AND');
    const wanted = group.values.map(({ value }) => value).join(group.booleanOperator === 'AND' ? ' and ' : ' or ');
    return (subject) =>
      nodesOf(subject, level).flatMap((node) => {
        const { entity } = node;
        if (entity === undefined) return [uncertain(node, node.missing)];
        const candidates = read(entity, subject);
        if (candidates === undefined) return [];
        if (candidates instanceof Missing) return [uncertain(node, candidates.what)];
        const found = judge(candidates);
        if (found === undefined) return [];
        const shown = [...new Set(found.map(show))].join(', ');
        return [
          {
            steps: node.steps,
            missing: undefined,
            message: `${node.title} ${says(shown, wanted)}`,
            field: node.field === undefined ? undefined : field(node.field, entity).path,
          },
        ];
      });
  }

  return {
    name,
    stage: buildLevels.includes(level) ? 'BUILD' : 'DEPLOY',
    negatable,
    single,
    faultOf: (value) => faultOf(values, value),
    compile,
  };
}

function uncertain(node: Node<Level>, missing: string): Match {
  return { steps: node.steps, missing, message: `Nobody gave ${missing}`, field: node.field?.path };
}

export function faultOf<V>(values: ValueGrammar<V>, value: string): string | undefined {
  try {
    values.compile(value);
    return undefined;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const why = messageOf(error);
    return `must be ${values.expects}${why === '' ? '' : `: ${why}`}`;
  }
}

type Test<V> = (candidate: V) => boolean;
/** Gives what to show, or undefined where there is no match. */
type Judge<V> = (candidates: readonly V[]) => readonly V[] | undefined;

function findAny<V>(tests: readonly Test<V>[], all: boolean): Judge<V> {
  return (candidates) => {
    const holds = all ? tests.every((test) => candidates.some(test)) : tests.some((test) => candidates.some(test));
    return holds ? candidates.filter((candidate) => tests.some((test) => test(candidate))) : undefined;
  };
}

/** `not (a or b)` is `not a and not b`, and the other way round. */
function findNegated<V>(tests: readonly Test<V>[], all: boolean): Judge<V> {
  return (candidates) => {
    const meets = (test: Test<V>) => candidates.some(test);
    if (all ? tests.every(meets) : tests.some(meets)) return undefined;
    return candidates.filter((candidate) => !tests.every((test) => test(candidate)));
  };
}
