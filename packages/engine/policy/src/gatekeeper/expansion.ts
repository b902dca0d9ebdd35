import type { Diagnostic } from '@sekisho/base';
import { formatApiVersion, type GroupVersionKind, type KubeObject } from '@sekisho/kube';
import { at, faultList, gatekeeperKind, isRecord, nameOf, namespaceOf, type PolicyDocument } from './document.ts';
import { readApplyTo } from './mutation/apply-to.ts';
import {
  type ApplyTo,
  type MutateContext,
  type MutationResult,
  type Mutators,
  mutateObject,
} from './mutation/index.ts';

/** An ExpansionTemplate: objects that others will lead to, so that they can be judged before they are there. */
export interface Expansion {
  readonly name: string;
  readonly applyTo: ApplyTo;
  /** The field that holds what the object will be made from. */
  readonly templateSource: string;
  readonly generated: GroupVersionKind;
  /** In the place of the action of each constraint. */
  readonly enforcementAction: string | undefined;
}

export interface Expansions {
  /** By name. */
  readonly expansions: readonly Expansion[];
  readonly diagnostics: readonly Diagnostic[];
}

/** An object that another one leads to. */
export interface Resultant {
  readonly object: KubeObject;
  readonly expansion: Expansion;
}

export interface ExpandContext extends Pick<MutateContext, 'namespace' | 'username' | 'externalData'> {
  readonly mutators?: Mutators;
}

const MAX_DEPTH = 30;
/** Together, of one object. */
const MAX_RESULTANTS = 1000;

/** Reads all ExpansionTemplates among some objects. Codes: GATEKEEPER_EXPANSION_INVALID, GATEKEEPER_EXPANSION_CYCLE. */
export function compileExpansions(documents: readonly PolicyDocument[]): Expansions {
  const diagnostics: Diagnostic[] = [];
  const read = new Map<string, { expansion: Expansion; document: PolicyDocument }>();
  for (const document of documents) {
    if (gatekeeperKind(document.object) !== 'expansion') continue;
    const expansion = readExpansion(document, diagnostics);
    if (expansion !== undefined) read.set(expansion.name, { expansion, document });
  }
  const all = [...read.values()].sort((a, b) => (a.expansion.name < b.expansion.name ? -1 : 1));
  const cyclic = findCyclic(all.map(({ expansion }) => expansion));
  for (const { expansion, document } of all) {
    if (!cyclic.has(expansion)) continue;
    faultList(document, 'GATEKEEPER_EXPANSION_CYCLE', diagnostics).add(
      ['spec', 'generatedGVK'],
      'leads back to an object that it is for; expansions in a cycle are not applied',
    );
  }
  return {
    expansions: all.map(({ expansion }) => expansion).filter((expansion) => !cyclic.has(expansion)),
    diagnostics,
  };
}

function readExpansion(document: PolicyDocument, diagnostics: Diagnostic[]): Expansion | undefined {
  const { object } = document;
  const faults = faultList(document, 'GATEKEEPER_EXPANSION_INVALID', diagnostics);
  const name = nameOf(object);
  if (name === '') faults.add(['metadata', 'name'], 'is required');
  const applyTo = readApplyTo(object, faults);
  const templateSource = at(object, 'spec', 'templateSource');
  if (typeof templateSource !== 'string' || templateSource === '')
    faults.add(['spec', 'templateSource'], 'is required: the field with the template, like spec.template');
  const generated = at(object, 'spec', 'generatedGVK');
  const [group = '', version, kind] = ['group', 'version', 'kind'].map((field) => at(generated, field));
  if (typeof group !== 'string' || typeof version !== 'string' || typeof kind !== 'string' || kind === '') {
    faults.add(['spec', 'generatedGVK'], 'must have version and kind, and group where there is one');
    return undefined;
  }
  const action = at(object, 'spec', 'enforcementAction');
  if (action !== undefined && action !== '' && !['deny', 'warn', 'dryrun'].includes(String(action)))
    faults.add(['spec', 'enforcementAction'], 'must be deny, warn or dryrun');
  if (faults.count > 0) return undefined;
  return {
    name,
    applyTo,
    templateSource: templateSource as string,
    generated: { group, version, kind },
    enforcementAction: action === undefined || action === '' ? undefined : String(action),
  };
}

