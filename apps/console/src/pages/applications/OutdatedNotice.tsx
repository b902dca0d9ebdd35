import { Button } from '@patternfly/react-core';
import type { Outdated } from './rows-outdated.ts';

/** Rows change in place; their order and number change only when somebody asks for it here. */
export function OutdatedNotice({ outdated, onRefresh }: { outdated: Outdated; onRefresh: () => void }) {
  const { arrived, deleted, moved } = outdated;
  const parts = [
    arrived > 0 ? `${arrived.toLocaleString('en')} new` : '',
    deleted > 0 ? `${deleted.toLocaleString('en')} deleted` : '',
    moved > 0 ? `${moved.toLocaleString('en')} no longer in place` : '',
  ].filter((part) => part !== '');
  return (
    <div className="sk-outdated" role="status">
      {parts.length === 0 ? null : (
        <>
          Since this list was put in order: {parts.join(', ')}.{' '}
          <Button variant="link" isInline onClick={onRefresh}>
            Update the list
          </Button>
        </>
      )}
    </div>
  );
}
