import { type RawSearch, readText } from '../../shell/search-params.ts';

export const VIEWS = [
  'graph',
  'list',
  'diff',
  'verdicts',
  'events',
  'history',
  'logs',
  'sources',
  'notifications',
] as const;
export type View = (typeof VIEWS)[number];

export interface ApplicationSearch {
  readonly view?: View;
  /** `group/Kind/namespace/name` of the resource whose panel is open. */
  readonly resource?: string;
  /** Tab of that panel. */
  readonly part?: Part;
  /** Pod of the log. */
  readonly pod?: string;
}

export const PARTS = ['live', 'diff', 'verdicts', 'events', 'managers'] as const;
export type Part = (typeof PARTS)[number];

export function readApplicationSearch(raw: RawSearch): ApplicationSearch {
  const view = VIEWS.find((name) => name === raw['view']);
  const part = PARTS.find((name) => name === raw['part']);
  return {
    ...(view === undefined ? {} : { view }),
    ...readText(raw, 'resource'),
    ...(part === undefined ? {} : { part }),
    ...readText(raw, 'pod'),
  };
}
