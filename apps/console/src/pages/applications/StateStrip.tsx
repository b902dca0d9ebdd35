import type { Facet, FacetValue } from '../../api/types.ts';
import { HEALTH_ORDER, SYNC_ORDER, stateLook } from '../../components/states.ts';
import type { ApplicationsSearch, SearchChange } from './search.ts';

interface Props {
  readonly search: ApplicationsSearch;
  readonly facets: Partial<Record<Facet, readonly FacetValue[]>>;
  onChange(part: SearchChange): void;
}

/** How many are in each state, each a filter: the question of the page answered at a glance. */
export function StateStrip({ search, facets, onChange }: Props) {
  const toggle = (facet: 'health' | 'sync', value: string) => {
    const chosen = search[facet] ?? [];
    onChange({ [facet]: chosen.includes(value) ? chosen.filter((other) => other !== value) : [...chosen, value] });
  };
  const chips = (facet: 'health' | 'sync', order: readonly string[]) =>
    order.map((value) => {
      const { Icon, tone, word, meaning } = stateLook(facet, value);
      const count = facets[facet]?.find((entry) => entry.value === value)?.count ?? 0;
      const isOn = search[facet]?.includes(value) ?? false;
      if (count === 0 && !isOn) return null;
      return (
        <button
          key={value}
          type="button"
          className={`sk-chip sk-tone-${tone}${isOn ? ' sk-chip-on' : ''}`}
          aria-pressed={isOn}
          title={meaning}
          onClick={() => toggle(facet, value)}
        >
          <Icon />
          <strong>{count.toLocaleString('en')}</strong>
          <span className="sk-chip-word">{word}</span>
        </button>
      );
    });
  return (
    <div className="sk-strip">
      <fieldset className="sk-strip-group">
        <legend className="pf-v6-screen-reader">Health</legend>
        {chips('health', HEALTH_ORDER)}
      </fieldset>
      <fieldset className="sk-strip-group">
        <legend className="pf-v6-screen-reader">Sync</legend>
        {chips('sync', SYNC_ORDER)}
      </fieldset>
    </div>
  );
}
