import type { Diagnostic } from '@sekisho/base';
import type { PolicyDocument } from '@sekisho/policy';
import { keyOf } from '../document-key.ts';
import { type PolicySourceSpec, readPolicySource } from './spec.ts';

/**
 * Reads all PolicySources among the policies. One that has a fault now is followed as it was; one that was never good is
 * told.
 */
export function createSourceReader(): (documents: readonly PolicyDocument[]) => {
  readonly specs: readonly PolicySourceSpec[];
  readonly faults: readonly Diagnostic[];
} {
  let known = new Map<string, PolicySourceSpec>();
  return (documents) => {
    const specs = new Map<string, PolicySourceSpec>();
    const faults: Diagnostic[] = [];
    for (const { object } of documents) {
      if (object.kind !== 'PolicySource') continue;
      const { name = '' } = object.metadata;
      const read = readPolicySource(object);
      const spec = 'fault' in read ? known.get(name) : read;
      if (spec !== undefined) specs.set(name, spec);
      if (!('fault' in read)) continue;
      const message = `PolicySource ${name}: ${read.fault}`;
      faults.push({ code: 'POLICY_SOURCE_INVALID', severity: 'error', message, origin: { file: keyOf(object) } });
    }
    known = specs;
    return { specs: [...specs.values()], faults };
  };
}
