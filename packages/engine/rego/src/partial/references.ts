import type { CompiledRule, RuleGroup, RuleNode } from '../compile/compiled.ts';
import type { RefTerm, Term } from '../syntax/ast.ts';
import { isObject } from '../value/kind.ts';
import { sortedKeys } from '../value/object.ts';
import type { Value } from '../value/value.ts';
import type { Frame } from './frame.ts';
import type { Give, Machine, Next } from './machine.ts';
import { memberOf, membersOf } from './members.ts';
import { call, canInline, exprOf, isPattern, isUnbound } from './pattern.ts';
import { dataRef, isKnown, type Reduced, refOf, termOf, variable } from './reduced.ts';

/** Longer enumerations of what is known against something unknown cost steps. */
const MAX_BRANCHES = 1000;

/** What references into documents come to: of base documents, rules, and what is unknown. */
export class References {
  readonly #machine: Machine;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  ref(ref: RefTerm, frame: Frame, give: Give): void {
    const { head } = ref;
    const { compiled, data } = this.#machine.environment;
    if (head.kind === 'var' && head.name === 'data' && !frame.bindings.has('data')) {
      this.walk(compiled.tree, data, [], 0, ref.args, frame, give);
    } else if (head.kind === 'var' && head.name === 'input' && this.#machine.environment.input !== undefined) {
      this.#select({ known: this.#machine.environment.input }, ref.args, 0, frame, ['input'], give);
    } else {
      const path = head.kind === 'var' && head.name === 'input' ? ['input'] : undefined;
      this.#machine.term(head, frame, (reduced) => this.#select(reduced, ref.args, 0, frame, path, give));
    }
  }

  /** Below `data`: rules and base documents lie over each other. */
  walk(
    node: RuleNode | undefined,
    base: Value | undefined,
    path: readonly string[],
    from: number,
    args: readonly Term[],
    frame: Frame,
    give: Give,
  ): void {
    const location = args[0]?.location ?? { file: '', row: 1, col: 1, offset: 0, end: 0 };
    if (this.isUnknown(['data', ...path])) {
      this.#select({ term: dataRef(path, location) }, args, from, frame, undefined, give);
      return;
    }
    if (node?.group !== undefined && node.children.size > 0) {
      // Rules with rules below them make one document: it is left whole.
      this.#select({ term: dataRef(path, location) }, args, from, frame, undefined, give);
      return;
    }
    if (node?.group !== undefined) {
      this.#group(node.group, base, args, from, frame, give);
      return;
    }
    if (node === undefined || (node.children.size === 0 && node.group === undefined && path.length > 0)) {
      const below = ['data', ...path];
      if (base !== undefined) this.#select({ known: base }, args, from, frame, below, give);
      else if (this.#leadsToUnknown(below)) this.#select({ known: {} }, args, from, frame, below, give);
      return;
    }
    const arg = args[from];
    if (arg === undefined) {
      // A whole package: it stays as it is.
      give({ term: dataRef(path, location) });
      return;
    }
    const step = (chosen: Value): void => {
      // Paths of base documents are text: OPA finds `data[2]` under "2".
      const key = typeof chosen === 'number' ? String(chosen) : chosen;
      if (typeof key !== 'string') return;
      this.walk(node.children.get(key), memberOf(base, key), [...path, key], from + 1, args, frame, give);
    };
    const keys = (): Value[] => [
      ...new Set([
        ...node.children.keys(),
        ...(base !== undefined && isObject(base) ? (sortedKeys(base) as string[]) : []),
      ]),
    ];
    this.#choose(arg, keys, frame, step);
  }

  /** Each key that an argument may be: itself when it is known, all when it is unbound, all with a condition when it is unknown. */
  #choose(arg: Term, keys: () => readonly Value[], frame: Frame, step: (key: Value) => void): void {
    if (isPattern(arg, frame)) {
      for (const key of keys()) this.#machine.match(arg, { known: key }, frame, () => step(key));
      return;
    }
    this.#machine.term(arg, frame, (reduced) => {
      if (isKnown(reduced)) step(reduced.known);
      else for (const key of keys()) this.#machine.equal(reduced, { known: key }, arg, () => step(key));
    });
  }

  #group(
    group: RuleGroup,
    base: Value | undefined,
    args: readonly Term[],
    from: number,
    frame: Frame,
    give: Give,
  ): void {
    const environment = this.#machine.environment;
    const location = args[0]?.location ?? (group.clauses[0] ?? group.default)?.rule.location;
    if (location === undefined) return;
    const rest = args.length - from;
    const stay = (ref: Term) => this.#select({ term: ref }, args, from, frame, undefined, give);
    if (this.isOpaque(group.path) || base !== undefined) stay(dataRef(group.path, location));
    else if (!environment.dependsOnUnknown(group)) {
      const value = environment.valueOf(group);
      if (value !== undefined) this.#select({ known: value }, args, from, frame, undefined, give);
    } else if (group.kind === 'complete' && canInline(group)) {
      for (const clause of group.clauses) {
        const inner = this.#machine.newFrame();
        this.#machine.clauseValue(clause, inner, (value) => this.#select(value, args, from, frame, undefined, give));
      }
    } else if (group.kind === 'set' && rest > 0) {
      for (const clause of group.clauses) this.#member(clause, args, from, frame, give);
    } else if (
      group.kind === 'object' &&
      rest > 0 &&
      group.clauses.every(({ headSuffix, rule }) => headSuffix.length <= rest && rule.head.key === undefined)
    ) {
      for (const clause of group.clauses) this.#entry(clause, args, from, frame, give);
    } else {
      const known = this.#machine.support.valueOf(group, this.#machine);
      if (known.kind === 'value') this.#select({ known: known.value }, args, from, frame, undefined, give);
      else if (known.kind === 'rule') stay(known.ref);
    }
  }

  #member(clause: CompiledRule, args: readonly Term[], from: number, frame: Frame, give: Give): void {
    const inner = this.#machine.newFrame();
    const { body, head } = clause.rule;
    this.#machine.body(body, 0, inner, () => {
      if (head.key === undefined) return;
      this.#machine.term(head.key, inner, (member) =>
        this.#machine.match(args[from] as Term, member, frame, () =>
          this.#select(member, args, from + 1, frame, undefined, give),
        ),
      );
    });
  }

  #entry(clause: CompiledRule, args: readonly Term[], from: number, frame: Frame, give: Give): void {
    const inner = this.#machine.newFrame();
    const { headSuffix, rule } = clause;
    const keys = (i: number, next: Next): void => {
      const key = headSuffix[i];
      if (key === undefined) next();
      else
        this.#machine.term(key, inner, (reduced) =>
          this.#machine.match(args[from + i] as Term, reduced, frame, () => keys(i + 1, next)),
        );
    };
    this.#machine.body(rule.body, 0, inner, () =>
      keys(0, () => {
        if (rule.head.value === undefined) return;
        this.#machine.term(rule.head.value, inner, (value) =>
          this.#select(value, args, from + headSuffix.length, frame, undefined, give),
        );
      }),
    );
  }

  /** The rest of a ref below something that is reduced. `path` is known only where an unknown may begin further down. */
  #select(
    reduced: Reduced,
    args: readonly Term[],
    from: number,
    frame: Frame,
    path: readonly string[] | undefined,
    give: Give,
  ): void {
    const arg = args[from];
    if (path !== undefined && this.isUnknown(path)) {
      const [root = '', ...rest] = path;
      const at = arg ?? args[from - 1];
      if (at !== undefined) {
        const keys = rest.map((value): Term => ({ kind: 'string', value, location: at.location }));
        this.#select(
          { term: refOf(variable(root, at.location), keys, at.location) },
          args,
          from,
          frame,
          undefined,
          give,
        );
      }
      return;
    }
    if (arg === undefined) {
      give(reduced);
      return;
    }
    if (!isKnown(reduced)) {
      this.#selectUnknown(reduced.term, args, from, frame, give);
      return;
    }
    const members = () => membersOf(reduced.known)?.map(([key]) => key) ?? [];
    if (members().length > MAX_BRANCHES && !isPattern(arg, frame))
      this.#machine.environment.context.spend(members().length);
    this.#choose(arg, members, frame, (key) => {
      const below = path === undefined || typeof key !== 'string' ? undefined : [...path, key];
      const member = memberOf(reduced.known, key);
      if (member !== undefined) this.#select({ known: member }, args, from + 1, frame, below, give);
      else if (below !== undefined && this.#leadsToUnknown(below)) {
        this.#select({ known: {} }, args, from + 1, frame, below, give);
      }
    });
  }

  /** What is unbound in the arguments enumerates what is unknown: it remains a variable. */
  #selectUnknown(head: Term, args: readonly Term[], from: number, frame: Frame, give: Give): void {
    const taken: Term[] = [];
    let enumerates = false;
    const step = (i: number): void => {
      const arg = args[i];
      if (arg === undefined) this.#giveUnknown(refOf(head, [...taken], head.location), enumerates, give);
      else if (arg.kind === 'var' && isUnbound(arg, frame)) {
        enumerates = true;
        const remaining = variable(frame.nameOf(arg.name), arg.location);
        taken.push(remaining);
        this.#machine.bind(frame, arg.name, { term: remaining }, () => step(i + 1));
        taken.pop();
      } else {
        this.#machine.term(arg, frame, (reduced) => {
          taken.push(termOf(reduced, arg.location));
          step(i + 1);
          taken.pop();
        });
      }
    };
    step(from);
  }

  /** A ref that binds variables is saved by itself: it must be evaluated before whatever reads them. */
  #giveUnknown(ref: Term, enumerates: boolean, give: Give): void {
    if (!enumerates) {
      give({ term: ref });
      return;
    }
    const found = variable(this.#machine.freshName(), ref.location);
    this.#machine.save(exprOf(call('eq', [found, ref], ref), ref), () => give({ term: found }));
  }

  isUnknown(path: readonly string[]): boolean {
    return this.#machine.environment.unknowns.some((unknown) => startsWith(path, unknown));
  }

  #leadsToUnknown(path: readonly string[]): boolean {
    return this.#machine.environment.unknowns.some((unknown) => startsWith(unknown, path));
  }

  isOpaque(path: readonly string[]): boolean {
    return this.#machine.environment.opaque.some((opaque) => startsWith(['data', ...path], opaque));
  }
}

function startsWith(path: readonly string[], prefix: readonly string[]): boolean {
  return prefix.length <= path.length && prefix.every((part, i) => part === path[i]);
}
