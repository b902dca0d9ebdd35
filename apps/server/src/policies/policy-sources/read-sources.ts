import type { Diagnostic } from '@sekisho/base';
import { type PolicyDocument, type PolicySourceSpec, parsePolicySource } from '@sekisho/policy/asking';

/** All PolicySources, and what is wrong with them. */
export interface ReadSources {
  readonly specs: readonly PolicySourceSpec[];
  readonly faults: readonly Diagnostic[];
}

/**
 * Reads all PolicySources among the policies. One that has a fault now is followed as it was; one that was never good is
 * told.
 */
export function createSourceReader(): (documents: readonly PolicyDocument[]) => ReadSources {
  let known = new Map<string, PolicySourceSpec>();
  return (documents) => {
    const written = documents.filter(({ object }) => object.kind === 'PolicySource');
    const specs = new Map<string, PolicySourceSpec>();
    const faults: Diagnostic[] = [];
    for (const document of written) {
      const { source, diagnostics } = parsePolicySource(document);
      const { name = '' } = document.object.metadata;
      const spec = source ?? known.get(name);
      if (spec !== undefined) specs.set(name, spec);
      faults.push(...diagnostics);
    }
    known = specs;
    return { specs: [...specs.values()], faults };
  };
}
