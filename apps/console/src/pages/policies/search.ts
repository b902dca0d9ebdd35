import { type RawSearch, readText, readTexts } from '../../shell/search-params.ts';

export interface PoliciesSearch {
  readonly q?: string;
  /** Any of `deny`, `warn`, `dryrun`, `scoped`. */
  readonly action?: readonly string[];
  /** Any of `rego`, `gatekeeper` … */
  readonly kind?: readonly string[];
  readonly gate?: readonly string[];
}

export function readPoliciesSearch(raw: RawSearch): PoliciesSearch {
  return {
    ...readText(raw, 'q'),
    ...readTexts(raw, 'action'),
    ...readTexts(raw, 'kind'),
    ...readTexts(raw, 'gate'),
  };
}

/** One policy's page. */
export interface PolicySearch {
  /** Which of its files or objects is shown. */
  readonly file?: string;
  readonly days?: string;
}

export function readPolicySearch(raw: RawSearch): PolicySearch {
  return { ...readText(raw, 'file'), ...readText(raw, 'days') };
}
