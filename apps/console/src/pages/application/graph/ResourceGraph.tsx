import '@xyflow/react/dist/style.css';
import {
  Controls,
  type Edge,
  ReactFlow,
  type ReactFlowInstance,
  ReactFlowProvider,
  useReactFlow,
  useStore,
} from '@xyflow/react';
import { type KeyboardEvent, useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import type { ResourceRef, TreeNode } from '../../../api/types.ts';
import { Loading } from '../../../components/Nothing.tsx';
import { isDark, onThemeChange } from '../../../components/theme.ts';
import { resourceKey } from '../resource-key.ts';
import { GraphNode, type GraphNodeType } from './GraphNode.tsx';
import { type GraphItem, graphItems, ROOT } from './graph-model.ts';
import { moveFrom } from './graph-moves.ts';
import { NODE_HEIGHT, NODE_WIDTH, type PlacedItem, useLayout } from './use-layout.ts';

const NODE_TYPES = { item: GraphNode };
/** Lines and frames say nothing of their own: the items in them do. */
const PLAIN = { 'aria-roledescription': undefined } as object;
const PLAIN_EDGE = {
  focusable: false,
  ariaRole: 'none',
  ariaLabel: null,
  domAttributes: PLAIN,
} as unknown as Pick<Edge, 'focusable'>;
/** From here on only what is on the screen is drawn. */
const MANY = 250;
const FIT = { padding: 0.06, maxZoom: 1, minZoom: 0.35 } as const;

interface Props {
  readonly applicationName: string;
  readonly nodes: readonly TreeNode[];
  /** Key of the resource whose panel is open. */
  readonly open: string | undefined;
  onOpen(resource: ResourceRef): void;
}

/** What the application made and what that owns, drawn from left to right. A tree to keyboards and screen readers. */
export default function ResourceGraph(props: Props) {
  return (
    <ReactFlowProvider>
      <Tree {...props} />
    </ReactFlowProvider>
  );
}

function Tree({ applicationName, nodes, open, onOpen }: Props) {
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const [current, setCurrent] = useState(ROOT);
  const [focused, setFocused] = useState<string>();
  const dark = useSyncExternalStore(onThemeChange, isDark);
  const items = useMemo(() => graphItems(nodes, { folded, opened }), [nodes, folded, opened]);
  const placed = useLayout(items);
  const flow = useReactFlow<GraphNodeType>();

  const fold = useCallback((item: GraphItem) => {
    if (item.type === 'group') setOpened((set) => new Set(set).add(item.id));
    else if (item.type === 'object') setFolded((set) => toggled(set, item.id));
  }, []);
  const openItem = useCallback(
    (item: GraphItem) => {
      setCurrent(item.id);
      if (item.type === 'object') onOpen(item.node);
      else fold(item);
    },
    [onOpen, fold],
  );

  const levels = useMemo(() => levelsOf(items), [items]);
  const flowNodes = useMemo(
    (): GraphNodeType[] =>
      (placed ?? []).map(({ item, x, y }) => ({
        id: item.id,
        type: 'item',
        position: { x, y },
        width: NODE_WIDTH,
        height: NODE_HEIGHT,
        domAttributes: PLAIN,
        data: {
          item,
          applicationName,
          isCurrent: item.id === current,
          takesFocus: item.id === focused,
          isOpen: item.type === 'object' && resourceKey(item.node) === open,
          level: levels.get(item.id) ?? 1,
          onOpen: () => openItem(item),
          onFold: () => fold(item),
        },
      })),
    [placed, applicationName, current, focused, open, levels, openItem, fold],
  );
  const edges = useMemo(
    (): Edge[] =>
      (placed ?? []).flatMap(({ item }) =>
        item.parent === undefined
          ? []
          : [
              {
                id: `${item.parent}>${item.id}`,
                source: item.parent,
                target: item.id,
                ...PLAIN_EDGE,
              },
            ],
      ),
    [placed],
  );

  const isPlaced = placed !== undefined;
  const hasFitted = useRef(false);
  useEffect(() => {
    if (!isPlaced || hasFitted.current) return;
    hasFitted.current = true;
    void flow.fitView(FIT);
  }, [isPlaced, flow]);

  // The panel takes room: what it is about stays in sight.
  const openPlace = placed?.find(({ item }) => item.type === 'object' && resourceKey(item.node) === open);
  const openId = openPlace?.item.id;
  const width = useStore((state) => state.width);
  // biome-ignore lint/correctness/useExhaustiveDependencies: moves when another resource is opened or there is less room, not when the layout changes
  useEffect(() => {
    if (openPlace === undefined) return;
    const frame = requestAnimationFrame(() => void center(flow, openPlace));
    return () => cancelAnimationFrame(frame);
  }, [openId, width, flow]);

  const tree = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // The library calls its own element an application; here it stands between a tree and its items.
    if (isPlaced) tree.current?.querySelector('.react-flow')?.setAttribute('role', 'none');
  }, [isPlaced]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (placed === undefined || !(event.target as HTMLElement).closest('[role=treeitem]')) return;
    const item = items.find(({ id }) => id === current);
    if (event.key === 'Enter' && item !== undefined) openItem(item);
    else if (event.key === ' ' && item !== undefined) fold(item);
    else {
      const next = moveFrom(placed, current, event.key);
      if (next === undefined) return;
      setCurrent(next);
      setFocused(next);
      const place = placed.find(({ item: { id } }) => id === next);
      if (place !== undefined) void center(flow, place);
    }
    event.preventDefault();
  };

  if (!isPlaced) return <Loading what="the resource graph" />;
  return (
    <div className="sk-graph">
      <div
        ref={tree}
        className="sk-graph-tree"
        role="tree"
        tabIndex={-1}
        aria-label={`Resources of ${applicationName}`}
        onKeyDown={onKeyDown}
      >
        <ReactFlow
          nodes={flowNodes}
          edges={edges}
          nodeTypes={NODE_TYPES}
          colorMode={dark ? 'dark' : 'light'}
          nodesDraggable={false}
          nodesConnectable={false}
          nodesFocusable={false}
          edgesFocusable={false}
          elementsSelectable={false}
          disableKeyboardA11y
          onlyRenderVisibleElements={items.length > MANY}
          fitView
          fitViewOptions={FIT}
          minZoom={0.1}
          maxZoom={1.5}
          proOptions={{ hideAttribution: true }}
        />
      </div>
      <Controls showInteractive={false} fitViewOptions={FIT} />
    </div>
  );
}

function center(flow: ReactFlowInstance<GraphNodeType>, { x, y }: PlacedItem) {
  return flow.setCenter(x + NODE_WIDTH / 2, y + NODE_HEIGHT / 2, { zoom: flow.getZoom(), duration: 0 });
}

function toggled(set: ReadonlySet<string>, id: string): Set<string> {
  const next = new Set(set);
  if (!next.delete(id)) next.add(id);
  return next;
}

function levelsOf(items: readonly GraphItem[]): Map<string, number> {
  const levels = new Map<string, number>();
  for (const { id, parent } of items) levels.set(id, parent === undefined ? 1 : (levels.get(parent) ?? 1) + 1);
  return levels;
}
