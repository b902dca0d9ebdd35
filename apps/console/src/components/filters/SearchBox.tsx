import { SearchInput } from '@patternfly/react-core';
import { useEffect, useRef, useState } from 'react';

/** Waits for the end of a word before it asks. */
const TYPING_MS = 150;

interface Props {
  readonly label: string;
  readonly placeholder: string;
  readonly value: string;
  onSearch(text: string): void;
}

/** The search of a page: `/` leads to it. */
export function SearchBox({ label, placeholder, value, onSearch }: Props) {
  const [text, setText] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => setText(value), [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const change = (next: string) => {
    setText(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => onSearch(next), TYPING_MS);
  };
  return (
    <div data-search>
      <SearchInput
        aria-label={label}
        placeholder={placeholder}
        value={text}
        onChange={(_event, next) => change(next)}
        onClear={() => {
          clearTimeout(timer.current);
          setText('');
          onSearch('');
        }}
        onKeyDown={(event) => {
          if (event.key === 'Escape') (event.target as HTMLElement).blur();
        }}
      />
    </div>
  );
}
