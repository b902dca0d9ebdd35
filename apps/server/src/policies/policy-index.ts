import { gvkOf } from '@sekisho/kube';
import type { PolicyBundle, PolicyDocument } from '@sekisho/policy';
import { asRecord } from '../applications/as-record.ts';
import { isConstraint } from './definitions/constraint.ts';

/** Where policies are written, by their ids. */
export interface PolicyIndex {
  documentOf(policyId: string): PolicyDocument | PolicyBundle | undefined;
}

export function createPolicyIndex(documents: readonly PolicyDocument[], bundles: readonly PolicyBundle[]): PolicyIndex {
  const byId = new Map<string, PolicyDocument>();
  for (const document of documents) {
    const id = idOf(document);
    if (id !== undefined && !byId.has(id)) byId.set(id, document);
  }
  const byName = new Map(bundles.map((bundle) => [bundle.name, bundle]));
  return {
    documentOf(id) {
      const known = byId.get(id);
      if (known !== undefined) return known;
      const [kind, name = '', ...rest] = id.split('/');
      if (kind === 'rego') return byName.get(name);
      if (kind !== 'stackrox') return undefined;
      const policy = [name, ...rest].join('/');
      // Policies that StackRox exported name themselves.
      return bundles.find(
        ({ format, files }) =>
          format === 'stackrox' && files.some(({ text }) => text.includes(JSON.stringify(policy).slice(1, -1))),
      );
    },
  };
}

function idOf({ object }: PolicyDocument): string | undefined {
  const { group, kind } = gvkOf(object);
  const { name = '' } = object.metadata;
  if (isConstraint(object)) return `gatekeeper/${kind}/${name}`;
  if (group === 'admissionregistration.k8s.io' && kind.endsWith('AdmissionPolicy')) return `admission/${name}`;
  if (kind === 'BestPracticeProfile') return `best-practice/${name}`;
  if (kind === 'SecurityPolicy') {
    const { policyName } = asRecord(object['spec']);
    return `stackrox/${typeof policyName === 'string' ? policyName : name}`;
  }
  if (group === 'mutations.gatekeeper.sh') return `gatekeeper/${kind}/${name}`;
  return undefined;
}
