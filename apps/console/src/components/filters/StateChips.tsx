import { type StateKind, stateLook } from '../states.ts';

interface Props {
  readonly title: string;
  readonly kind: StateKind;
  readonly order: readonly string[];
  readonly counts: readonly { readonly value: string; readonly count: number }[];
  readonly chosen: readonly string[];
  onChange(chosen: string[]): void;
}

/** How many are in each state, each a filter: the question of a page answered at a glance. */
export function StateChips({ title, kind, order, counts, chosen, onChange }: Props) {
  return (
    <fieldset className="sk-strip-group">
      <legend className="pf-v6-screen-reader">{title}</legend>
      {order.map((value) => {
        const { Icon, tone, word, meaning } = stateLook(kind, value);
        const count = counts.find((entry) => entry.value === value)?.count ?? 0;
        const isOn = chosen.includes(value);
        if (count === 0 && !isOn) return null;
        return (
          <button
            key={value}
            type="button"
            className={`sk-chip sk-tone-${tone}${isOn ? ' sk-chip-on' : ''}`}
            aria-pressed={isOn}
            title={meaning}
            onClick={() => onChange(isOn ? chosen.filter((other) => other !== value) : [...chosen, value])}
          >
            <Icon />
            <strong>{count.toLocaleString('en')}</strong>
            <span className="sk-chip-word">{word}</span>
          </button>
        );
      })}
    </fieldset>
  );
}
