import type { RegoFault } from '../fault.ts';
import type { RefTerm } from '../syntax/ast.ts';
import { formatTerm } from '../syntax/format-term.ts';
import { Dependencies, type Dependency, type Link, linkName, type Selection, writtenTerm } from './dependencies.ts';
import { type CompileState, fault, type WorkingGroup } from './state.ts';

type Vertex = Link | Selection | WorkingGroup;

/** Rules that depend on themselves. Also puts the groups into the order in which their values can be known. */
export function checkRecursion(state: CompileState): readonly RegoFault[] {
  const graph = new Graph(state.tree);
  const components = graph.components();
  const groups: WorkingGroup[] = [];
  const recursive: Link[] = [];
  for (const component of components) {
    const cyclic = component.length > 1;
    for (const vertex of component) {
      if (vertex.kind !== 'link') continue;
      if (cyclic) recursive.push(vertex);
      groups.push(vertex.group);
    }
  }
  // Each where the last of its rules stands: what another rule of it depends on comes before.
  state.order = [...new Set(groups.reverse())].reverse();
  const limit = state.options.errorLimit ?? 10;
  const reported = limit > 0 ? recursive.sort(byLocation).slice(0, limit + 1) : recursive.sort(byLocation);
  return reported.map((link) => graph.faultOf(link));
}

function byLocation({ rule: a }: Link, { rule: b }: Link): number {
  const left = a.location;
  const right = b.location;
  if (left.file !== right.file) return left.file < right.file ? -1 : 1;
  return left.row - right.row || left.col - right.col;
}

class Graph {
  readonly #dependencies: Dependencies;
  readonly #ofLink = new Map<Link, readonly Dependency[]>();

  constructor(tree: CompileState['tree']) {
    this.#dependencies = new Dependencies(tree);
  }

