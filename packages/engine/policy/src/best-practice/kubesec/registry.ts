import type { KubesecRule } from './rule.ts';
import { bindingRules } from './rules/bindings.ts';
import { claimRules } from './rules/claims.ts';
import { containerRules } from './rules/containers.ts';
import { podRules } from './rules/pod.ts';

/** Every rule of kubesec. */
export const kubesecRules: readonly KubesecRule[] = [...podRules, ...containerRules, ...claimRules, ...bindingRules];
