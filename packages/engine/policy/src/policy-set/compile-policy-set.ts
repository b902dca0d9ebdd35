import type { Diagnostic } from '@sekisho/base';
import type { GroupVersionKind } from '@sekisho/kube';
import type { PolicyDocument } from '../gatekeeper/document.ts';
import { compileExpansions } from '../gatekeeper/expansion.ts';
import type { ExternalData } from '../gatekeeper/external-data.ts';
import { compileMutators } from '../gatekeeper/mutation/index.ts';
import { isWaiver, parseWaiver } from '../waiver/parse-waiver.ts';
import type { Waiver } from '../waiver/waiver.ts';
import { CompiledPolicySet } from './compiled-policy-set.ts';
import { gatekeeperUnits } from './gatekeeper-units.ts';
import type { PolicySet, PolicySources } from './types.ts';
import type { PolicyUnit } from './unit.ts';

export interface PolicySetOptions {
  /** What didn't change since it was compiled is taken from it. */
  readonly previous?: PolicySet;
  /** Waivers in it cover objects anywhere. Default `sekisho`. */
  readonly controlNamespace?: string;
  /** Answers for Gatekeeper's Providers. */
  readonly externalData?: ExternalData;
}

/**
 * Compiles policies of all kinds. What has a fault is told with its place and left out, everything else counts.
 * Codes: those of {@link compileGatekeeper}, `compileMutators`, `compileExpansions`, {@link parseWaiver}.
 */
export function compilePolicySet(sources: PolicySources, options: PolicySetOptions = {}): PolicySet {
  const { documents } = sources;
  const diagnostics: Diagnostic[] = [];
  const units: PolicyUnit[] = [];
  const needs: GroupVersionKind[] = [];
  const gatekeeper = gatekeeperUnits(documents, options);
  units.push(...gatekeeper.units);
  needs.push(...gatekeeper.needs);
  const mutators = compileMutators(documents);
  const expansions = compileExpansions(documents);
  diagnostics.push(...gatekeeper.diagnostics, ...mutators.diagnostics, ...expansions.diagnostics);
  const waivers = readWaivers(documents, options, diagnostics);
  return new CompiledPolicySet({
    units,
    waivers,
    diagnostics,
    needs,
    mutators,
    expansions,
    config: gatekeeper.policies.config,
    externalData: options.externalData,
  });
}

function readWaivers(
  documents: readonly PolicyDocument[],
  options: PolicySetOptions,
  diagnostics: Diagnostic[],
): readonly Waiver[] {
  const waivers = new Map<string, Waiver>();
  for (const document of documents) {
    if (!isWaiver(document.object)) continue;
    const { waiver, diagnostics: faults } = parseWaiver(document, options);
    diagnostics.push(...faults);
    if (waiver !== undefined) waivers.set(waiver.id, waiver);
  }
  return [...waivers.values()];
}
