import { Handle, type Node, type NodeProps, Position } from '@xyflow/react';
import { memo, useEffect, useRef } from 'react';
import { State } from '../../../components/State.tsx';
import { stateLook } from '../../../components/states.ts';
import { type GraphItem, itemName } from './graph-model.ts';

export interface GraphNodeData extends Record<string, unknown> {
  readonly item: GraphItem;
  readonly applicationName: string;
  readonly isCurrent: boolean;
  /** The keyboard moved here: take the focus. */
  readonly takesFocus: boolean;
  readonly isOpen: boolean;
  readonly level: number;
  onOpen(): void;
  onFold(): void;
}

export type GraphNodeType = Node<GraphNodeData, 'item'>;

export const GraphNode = memo(function GraphNode({ data }: NodeProps<GraphNodeType>) {
  const { item, applicationName, isCurrent, takesFocus, isOpen, level, onOpen, onFold } = data;
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (takesFocus) element.current?.focus({ preventScroll: true });
  }, [takesFocus]);
  const canFold = item.type === 'group' || (item.type === 'object' && item.children > 0);
  const isFolded = item.type === 'group' || (item.type === 'object' && item.isFolded);
  return (
    <div
      ref={element}
      id={`node-${item.id}`}
      className={`sk-node sk-tone-${toneOf(item)}${isOpen ? ' sk-node-open' : ''}`}
      role="treeitem"
      aria-level={level}
      aria-selected={isOpen}
      aria-label={itemName(item, applicationName)}
      aria-expanded={canFold ? !isFolded : undefined}
      tabIndex={isCurrent ? 0 : -1}
      onClick={item.type === 'group' ? onFold : onOpen}
      onKeyDown={undefined}
    >
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <Content item={item} applicationName={applicationName} />
      {canFold ? (
        <button
          type="button"
          className="sk-node-fold nodrag"
          tabIndex={-1}
          aria-hidden="true"
          title={isFolded ? 'Unfold' : 'Fold'}
          onClick={(event) => {
            event.stopPropagation();
            onFold();
          }}
        >
          {isFolded ? `+${item.type === 'group' ? item.nodes.length : item.children}` : '−'}
        </button>
      ) : null}
      <Handle type="source" position={Position.Right} isConnectable={false} />
    </div>
  );
});

function Content({ item, applicationName }: { item: GraphItem; applicationName: string }) {
  switch (item.type) {
    case 'root':
      return (
        <span className="sk-node-text">
          <span className="sk-node-name">{applicationName}</span>
          <span className="sk-node-kind">Application</span>
        </span>
      );
    case 'group':
      return (
        <span className="sk-node-text">
          <span className="sk-node-name">
            {item.nodes.length} × {item.kind}
          </span>
          <span className="sk-node-kind">
            {item.health.length === 0 ? 'no health of their own' : null}
            {item.health.slice(0, 2).map(({ status, count }) => (
              <span key={status} className="sk-node-state">
                {count} <State kind="health" value={status} />
              </span>
            ))}
          </span>
        </span>
      );
    case 'object': {
      const { node } = item;
      return (
        <span className="sk-node-text">
          <span className="sk-node-name" title={node.name}>
            {node.name}
          </span>
          <span className="sk-node-kind">
            <span className="sk-node-kind-name">{node.kind}</span>
            {node.health === undefined ? null : <State kind="health" value={node.health.status} />}
            {node.sync === undefined || node.sync === 'Synced' ? null : <State kind="sync" value={node.sync} />}
          </span>
        </span>
      );
    }
  }
}

function toneOf(item: GraphItem): string {
  if (item.type === 'root') return 'none';
  const health = item.type === 'group' ? item.health[0]?.status : item.node.health?.status;
  if (health !== undefined && health !== 'Healthy') return stateLook('health', health).tone;
  if (item.type === 'object' && item.node.sync === 'OutOfSync') return 'attention';
  return health === undefined ? 'none' : 'good';
}
