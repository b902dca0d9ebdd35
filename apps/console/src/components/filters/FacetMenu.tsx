import {
  Badge,
  MenuSearch,
  MenuSearchInput,
  MenuToggle,
  SearchInput,
  Select,
  SelectList,
  SelectOption,
} from '@patternfly/react-core';
import { type ReactNode, useState } from 'react';
import type { FacetValue } from '../../api/types.ts';

/** With more values than this, they can be searched. */
const SEARCH_FROM = 12;
const SHOWN = 100;

interface Props {
  readonly title: string;
  readonly values: readonly FacetValue[];
  readonly chosen: readonly string[];
  /** How a value is shown. Default: as it is. */
  shown?(value: string): ReactNode;
  onChange(chosen: string[]): void;
}

/** Any of these values; each with how many rows have it. */
export function FacetMenu({ title, values, chosen, shown = (value) => value || '(none)', onChange }: Props) {
  const [isOpen, setIsOpen] = useState(false);
  const [text, setText] = useState('');
  const fitting = values.filter(({ value }) => value.toLowerCase().includes(text.toLowerCase()));
  const toggle = (value: string) =>
    onChange(chosen.includes(value) ? chosen.filter((other) => other !== value) : [...chosen, value]);
  return (
    <Select
      role="menu"
      isOpen={isOpen}
      onOpenChange={(open) => {
        setIsOpen(open);
        setText('');
      }}
      onSelect={(_event, value) => toggle(String(value))}
      isScrollable
      toggle={(ref) => (
        <MenuToggle
          ref={ref}
          isExpanded={isOpen}
          onClick={() => setIsOpen(!isOpen)}
          badge={chosen.length > 0 ? <Badge isRead>{chosen.length}</Badge> : undefined}
        >
          {title}
        </MenuToggle>
      )}
    >
      {values.length > SEARCH_FROM ? (
        <MenuSearch>
          <MenuSearchInput>
            <SearchInput
              aria-label={`Search ${title}`}
              value={text}
              onChange={(_event, next) => setText(next)}
              onClear={() => setText('')}
            />
          </MenuSearchInput>
        </MenuSearch>
      ) : null}
      <SelectList>
        {fitting.slice(0, SHOWN).map(({ value, count }) => (
          <SelectOption key={value} value={value} hasCheckbox isSelected={chosen.includes(value)}>
            <span className="sk-option">
              <span>{shown(value)}</span>
              <span className="sk-muted">{count.toLocaleString('en')}</span>
            </span>
          </SelectOption>
        ))}
        {fitting.length === 0 ? <SelectOption isDisabled>Nothing fits</SelectOption> : null}
        {fitting.length > SHOWN ? (
          <SelectOption isDisabled>{fitting.length - SHOWN} more: search for them</SelectOption>
        ) : null}
      </SelectList>
    </Select>
  );
}
