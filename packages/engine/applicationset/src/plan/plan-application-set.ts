import type { KubeObject } from '@sekisho/kube';
import { rolledOut } from '../rolling-sync/rolled-out.ts';
import type { ApplicationSet } from '../spec/application-set.ts';
import { updateOf } from './desired.ts';
import { isOwned, otherOwner, ownersWith } from './ownership.ts';
import type {
  ApplicationDeletion,
  ApplicationSetPlan,
  ApplicationUpdate,
  InvalidApplication,
  PlanInput,
} from './plan-types.ts';
import { effectivePolicy } from './policy.ts';

/** What the API server takes as a name of an object. */
const NAME = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;

/**
 * What to create, change and delete so that the Applications of a set are those that were generated.
 *
 * What is invalid is not touched: neither changed nor deleted. Applications of that name that nobody owns become the set's.
 */
export function planApplicationSet(input: PlanInput): ApplicationSetPlan {
  const { set, live, policy, isPolicyOverridable } = input;
  const { allowsUpdate, allowsDelete } = effectivePolicy(set.spec, policy, isPolicyOverridable);
  const liveByName = new Map(live.map((application) => [nameOf(application), application]));
  const invalid = validate(input, liveByName);
  const create: KubeObject[] = [];
  const update: ApplicationUpdate[] = [];
  const untouched = new Set<KubeObject>();

  for (const { application } of input.generated) {
    const found = liveByName.get(nameOf(application));
    if (found !== undefined) untouched.add(found);
    if (invalid.has(nameOf(application))) continue;
    const wished = input.rollout === undefined ? application : rolledOut(application, input.rollout);
    if (found === undefined) {
      create.push({ ...wished, metadata: { ...wished.metadata, ownerReferences: ownersWith(undefined, set) } });
      continue;
    }
    if (!allowsUpdate && isOwned(found, set)) continue;
    const change = updateOf(found, wished, input);
    if (Object.keys(change.patch).length === 0) continue;
    update.push(change);
    untouched.delete(found);
  }
  const generatedNames = new Set(input.generated.map(({ application }) => nameOf(application)));
  const gone = live.filter((application) => isOwned(application, set) && !generatedNames.has(nameOf(application)));
  return {
    create,
    update,
    delete: allowsDelete ? gone.filter(isThere).map((application) => deletionOf(application, input)) : [],
    keep: [...untouched, ...(allowsDelete ? [] : gone)],
    invalid: [...invalid].map(([name, message]): InvalidApplication => ({ name, message })),
  };
}

function validate(
  { set, generated, validate: check }: PlanInput,
  live: ReadonlyMap<string, KubeObject>,
): Map<string, string> {
  const invalid = new Map<string, string>();
  const seen = new Set<string>();
  for (const { application } of generated) {
    const name = nameOf(application);
    const message = seen.has(name)
      ? `ApplicationSet ${set.name} contains applications with duplicate name: ${name}`
      : (faultOfName(name) ?? faultOfOwner(live.get(name), set) ?? check?.(application));
    seen.add(name);
    if (message !== undefined) invalid.set(name, message);
  }
  return new Map([...invalid].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function faultOfName(name: string): string | undefined {
  if (NAME.test(name) && name.length <= 253) return undefined;
  return `"${name}" is no name for an Application: lower case letters, digits, '-' and '.', at most 253 of them`;
}

function faultOfOwner(application: KubeObject | undefined, set: ApplicationSet): string | undefined {
  const owner = application === undefined ? undefined : otherOwner(application, set);
  if (owner === undefined) return undefined;
  return `application ${nameOf(application as KubeObject)} is already owned by another ${owner.kind} controller ${owner.name}`;
}

/** One that is on its way out needs no second request. */
function isThere(application: KubeObject): boolean {
  return application.metadata.deletionTimestamp === undefined;
}

function deletionOf(live: KubeObject, { hasDestination }: PlanInput): ApplicationDeletion {
  const hasFinalizers = (live.metadata.finalizers ?? []).length > 0;
  return { live, withoutCleanUp: hasFinalizers && hasDestination !== undefined && !hasDestination(live) };
}

function nameOf(application: KubeObject): string {
  return application.metadata.name ?? '';
}
