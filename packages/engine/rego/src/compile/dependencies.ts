import type { RefTerm, Rule, Term } from '../syntax/ast.ts';
import { formatTerm } from '../syntax/format-term.ts';
import { isScalar, type KeySource, keySources } from './key-source.ts';
import type { WorkingGroup, WorkingNode, WorkingRule } from './state.ts';
import { chainOf, mapChildren, type TermMapper, walkRule, walkTerm } from './traverse.ts';

/** A rule or one of its `else` branches. */
export interface Link {
  readonly kind: 'link';
  readonly rule: Rule;
  readonly working: WorkingRule;
  readonly group: WorkingGroup;
}

/** What a ref means: rules at and below where it leads. Refs that mean the same share one. */
export interface Selection {
  readonly kind: 'selection';
  readonly targets: readonly Target[];
}

type Target = Selection | WorkingGroup | Link;

export interface Dependency {
  readonly ref: RefTerm;
  readonly selection: Selection;
}

/** One argument of a ref: a constant text, some constant texts, or anything. */
type Key = readonly string[] | undefined;

/** Where the first keys of a ref lead. */
interface Prefix {
  readonly nodes: readonly WorkingNode[];
  /** Rules on the way: the rest of the ref goes into their values. */
  readonly passed: Selection;
  /** Groups on the way whose rules take further keys, with the number of keys before those. */
  readonly open: readonly { readonly group: WorkingGroup; readonly depth: number }[];
  readonly depth: number;
  readonly longer: Map<string, Prefix>;
  /** By the text of the key. */
  childrenBy?: ReadonlyMap<string, readonly WorkingNode[]>;
  /** When the ref ends here. */
  selection?: Selection;
}

/** Which rules the refs of a rule lead to: found when asked, what was found is kept. */
export class Dependencies {
  readonly links: readonly Link[];
  readonly #tree: WorkingNode;
  readonly #linksOf = new Map<WorkingGroup, Link[]>();
  readonly #below = new Map<WorkingNode, Selection>();
  readonly #start: Prefix;

  constructor(tree: WorkingNode) {
    this.#tree = tree;
    const nothing: Selection = { kind: 'selection', targets: [] };
    this.#start = { nodes: [tree], passed: nothing, open: [], depth: 0, longer: new Map() };
    const links: Link[] = [];
    visitGroups(tree, (group) => {
      const own: Link[] = [];
      for (const working of group.all)
        for (const rule of chainOf(working.rule)) own.push({ kind: 'link', rule, working, group });
      this.#linksOf.set(group, own);
      for (const link of own) links.push(link);
    });
    this.links = links;
  }

  linksOf(group: WorkingGroup): readonly Link[] {
    return this.#linksOf.get(group) ?? [];
  }