/** Those from which one comes back to themselves. */
function findCyclic(expansions: readonly Expansion[]): ReadonlySet<Expansion> {
  const next = new Map(
    expansions.map((from) => {
      const { group, version, kind } = from.generated;
      const generated = { apiVersion: formatApiVersion(group, version), kind, metadata: {} };
      return [from, expansions.filter(({ applyTo }) => applyTo.includes(generated))] as const;
    }),
  );
  const isCyclic = (start: Expansion): boolean => {
    const seen = new Set<Expansion>();
    const waiting = [...(next.get(start) ?? [])];
    for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
      if (one === start) return true;
      if (seen.has(one)) continue;
      seen.add(one);
      waiting.push(...(next.get(one) ?? []));
    }
    return false;
  };
  return new Set(expansions.filter(isCyclic));
}

/**
 * What an object leads to, after mutation, and what that leads to in turn.
 *
 * @returns `error` when a template can't be followed; there are no objects then
 */
export function expandObject(
  { expansions }: Expansions,
  object: KubeObject,
  context: ExpandContext = {},
): { resultants: readonly Resultant[]; error?: string } {
  const { mutators = { mutators: [], diagnostics: [] }, ...rest } = context;
  const base: MutationResult = expansions.some(({ applyTo }) => applyTo.includes(object))
    ? mutateObject(mutators, object, { ...rest, source: 'Original' })
    : { object, changedBy: [] };
  if (base.error !== undefined) return { resultants: [], error: base.error };
  const resultants: Resultant[] = [];
  let parents = [base.object];
  for (let depth = 0; parents.length > 0; depth++) {
    if (depth > MAX_DEPTH) return { resultants: [], error: `expansion goes deeper than ${MAX_DEPTH} levels` };
    const children: KubeObject[] = [];
    for (const parent of parents) {
      for (const expansion of expansions) {
        if (!expansion.applyTo.includes(parent)) continue;
        const made = resultantOf(expansion, parent, context.namespace);
        if (typeof made === 'string') return { resultants: [], error: made };
        const mutated = mutateObject(mutators, made, { ...rest, source: 'Generated' });
        if (mutated.error !== undefined) return { resultants: [], error: mutated.error };
        resultants.push({ object: mutated.object, expansion });
        if (resultants.length > MAX_RESULTANTS)
          return { resultants: [], error: `expansion gives more than ${MAX_RESULTANTS} objects` };
        children.push(mutated.object);
      }
    }
    parents = children;
  }
  return { resultants };
}

/** The object, or why there is none. */
function resultantOf(expansion: Expansion, parent: KubeObject, namespace: KubeObject | undefined): KubeObject | string {
  const template = at(parent, ...expansion.templateSource.split('.'));
  const { group, version, kind } = expansion.generated;
  const parentName = parent.metadata?.name ?? parent.metadata?.generateName ?? '';
  if (!isRecord(template))
    return `${expansion.name}: ${parent.kind} ${parentName} has no object at ${expansion.templateSource}`;
  const written = isRecord(template['metadata']) ? template['metadata'] : {};
  const namespaceName = namespaceOf(parent) || namespace?.metadata?.name || '';
  const owner = { apiVersion: parent.apiVersion, kind: parent.kind, name: parentName, uid: parent.metadata?.uid ?? '' };
  return {
    ...template,
    apiVersion: formatApiVersion(group, version),
    kind,
    metadata: {
      ...written,
      name: `${parentName === '' ? '' : `${parentName}-`}${kind.toLowerCase()}`,
      ...(namespaceName === '' ? {} : { namespace: namespaceName }),
      ownerReferences: [owner],
    },
  };
}
