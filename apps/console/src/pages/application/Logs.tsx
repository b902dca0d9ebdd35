import { Button, FormSelect, FormSelectOption, SearchInput } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { type ApplicationName, getLogs } from '../../api/applications.ts';
import type { TreeNode } from '../../api/types.ts';
import { Empty, Failure, Loading } from '../../components/Nothing.tsx';
import { count } from '../../format/text.ts';
import { rowKey } from '../../live/row-store.ts';

interface Props {
  readonly app: ApplicationName;
  readonly nodes: readonly TreeNode[];
  readonly pod: string | undefined;
  onPod(pod: string): void;
}

/** The end of one pod's log. */
export function Logs({ app, nodes, pod, onPod }: Props) {
  const [text, setText] = useState('');
  const pods = useMemo(
    () => nodes.filter(({ kind, group }) => kind === 'Pod' && group === '').map(({ name }) => name),
    [nodes],
  );
  const chosen = pod ?? pods[0];
  const logs = useQuery({
    queryKey: ['logs', rowKey(app), chosen],
    queryFn: ({ signal }) => getLogs(app, chosen ?? '', undefined, signal),
    enabled: chosen !== undefined,
    retry: false,
  });
  if (chosen === undefined) return <Empty title="No pods">This application runs no pods, so there is no log.</Empty>;
  const lines = (logs.data ?? '')
    .split('\n')
    .filter((line) => line !== '' && line.toLowerCase().includes(text.toLowerCase()));
  return (
    <div className="sk-fill">
      <div className="sk-view-bar">
        <FormSelect aria-label="Pod" value={chosen} onChange={(_event, value) => onPod(value)}>
          {pods.map((name) => (
            <FormSelectOption key={name} value={name} label={name} />
          ))}
        </FormSelect>
        <div data-search>
          <SearchInput
            aria-label="Search the log"
            placeholder="Lines that contain …"
            value={text}
            onChange={(_event, value) => setText(value)}
            onClear={() => setText('')}
          />
        </div>
        <Button variant="secondary" onClick={() => void logs.refetch()} isLoading={logs.isFetching}>
          Read again
        </Button>
        <span className="sk-muted">{logs.data === undefined ? '' : count(lines.length, 'line')}</span>
      </div>
      {logs.isPending ? <Loading what="the log" /> : null}
      {logs.isError ? (
        <Failure error={logs.error} what={`The log of ${chosen}`} retry={() => void logs.refetch()} />
      ) : null}
      {logs.data === undefined ? null : lines.length === 0 ? (
        <Empty title={text === '' ? 'The log is empty' : 'No line contains that'} />
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        <section className="sk-log" tabIndex={0} aria-label={`Log of ${chosen}`}>
          {lines.join('\n')}
        </section>
      )}
    </div>
  );
}
