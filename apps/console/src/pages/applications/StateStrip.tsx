import type { Facet, FacetValue } from '../../api/types.ts';
import { StateChips } from '../../components/filters/StateChips.tsx';
import { GATE_ORDER, HEALTH_ORDER, SYNC_ORDER } from '../../components/states.ts';
import type { ApplicationsSearch, SearchChange } from './search.ts';

interface Props {
  readonly search: ApplicationsSearch;
  readonly facets: Partial<Record<Facet, readonly FacetValue[]>>;
  onChange(part: SearchChange): void;
}

const CHIPS = [
  ['health', 'Health', HEALTH_ORDER],
  ['sync', 'Sync', SYNC_ORDER],
  ['gate', 'Gate', GATE_ORDER],
] as const;

/** How many are in each state, each a filter. */
export function StateStrip({ search, facets, onChange }: Props) {
  return (
    <div className="sk-strip">
      {CHIPS.map(([facet, title, order]) => (
        <StateChips
          key={facet}
          title={title}
          kind={facet}
          order={order}
          counts={facets[facet] ?? []}
          chosen={search[facet] ?? []}
          onChange={(chosen) => onChange({ [facet]: chosen })}
        />
      ))}
    </div>
  );
}
