import { type Clock, formatDiagnostic, isSekishoError } from '@sekisho/base';
import { gvkOf, type KubeObject, type Manifest } from '@sekisho/kube';
import {
  type ApplicationCondition,
  comparableView,
  type IgnoreDifferences,
  type IgnoreRule,
  type JsonPath,
  matchesGlob,
  objectKeyOf,
  parseIgnoreRules,
  placeObject,
  rulesFor,
} from '@sekisho/sync';
import type { Application } from '../applications/application.ts';
import { createTurns } from '../turns.ts';
import type { ComparisonSettingsBook } from './comparison-settings.ts';
import type { Jq } from './jq.ts';

/** What is left out of one comparison, with all answers of jq that it needs. */
export interface Ignored {
  /** Absent: nothing is ignored. */
  readonly ignoreDifferences?: IgnoreDifferences;
  /** What is wrong with the rules. With a `ComparisonError` among them nothing may be decided from a comparison. */
  readonly conditions: readonly ApplicationCondition[];
}

/** Finds out what comparisons leave out. */
export interface Ignoring {
  /**
   * @param objects  manifests as they are rendered, and what lives; their instances are remembered, so that the same
   *                 version of an object is asked about an expression once
   */
  prepare(application: Application, manifests: readonly Manifest[], live: Iterable<KubeObject>): Promise<Ignored>;
}

/** An expression that failed is not tried again for this long, twice as long each time: it would hold up everybody's. */
const FIRST_PENALTY_MS = 60_000;
const LONGEST_PENALTY_MS = 30 * 60_000;

interface Penalty {
  readonly ms: number;
  readonly until: number;
  readonly message: string;
}

export function createIgnoring(options: { jq: Jq; settings: ComparisonSettingsBook; clock: Clock }): Ignoring {
  const { jq, settings, clock } = options;
  const answers = new WeakMap<KubeObject, Map<string, readonly JsonPath[]>>();
  const parsed = new WeakMap<object, ReturnType<typeof parseIgnoreRules>>();
  const penalties = new Map<string, Penalty>();

  function rulesOf({ object, key }: Application): ReturnType<typeof parseIgnoreRules> {
    const { ignoreDifferences } = (object['spec'] ?? {}) as { ignoreDifferences?: unknown };
    if (typeof ignoreDifferences !== 'object' || ignoreDifferences === null) {
      return parseIgnoreRules(ignoreDifferences, `application ${key}`);
    }
    let found = parsed.get(ignoreDifferences);
    if (found === undefined) {
      found = parseIgnoreRules(ignoreDifferences, `application ${key}`);
      parsed.set(ignoreDifferences, found);
    }
    return found;
  }

  /**
   * Asks jq about objects that it was not asked about before.
   *
   * @param owner  the application whose rule it is; '' for rules of all
   * @returns what is wrong with the expression
   */
  async function ask(expression: string, objects: readonly KubeObject[], owner: string): Promise<string | undefined> {
    const unknown = objects.filter((object) => answers.get(object)?.has(expression) !== true);
    if (unknown.length === 0) return undefined;
    const rule = `${owner} ${expression}`;
    const penalty = penalties.get(rule);
    if (penalty !== undefined && clock.now() < penalty.until) return penalty.message;
    try {
      const found = await jq.paths(expression, unknown.map(comparableView));
      unknown.forEach((object, index) => {
        const known = answers.get(object) ?? new Map<string, readonly JsonPath[]>();
        answers.set(object, known.set(expression, found[index] ?? []));
      });
      penalties.delete(rule);
      return undefined;
    } catch (error) {
      if (!isSekishoError(error)) throw error;
      const message = `ignoreDifferences: jq ${JSON.stringify(expression)}: ${error.message}`;
      if (penalties.size > 10_000) penalties.clear();
      const ms = Math.min(LONGEST_PENALTY_MS, (penalty?.ms ?? FIRST_PENALTY_MS / 2) * 2);
      penalties.set(rule, { ms, until: clock.now() + ms, message });
      return message;
    }
  }

  return {
    async prepare(application, manifests, live) {
      const own = rulesOf(application);
      const conditions: ApplicationCondition[] = own.diagnostics.map((diagnostic) => ({
        type: 'ComparisonError',
        message: formatDiagnostic(diagnostic),
      }));
      conditions.push(...unreadableFor(manifests, settings.current));
      const rules = [...settings.current.rules, ...own.rules];
      if (rules.length === 0) return { conditions };
      const objects = await objectsByExpression(rules, application, manifests, live);
      for (const [expression, concerned] of objects) {
        const isShared = settings.current.rules.some(({ jqPathExpressions }) => jqPathExpressions.includes(expression));
        const fault = await ask(expression, concerned, isShared ? '' : application.key);
        if (fault !== undefined) conditions.push({ type: 'ComparisonError', message: fault });
      }
      return {
        conditions,
        ignoreDifferences: {
          rules,
          jqPaths: (expression, object) => answers.get(object)?.get(expression) ?? [],
        },
      };
    },
  };
}

/** A rule for all that can't be read stops the applications that it may have been meant for. */
function unreadableFor(
  manifests: readonly Manifest[],
  { unreadable }: ComparisonSettingsBook['current'],
): ApplicationCondition[] {
  return unreadable
    .filter((rule) =>
      manifests.some(({ object }) => {
        const { group, kind } = gvkOf(object);
        return matchesGlob(rule.group, group) && matchesGlob(rule.kind, kind);
      }),
    )
    .map(({ diagnostic }) => ({ type: 'ComparisonError', message: formatDiagnostic(diagnostic) }));
}

async function objectsByExpression(
  rules: readonly IgnoreRule[],
  application: Application,
  manifests: readonly Manifest[],
  live: Iterable<KubeObject>,
): Promise<Map<string, KubeObject[]>> {
  const found = new Map<string, KubeObject[]>();
  const withJq = rules.filter((rule) => rule.jqPathExpressions.length > 0);
  if (withJq.length === 0) return found;
  const note = (object: KubeObject, placed: KubeObject) => {
    for (const rule of rulesFor(withJq, objectKeyOf(placed))) {
      for (const expression of rule.jqPathExpressions) {
        const objects = found.get(expression);
        if (objects === undefined) found.set(expression, [object]);
        else objects.push(object);
      }
    }
  };
  const kinds = new Set(manifests.map(({ object }) => kindOf(object)));
  const { namespace } = application.spec.destination;
  // A cluster-scoped object is asked about once more than needed when a rule names its namespace: no harm.
  const giveWay = createTurns();
  for (const { object } of manifests) {
    await giveWay();
    note(object, placeObject(object, undefined, namespace));
  }
  for (const object of live) {
    await giveWay();
    if (kinds.has(kindOf(object))) note(object, object);
  }
  return found;
}

function kindOf(object: KubeObject): string {
  const { group, kind } = gvkOf(object);
  return `${group}/${kind}`;
}
