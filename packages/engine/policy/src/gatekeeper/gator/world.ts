import type { Diagnostic } from '@sekisho/base';
import { builtinResources, type KubeObject } from '@sekisho/kube';
import type { PlainObject } from '@sekisho/rego';
import { isNamespace, type PolicyDocument } from '../document.ts';
import { compileExpansions, type Expansions, expandObject } from '../expansion.ts';
import { createInventory } from '../inventory.ts';
import { compileMutators, type Mutators } from '../mutation/index.ts';
import { compileGatekeeper, type GatekeeperOptions, type GatekeeperPolicies } from '../policies.ts';
import { type AroundConstraint, type ConstraintVerdict, type Review, reviewObject, reviewOf } from '../review.ts';

/** All policies and all objects of one run of gator. */
export interface GatorWorld {
  readonly policies: GatekeeperPolicies;
  readonly mutators: Mutators;
  readonly expansions: Expansions;
  readonly inventory: PlainObject;
  readonly diagnostics: readonly Diagnostic[];
  namespaceOf(object: KubeObject): KubeObject | undefined;
}

/** Watches what constraints do. */
export interface GatorObserver {
  beginReview(): AroundConstraint;
}

/** A violation, with all that is to be done about it. */
export interface GatorViolation {
  readonly verdict: ConstraintVerdict;
  readonly message: string;
  /** As the constraint says: an action or `scoped`. */
  readonly enforcementAction: string;
  /** With `scoped`: what is to be done where gator stands. */
  readonly scopedActions: readonly string[];
  readonly object: KubeObject;
}

/**
 * @param documents  what holds policies; mutators and expansions among them count
 * @param objects  what is in the cluster
 */
export function createWorld(
  documents: readonly PolicyDocument[],
  objects: readonly KubeObject[],
  options: GatekeeperOptions = {},
): GatorWorld {
  const policies = compileGatekeeper(documents, options);
  const mutators = compileMutators(documents);
  const expansions = compileExpansions(documents);
  const diagnostics = [...policies.diagnostics, ...mutators.diagnostics, ...expansions.diagnostics];
  return { policies, mutators, expansions, diagnostics, ...clusterOf(objects) };
}

/** The same policies where other objects are in the cluster. */
export function withObjects(world: GatorWorld, objects: readonly KubeObject[]): GatorWorld {
  return { ...world, ...clusterOf(objects) };
}

function clusterOf(objects: readonly KubeObject[]): Pick<GatorWorld, 'inventory' | 'namespaceOf'> {
  const namespaces = new Map(objects.filter(isNamespace).map((object) => [object.metadata?.name, object]));
  return {
    inventory: createInventory(objects),
    namespaceOf(object) {
      if (isNamespace(object) || isClusterScoped(object)) return undefined;
      // Every cluster has the namespace default; an object that names none will be in one that is not known.
      const name = object.metadata?.namespace ?? '';
      return namespaces.get(name) ?? (name === '' || name === 'default' ? emptyNamespace(name) : undefined);
    },
  };
}

function emptyNamespace(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

function isClusterScoped({ apiVersion, kind }: KubeObject): boolean {
  clusterScoped ??= new Set(
    builtinResources
      .filter(({ namespaced }) => !namespaced)
      .map((info) => `${info.group === '' ? '' : `${info.group}/`}${info.version} ${info.kind}`),
  );
  return clusterScoped.has(`${apiVersion} ${kind}`);
}

let clusterScoped: ReadonlySet<string> | undefined;

/** Violations of an object and of all that it leads to; or why the latter can't be told. */
export function judge(
  world: GatorWorld,
  object: KubeObject,
  given?: Review,
  observer?: GatorObserver,
): { violations: readonly GatorViolation[]; error?: string } {
  const namespace = world.namespaceOf(object);
  const point = { enforcementPoint: 'gator.gatekeeper.sh', inventory: world.inventory } as const;
  const ask = (review: Review): readonly ConstraintVerdict[] =>
    reviewObject(world.policies, review, { ...point, around: observer?.beginReview() });
  const own = given === undefined ? reviewOf(object, { namespace }) : { ...given, namespace };
  const violations = asViolations(ask(own), object);
  const { resultants, error } = expandObject(world.expansions, object, {
    mutators: world.mutators,
    namespace,
  });
  if (error !== undefined) return { violations, error };
  for (const { object: resultant, expansion } of resultants) {
    const review = reviewOf(resultant, { namespace, source: 'Generated' });
    for (const found of asViolations(ask(review), object)) {
      const message = `[Implied by ${expansion.name}] ${found.message}`;
      const action = expansion.enforcementAction;
      violations.push(
        action === undefined
          ? { ...found, message }
          : { ...found, message, enforcementAction: action, scopedActions: [] },
      );
    }
  }
  return { violations };
}

/** Verdicts are given for each action: those of one violation belong together. */
function asViolations(verdicts: readonly ConstraintVerdict[], object: KubeObject): GatorViolation[] {
  const violations: (GatorViolation & { scopedActions: string[] })[] = [];
  for (const verdict of verdicts) {
    const { action } = verdict.constraint.enforcement;
    const last = violations.at(-1);
    const isSame =
      last?.verdict.constraint === verdict.constraint &&
      last.message === verdict.message &&
      last.verdict.details === verdict.details &&
      !last.scopedActions.includes(verdict.action);
    if (isSame && action === 'scoped') last.scopedActions.push(verdict.action);
    else
      violations.push({
        verdict,
        message: verdict.message,
        enforcementAction: action,
        scopedActions: action === 'scoped' ? [verdict.action] : [],
        object,
      });
  }
  return violations;
}

/** Whether a violation makes gator fail. */
export function isDenied({ enforcementAction, scopedActions }: GatorViolation): boolean {
  return enforcementAction === 'deny' || scopedActions.includes('deny');
}
