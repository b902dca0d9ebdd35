import { type RawSearch, readText, readTexts } from '../../shell/search-params.ts';

export interface WaiversSearch {
  readonly q?: string;
  /** Any of `active`, `expiring`, `expired`, `invalid`. */
  readonly state?: readonly string[];
}

export function readWaiversSearch(raw: RawSearch): WaiversSearch {
  return { ...readText(raw, 'q'), ...readTexts(raw, 'state') };
}
