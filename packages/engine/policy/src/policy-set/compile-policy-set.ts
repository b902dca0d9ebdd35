import type { Diagnostic } from '@sekisho/base';
import type { GroupVersionKind, KubeObject } from '@sekisho/kube';
import { type AdmissionPolicies, compileAdmissionPolicies } from '../admission/compile.ts';
import { admissionKind } from '../admission/kinds.ts';
import { gatekeeperKind, type PolicyDocument } from '../gatekeeper/document.ts';
import { compileExpansions } from '../gatekeeper/expansion.ts';
import type { ExternalData } from '../gatekeeper/external-data.ts';
import { compileMutators } from '../gatekeeper/mutation/index.ts';
import { isWaiver, parseWaiver } from '../waiver/parse-waiver.ts';
import type { Waiver } from '../waiver/waiver.ts';
import { admissionUnits } from './admission-units.ts';
import { bestPracticeUnits } from './best-practice-units.ts';
import { CompileCache } from './compile-cache.ts';
import { CompiledPolicySet } from './compiled-policy-set.ts';
import { gatekeeperUnits } from './gatekeeper-units.ts';
import { contentOf, hashOf } from './hash.ts';
import { podSecurityLabels } from './pod-security-labels.ts';
import { regoUnits } from './rego-units.ts';
import { stackroxUnits } from './stackrox-units.ts';
import type { PolicyBundle, PolicySet, PolicySources } from './types.ts';
import type { PolicyUnit } from './unit.ts';

export interface PolicySetOptions {
  /** What didn't change since it was compiled is taken from it. */
  readonly previous?: PolicySet;
  /** Waivers in it cover objects anywhere. Default `argocd`. */
  readonly controlNamespace?: string;
  /** Whether labels of Namespaces (`pod-security.kubernetes.io/…`) count. Default true. */
  readonly podSecurityLabels?: boolean;
  /** Answers for Gatekeeper's Providers. */
  readonly externalData?: ExternalData;
}

/**
 * Compiles policies of all kinds. What has a fault is told with its place and left out, everything else counts.
 * Codes: those of {@link compileGatekeeper}, `compileMutators`,
 * `compileExpansions`, `compileAdmissionPolicies`, `parsePolicies`, {@link parseWaiver}, {@link parseBestPracticeProfile}; POLICY_SOURCE_INVALID,
 * POLICY_SOURCE_REGO, POLICY_SOURCE_DATA, POLICY_SOURCE_EMPTY, POLICY_DUPLICATE.
 */
export function compilePolicySet(sources: PolicySources, options: PolicySetOptions = {}): PolicySet {
  const { documents } = sources;
  const diagnostics: Diagnostic[] = [];
  const units: PolicyUnit[] = [];
  const needs: GroupVersionKind[] = [];
  const cache = new CompileCache(cacheOf(options));
  const gatekeeper = gatekeeperUnits(documents, cache, options.externalData);
  units.push(...gatekeeper.units);
  needs.push(...gatekeeper.needs);
  const bundles = uniqueBundles(sources.bundles ?? [], diagnostics);
  for (const bundle of bundles) if (bundle.format === 'rego') units.push(...regoUnits(bundle, cache, diagnostics));
  const stackroxBundles = bundles.filter(({ format }) => format === 'stackrox');
  for (const { units: more, needs: kinds } of [
    bestPracticeUnits(documents, diagnostics),
    stackroxUnits(documents, stackroxBundles, diagnostics),
  ]) {
    units.push(...more);
    needs.push(...kinds);
  }
  const admission = compileAdmission(documents, cache);
  units.push(...admissionUnits(admission.policies.filter((policy) => policy.type === 'validating')));
  needs.push(...admission.paramKinds);
  diagnostics.push(...admission.diagnostics);
  if (options.podSecurityLabels !== false) units.push(podSecurityLabels);
  const mutators = compileMutators(documents);
  const expansions = compileExpansions(documents);
  diagnostics.push(...gatekeeper.diagnostics, ...mutators.diagnostics, ...expansions.diagnostics);
  const waivers = readWaivers(documents, options, diagnostics);
  const surrounding = surroundingHashes(documents);
  return new CompiledPolicySet({
    units: units.map((unit) => withSurroundingHash(unit, surrounding)),
    waivers,
    diagnostics,
    needs: uniqueKinds(needs),
    mutators,
    mutating: admission.policies.filter((policy) => policy.type === 'mutating'),
    expansions,
    config: gatekeeper.policies.config,
    externalData: options.externalData,
    cache,
  });
}

interface SurroundingHashes {
  /** What changes objects before they are judged. */
  readonly mutation: string | undefined;
  /** What decides about which objects constraints are asked. */
  readonly gatekeeper: string | undefined;
}

function surroundingHashes(documents: readonly PolicyDocument[]): SurroundingHashes {
  const hashOfKinds = (isOne: (object: KubeObject) => boolean): string | undefined => {
    const contents = documents.filter(({ object }) => isOne(object)).map(({ object }) => hashOf(contentOf(object)));
    return contents.length === 0 ? undefined : hashOf(contents.sort());
  };
  return {
    mutation: hashOfKinds(
      (object) => gatekeeperKind(object) === 'mutator' || admissionKind(object)?.startsWith('mutating') === true,
    ),
    gatekeeper: hashOfKinds((object) => ['expansion', 'config'].includes(gatekeeperKind(object) ?? '')),
  };
}

/** What is done to objects on the way to a policy is part of what the policy says. */
function withSurroundingHash(unit: PolicyUnit, { mutation, gatekeeper }: SurroundingHashes): PolicyUnit {
  const { summary } = unit;
  const around = summary.policy.kind === 'gatekeeper' ? [mutation, gatekeeper] : [mutation];
  if (around.every((hash) => hash === undefined)) return unit;
  const hash = hashOf([summary.hash, ...around.map((one) => one ?? null)]);
  return { ...unit, summary: { ...summary, hash } };
}

/** Templates hold on to the answers for Providers. */
function cacheOf({ previous, externalData }: PolicySetOptions): CompileCache | undefined {
  return previous instanceof CompiledPolicySet && previous.parts.externalData === externalData
    ? previous.parts.cache
    : undefined;
}

/** Policies and bindings belong together: of these few all are compiled again, or none. */
function compileAdmission(documents: readonly PolicyDocument[], cache: CompileCache): AdmissionPolicies {
  const own = documents.filter(({ object }) => admissionKind(object) !== undefined);
  const key = hashOf(own.map(({ object, origin }) => [contentOf(object), origin ?? null]));
  return cache.of(`admission ${key}`, () => compileAdmissionPolicies(own));
}

function uniqueKinds(kinds: readonly GroupVersionKind[]): readonly GroupVersionKind[] {
  return [...new Map(kinds.map((kind) => [JSON.stringify([kind.group, kind.version, kind.kind]), kind])).values()];
}

function uniqueBundles(bundles: readonly PolicyBundle[], diagnostics: Diagnostic[]): readonly PolicyBundle[] {
  const found = new Map<string, PolicyBundle>();
  for (const bundle of bundles) {
    if (!found.has(bundle.name)) found.set(bundle.name, bundle);
    else
      diagnostics.push({
        code: 'POLICY_DUPLICATE',
        severity: 'warning',
        message: `There is a PolicySource ${bundle.name} already; the first one counts.`,
      });
  }
  return [...found.values()];
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
