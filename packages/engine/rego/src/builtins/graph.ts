import { anyOf, anyType, arrayOf, fn, objectOf, setOf } from '../types/construct.ts';
import { kindOf } from '../value/kind.ts';
import { type ObjectValue, valueAt } from '../value/object.ts';
import { mapKeyOf, RegoSet, type Value } from '../value/value.ts';
import type { Builtin, BuiltinContext } from './builtin.ts';
import { objectOperand, typeFault } from './operand.ts';

const vertices = anyOf(arrayOf(anyType), setOf(anyType));
const graph = objectOf(anyType, vertices);

/** Vertices in an array or set; anything else has none. */
function verticesOf(value: Value | undefined): readonly Value[] {
  if (Array.isArray(value)) return value as readonly Value[];
  return value instanceof RegoSet ? [...value.values()] : [];
}

function startVertices(name: string, value: Value): readonly Value[] {
  if (Array.isArray(value) || value instanceof RegoSet) return verticesOf(value);
  throw typeFault(name, `operand 2 must be {array, set} but got ${kindOf(value)}`);
}

function reachable(context: BuiltinContext, edges: ObjectValue, start: readonly Value[]): RegoSet {
  const found = new RegoSet();
  const queue = [...start];
  for (let vertex = queue.pop(); vertex !== undefined; vertex = queue.pop()) {
    const next = valueAt(edges, vertex);
    if (next === undefined || found.has(vertex)) continue;
    found.add(vertex);
    const neighbors = verticesOf(next);
    context.spend(neighbors.length + 1);
    for (const neighbor of neighbors) if (!found.has(neighbor)) queue.push(neighbor);
  }
  return found;
}

interface Visit {
  readonly path: readonly Value[];
  readonly neighbors: readonly Value[];
  /** Vertices that no path from here enters again: those on the path, and siblings that were entered before it. */
  readonly reached: Set<unknown>;
  next: number;
}

/** Paths end where there are no edges, or at a vertex whose edge leads back to one before it. */
function reachablePaths(context: BuiltinContext, edges: ObjectValue, start: readonly Value[]): RegoSet {
  const paths = new RegoSet();
  for (const vertex of start) if (valueAt(edges, vertex) !== undefined) collectPaths(context, edges, vertex, paths);
  return paths;
}

function collectPaths(context: BuiltinContext, edges: ObjectValue, start: Value, paths: RegoSet): void {
  const stack: Visit[] = [];
  const enter = (path: readonly Value[], vertex: Value, reached: Set<unknown>): void => {
    const neighbors = verticesOf(valueAt(edges, vertex));
    context.spend(path.length + neighbors.length + reached.size);
    if (neighbors.length === 0) paths.add(path);
    stack.push({ path, neighbors, reached, next: 0 });
  };
  enter([start], start, new Set());
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const neighbor = top.neighbors[top.next];
    top.next += 1;
    if (neighbor === undefined) {
      stack.pop();
      continue;
    }
    const key = mapKeyOf(neighbor);
    if (top.reached.has(key) || valueAt(edges, neighbor) === undefined) {
      context.spend(top.path.length);
      paths.add(top.path);
      continue;
    }
    // The neighbors of the start know nothing of each other, those further on do.
    if (stack.length > 1) top.reached.add(key);
    const reached = stack.length > 1 ? new Set(top.reached) : new Set<unknown>([mapKeyOf(start), key]);
    enter([...top.path, neighbor], neighbor, reached);
  }
}

export const GRAPH_BUILTINS: readonly Builtin[] = [
  {
    name: 'graph.reachable',
    type: fn([graph, vertices], setOf(anyType)),
    description: 'Vertices that can be reached from some, themselves included.',
    evaluate: (context, edges, start) => {
      const object = objectOperand('graph.reachable', 1, edges as Value);
      return reachable(context, object, startVertices('graph.reachable', start as Value));
    },
  },
  {
    name: 'graph.reachable_paths',
    type: fn([graph, vertices], setOf(arrayOf(anyType))),
    description: 'Paths from some vertices to the ends of a graph.',
    evaluate: (context, edges, start) => {
      const object = objectOperand('graph.reachable_paths', 1, edges as Value);
      return reachablePaths(context, object, startVertices('graph.reachable_paths', start as Value));
    },
  },
];
