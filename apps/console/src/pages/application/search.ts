import { type RawSearch, readText } from '../../shell/search-params.ts';

export const VIEWS = ['graph', 'list', 'diff', 'events', 'history', 'logs', 'sources', 'notifications'] as const;
export type View = (typeof VIEWS)[number];

export interface ApplicationSearch {
  readonly view?: View;
  /** `group/Kind/namespace/name` of the resource whose panel is open. */
  readonly resource?: string;
  /** Pod of the log. */
  readonly pod?: string;
}

export function readApplicationSearch(raw: RawSearch): ApplicationSearch {
  const view = VIEWS.find((name) => name === raw['view']);
  return { ...(view === undefined ? {} : { view }), ...readText(raw, 'resource'), ...readText(raw, 'pod') };
}
