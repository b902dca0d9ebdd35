import { formatApiVersion, type KubeObject } from '@sekisho/kube';
import { at, type FaultList, isTexts } from '../document.ts';

/** The kinds that a mutator or an expansion is for. */
export interface ApplyTo {
  /** `apps/v1/Deployment` */
  readonly kinds: readonly string[];
  /** Whether it is for an object, when this is done to it. */
  includes(object: KubeObject, operation?: string): boolean;
}

/** More kinds than any cluster has. */
const MAX_KINDS = 10_000;

/** Reads `spec.applyTo`: every combination of its groups, versions and kinds, which stand for themselves (no patterns). */
export function readApplyTo(object: KubeObject, faults: FaultList): ApplyTo {
  const path = ['spec', 'applyTo'];
  const entries = at(object, ...path);
  const byKind = new Map<string, Set<string>>();
  if (!Array.isArray(entries) || entries.length === 0) faults.add(path, 'is required: groups, versions and kinds');
  for (const [i, entry] of (Array.isArray(entries) ? entries : []).entries()) {
    const [groups, versions, kinds] = ['groups', 'versions', 'kinds'].map((field) => at(entry, field));
    if (
      !isTexts(groups) ||
      !isTexts(versions) ||
      !isTexts(kinds) ||
      groups.length * versions.length * kinds.length === 0
    ) {
      faults.add([...path, i], 'must have groups, versions and kinds, each a list of texts');
      continue;
    }
    if (groups.length * versions.length * kinds.length > MAX_KINDS) {
      faults.add([...path, i], `names more than ${MAX_KINDS} kinds`);
      continue;
    }
    if ([...groups, ...versions, ...kinds].includes('*')) {
      faults.add([...path, i], 'must name each group, version and kind; * is not allowed');
      continue;
    }
    const operations = at(entry, 'operations');
    for (const group of groups)
      for (const version of versions)
        for (const kind of kinds) {
          const id = `${formatApiVersion(group, version)}/${kind}`;
          const known = byKind.get(id) ?? new Set();
          for (const operation of isTexts(operations) && operations.length > 0 ? operations : ['*'])
            known.add(operation);
          byKind.set(id, known);
        }
  }
  return {
    kinds: [...byKind.keys()],
    includes({ apiVersion, kind }, operation) {
      const operations = byKind.get(`${apiVersion}/${kind}`);
      if (operations === undefined) return false;
      return operation === undefined || operations.has('*') || operations.has(operation);
    },
  };
}
