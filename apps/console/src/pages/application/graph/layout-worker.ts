import { Graph, layout } from '@dagrejs/dagre';
import type { LayoutAnswer, LayoutRequest } from './layout.ts';

// Thousands of nodes take a second: beside the page, so that it stays usable.
self.onmessage = ({ data }: MessageEvent<LayoutRequest>) => {
  const graph = new Graph();
  graph.setGraph({ rankdir: 'LR', nodesep: 12, ranksep: 56, marginx: 16, marginy: 16 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { id, width, height } of data.nodes) graph.setNode(id, { width, height });
  for (const [from, to] of data.edges) graph.setEdge(from, to);
  // The order of the request is kept: in a tree there are no crossings to avoid.
  layout(graph, { disableOptimalOrderHeuristic: true });
  const positions = data.nodes.map(({ id, width, height }) => {
    const { x = 0, y = 0 } = graph.node(id) as { x?: number; y?: number };
    return { x: x - width / 2, y: y - height / 2 };
  });
  const answer: LayoutAnswer = { id: data.id, positions };
  self.postMessage(answer);
};
