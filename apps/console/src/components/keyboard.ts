import { useEffect } from 'react';

type Keys = Readonly<Record<string, () => void>>;

/** How long after `g` the second key counts. */
const SEQUENCE_MS = 1_200;

/** Calls what a key (`/`) or a sequence (`g a`) stands for, except while somebody types. */
export function useKeys(keys: Keys): void {
  useEffect(() => {
    let first = '';
    let at = 0;
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const sequence = event.timeStamp - at < SEQUENCE_MS ? `${first} ${event.key}` : '';
      const action = keys[sequence] ?? keys[event.key];
      first = event.key;
      at = event.timeStamp;
      if (action === undefined) return;
      event.preventDefault();
      first = '';
      action();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [keys]);
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}