  /** In the order of the rule. */
  of(link: Link): readonly Dependency[] {
    const refs: RefTerm[] = [];
    let whole: Term | undefined;
    walkRule(link.rule, (term) => {
      if (term.kind === 'ref') {
        if (term.head.kind === 'var' && term.head.name === 'data') refs.push(term);
      } else if (term.kind === 'var' && term.name === 'data') whole ??= term;
      return undefined;
    });
    const result: Dependency[] = [];
    if (refs.length > 0) {
      const sources = refs.some(hasVariableKey) ? this.sourcesOf(link) : new Map<string, KeySource>();
      for (const ref of refs) result.push({ ref, selection: this.#select(ref, sources) });
    }
    if (whole !== undefined && this.#isBare(link.rule)) {
      const ref: RefTerm = {
        kind: 'ref',
        head: { kind: 'var', name: 'data', location: whole.location },
        args: [],
        location: whole.location,
      };
      result.push({ ref, selection: this.#everythingAt(this.#tree) });
    }
    return result;
  }

  sourcesOf(link: Link): ReadonlyMap<string, KeySource> {
    return keySources(link.rule, linkName(link), (term) => writtenTerm(term, link.working.originalNames));
  }

  /** `data` stands somewhere as a whole, not as the head of a ref. */
  #isBare(rule: Rule): boolean {
    let found = false;
    walkRule(rule, (term) => {
      if (term.kind === 'var' && term.name === 'data') found = true;
      if (term.kind === 'ref' && term.head.kind === 'var') {
        for (const arg of term.args) if (this.#hasBare(arg)) found = true;
        return false;
      }
      return !found;
    });
    return found;
  }

  #hasBare(term: Term): boolean {
    let found = false;
    walkTerm(term, (inner) => {
      if (inner.kind === 'var' && inner.name === 'data') found = true;
      if (inner.kind === 'ref' && inner.head.kind === 'var') {
        for (const arg of inner.args) if (this.#hasBare(arg)) found = true;
        return false;
      }
      return !found;
    });
    return found;
  }

  #select(ref: RefTerm, sources: ReadonlyMap<string, KeySource>): Selection {
    const keys = ref.args.map((arg) => keyOf(arg, sources));
    let prefix = this.#start;
    for (const key of keys) prefix = this.#extend(prefix, key);
    if (prefix.selection !== undefined) return prefix.selection;
    const targets: Target[] = [prefix.passed];
    for (const node of prefix.nodes) targets.push(this.#everythingAt(node));
    for (const { group, depth } of prefix.open) this.#matching(group, keys, depth, targets);
    prefix.selection = { kind: 'selection', targets };
    return prefix.selection;
  }

  /** The prefix with one key more; the same for all refs that begin alike. */
  #extend(prefix: Prefix, key: Key): Prefix {
    const name = JSON.stringify(key ?? null);
    const known = prefix.longer.get(name);
    if (known !== undefined) return known;
    prefix.childrenBy ??= indexChildren(prefix.nodes);
    const nodes: WorkingNode[] = [];
    for (const text of key ?? prefix.childrenBy.keys()) {
      for (const child of prefix.childrenBy.get(text) ?? []) nodes.push(child);
    }
    const groups: WorkingGroup[] = [];
    const open = [...prefix.open];
    for (const { group } of prefix.nodes) {
      if (group === undefined) continue;
      if (group.all.some(({ headSuffix }) => headSuffix.length > 0)) open.push({ group, depth: prefix.depth });
      else groups.push(group);
    }
    const passed: Selection =
      groups.length === 0 ? prefix.passed : { kind: 'selection', targets: [prefix.passed, ...groups] };
    const longer: Prefix = { nodes, passed, open, depth: prefix.depth + 1, longer: new Map() };
    prefix.longer.set(name, longer);
    return longer;
  }

  /** Rules of a group whose head's suffix agrees with the rest of a ref. */
  #matching(group: WorkingGroup, keys: readonly Key[], from: number, targets: Target[]): void {
    for (const link of this.linksOf(group)) {
      const agrees = link.working.headSuffix.every((term, index) => {
        const key = keys[from + index];
        return key === undefined || !isScalar(term) || key.includes(formatTerm(term));
      });
      if (agrees) targets.push(link);
    }
  }

  #everythingAt(node: WorkingNode): Selection {
    const known = this.#below.get(node);
    if (known !== undefined) return known;
    const targets: Target[] = [];
    const selection: Selection = { kind: 'selection', targets };
    this.#below.set(node, selection);
    if (node.group !== undefined) targets.push(node.group);
    for (const child of node.children.values()) targets.push(this.#everythingAt(child));
    return selection;
  }
}

function indexChildren(nodes: readonly WorkingNode[]): ReadonlyMap<string, readonly WorkingNode[]> {
  const index = new Map<string, WorkingNode[]>();
  for (const { children } of nodes) {
    for (const [name, child] of children) {
      const key = JSON.stringify(name);
      const list = index.get(key);
      if (list === undefined) index.set(key, [child]);
      else list.push(child);
    }
  }
  return index;
}

function keyOf(arg: Term, sources: ReadonlyMap<string, KeySource>): Key {
  if (isScalar(arg)) return [arg.kind === 'string' ? JSON.stringify(arg.value) : formatTerm(arg)];
  if (arg.kind === 'var') return sources.get(arg.name)?.values;
  return undefined;
}

function hasVariableKey(ref: RefTerm): boolean {
  return ref.args.some((arg) => arg.kind === 'var');
}

function visitGroups(root: WorkingNode, visit: (group: WorkingGroup) => void): void {
  const stack = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (node.group !== undefined) visit(node.group);
    for (const child of [...node.children.values()].reverse()) stack.push(child);
  }
}

/** `data.a.p`: without what follows the constant path. */
export function linkName({ working, group }: Link): string {
  const location = working.rule.location;
  const args: Term[] = group.path.map((value) => ({ kind: 'string', value, location }));
  const ref: RefTerm = {
    kind: 'ref',
    head: { kind: 'var', name: 'data', location },
    args,
    location,
  };
  return writtenTerm(ref, working.originalNames);
}

/** Text of a term with variables as they were written. */
export function writtenTerm(term: Term, originalNames: ReadonlyMap<string, string>): string {
  const mapper: TermMapper = {
    term: (item) => {
      if (item.kind !== 'var') return mapChildren(item, mapper);
      return { ...item, name: originalNames.get(item.name) ?? item.name };
    },
    head: (item) => ({ ...item, name: originalNames.get(item.name) ?? item.name }),
    body: (body) => body,
  };
  return formatTerm(mapper.term(term));
}