  #of(link: Link): readonly Dependency[] {
    let known = this.#ofLink.get(link);
    if (known === undefined) {
      known = this.#dependencies.of(link);
      this.#ofLink.set(link, known);
    }
    return known;
  }

  #next(vertex: Vertex): readonly Vertex[] {
    if (vertex.kind === 'link') return this.#of(vertex).map(({ selection }) => selection);
    if (vertex.kind === 'selection') return vertex.targets;
    return this.#dependencies.linksOf(vertex);
  }

  /** Strongly connected components, those that others depend on first (Tarjan, without recursion). */
  components(): readonly (readonly Vertex[])[] {
    const result: Vertex[][] = [];
    const indexOf = new Map<Vertex, number>();
    const lowOf = new Map<Vertex, number>();
    const onStack = new Set<Vertex>();
    const stack: Vertex[] = [];
    for (const start of this.#dependencies.links) {
      if (indexOf.has(start)) continue;
      const work: { vertex: Vertex; next: readonly Vertex[]; at: number }[] = [];
      const enter = (vertex: Vertex) => {
        indexOf.set(vertex, indexOf.size);
        lowOf.set(vertex, indexOf.size - 1);
        stack.push(vertex);
        onStack.add(vertex);
        work.push({ vertex, next: this.#next(vertex), at: 0 });
      };
      enter(start);
      for (let frame = work.at(-1); frame !== undefined; frame = work.at(-1)) {
        const { vertex } = frame;
        const other = frame.next[frame.at++];
        if (other !== undefined) {
          if (!indexOf.has(other)) enter(other);
          else if (onStack.has(other)) lower(lowOf, vertex, indexOf.get(other) ?? 0);
          continue;
        }
        work.pop();
        const parent = work.at(-1);
        if (parent !== undefined) lower(lowOf, parent.vertex, lowOf.get(vertex) ?? 0);
        if (lowOf.get(vertex) !== indexOf.get(vertex)) continue;
        const component: Vertex[] = [];
        for (let item = stack.pop(); item !== undefined; item = stack.pop()) {
          onStack.delete(item);
          component.push(item);
          if (item === vertex) break;
        }
        result.push(component);
      }
    }
    return result;
  }

  faultOf(link: Link): RegoFault {
    const path = this.#shortestCycle(link);
    const names = [...path.map(({ from }) => linkName(from)), linkName(link)];
    const notes: string[] = [];
    for (const [index, { from, by }] of path.entries()) {
      const to = path[index + 1]?.from ?? link;
      const note = this.#note(from, by.ref, to, link);
      if (note !== undefined) notes.push(note);
    }
    const name = linkName(link);
    const verb = notes.length > 0 ? 'may be' : 'is';
    const [first] = notes;
    const message = `rule ${name} ${verb} recursive: ${names.join(' -> ')}${first === undefined ? '' : ` (${first})`}`;
    return fault('rego_recursion_error', message, link.rule.location);
  }

  /** Links from `start` on, each with the ref that leads to the next, until the last leads to `start` again. */
  #shortestCycle(start: Link): readonly { from: Link; by: Dependency }[] {
    interface Step {
      readonly from: Link;
      readonly by: Dependency;
      readonly before: Step | undefined;
    }
    const reached = new Set<Vertex>();
    let level: { link: Link; step: Step | undefined }[] = [{ link: start, step: undefined }];
    while (level.length > 0) {
      const next: typeof level = [];
      for (const { link, step } of level) {
        for (const by of this.#of(link)) {
          for (const target of this.#linksBelow(by.selection, reached)) {
            const reachedBy: Step = { from: link, by, before: step };
            if (target === start) {
              const path: Step[] = [];
              for (let at: Step | undefined = reachedBy; at !== undefined; at = at.before) path.push(at);
              return path.reverse();
            }
            next.push({ link: target, step: reachedBy });
          }
        }
      }
      level = next;
    }
    return [];
  }

  /** Links that a selection leads to and that weren't reached before. */
  #linksBelow(selection: Selection, reached: Set<Vertex>): readonly Link[] {
    const links: Link[] = [];
    const stack: Vertex[] = [selection];
    for (let vertex = stack.pop(); vertex !== undefined; vertex = stack.pop()) {
      if (reached.has(vertex)) continue;
      reached.add(vertex);
      if (vertex.kind === 'link') links.push(vertex);
      else for (const target of [...this.#next(vertex)].reverse()) stack.push(target);
    }
    return links;
  }

  /** Why a ref may lead to a rule; undefined when it does for sure. */
  #note(from: Link, ref: RefTerm, to: Link, start: Link): string | undefined {
    const toKeys: string[] = to.group.path.map((name) => JSON.stringify(name));
    for (const term of to.working.headSuffix) toKeys.push(formatTerm(term));
    for (const [index, arg] of ref.args.entries()) {
      const toKey = toKeys[index];
      if (toKey === undefined) return undefined;
      let reason: string | undefined;
      if (arg.kind === 'ref') {
        reason = arg.head.kind === 'var' && arg.head.name === 'data' ? "rule values aren't known at compile time" : '';
      } else if (arg.kind === 'call') {
        reason = '';
      } else if (arg.kind === 'var') {
        const source = this.#dependencies.sourcesOf(from).get(arg.name);
        if (source?.reason !== undefined) reason = source.reason;
        else if (source?.values !== undefined && source.values.length > 1) {
          reason = `${writtenTerm(arg, from.working.originalNames)} is one of [${source.values.join(', ')}]`;
        }
      }
      if (reason === undefined) continue;
      const { originalNames } = from.working;
      const key = writtenTerm(arg, originalNames);
      const where = from === start ? '' : ` in ${linkName(from)}`;
      const because = reason === '' ? '' : ` (${reason})`;
      return `${writtenTerm(ref, originalNames)}${where} refers to ${linkName(to)} if ${key} is ${toKey}${because}`;
    }
    return undefined;
  }
}

function lower(lowOf: Map<Vertex, number>, vertex: Vertex, value: number): void {
  const old = lowOf.get(vertex);
  if (old === undefined || value < old) lowOf.set(vertex, value);
}
