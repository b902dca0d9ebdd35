import type { Match } from '../criteria/criterion.ts';
import { findCriterion } from '../criteria/registry.ts';
import type { ContainerType, PolicySection, StackroxPolicy } from '../policy/policy.ts';
import type { Subject } from '../view/subject.ts';
import { linkMatches } from './link.ts';
import { deploymentFilter, imageFilter } from './scope.ts';

export interface CompiledPolicy {
  readonly policy: StackroxPolicy;
  readonly appliesToDeployment: ReturnType<typeof deploymentFilter>;
  readonly appliesToImage: ReturnType<typeof imageFilter>;
  readonly skips: readonly ContainerType[];
  readonly sections: readonly CompiledSection[];
}

export interface CompiledSection {
  readonly name: string;
  judge(subject: Subject): SectionOutcome | undefined;
}

/** The section is violated, or nobody can tell. */
export interface SectionOutcome {
  readonly outcome: 'violated' | 'unknown';
  /** What violates it; what would, or what is missing to tell, when it is unknown. */
  readonly matches: readonly Match[];
}

/** Policies are read-only: each is compiled once. */
const compiled = new WeakMap<StackroxPolicy, CompiledPolicy>();

export function compilePolicy(policy: StackroxPolicy): CompiledPolicy {
  let known = compiled.get(policy);
  if (known === undefined) {
    known = {
      policy,
      appliesToDeployment: deploymentFilter(policy),
      appliesToImage: imageFilter(policy),
      skips: policy.evaluationFilter?.skipContainerTypes ?? [],
      sections: policy.policySections.map(compileSection),
    };
    compiled.set(policy, known);
  }
  return known;
}

function compileSection({ sectionName, policyGroups }: PolicySection): CompiledSection {
  const groups = policyGroups.map((group) => findCriterion(group.fieldName)?.compile?.(group) ?? (() => []));
  return {
    name: sectionName,
    judge(subject) {
      const all: (readonly Match[])[] = [];
      for (const group of groups) {
        const matches = group(subject);
        // Most sections end here.
        if (matches.length === 0) return undefined;
        all.push(matches);
      }
      const certain = linkMatches(all.map((matches) => matches.filter(({ missing }) => missing === undefined)));
      if (certain !== undefined) return { outcome: 'violated', matches: certain.flat() };
      const possible = linkMatches(all);
      return possible === undefined ? undefined : { outcome: 'unknown', matches: possible.flat() };
    },
  };
}
