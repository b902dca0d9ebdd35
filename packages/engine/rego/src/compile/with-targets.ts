import type { RegoFault } from '../fault.ts';
import type { Body, With } from '../syntax/ast.ts';
import type { CompileOptions, WithTargets } from './compiled.ts';
import { constantPath, operatorName } from './operator.ts';
import { findNode } from './rule-tree.ts';
import { fault, type WorkingNode } from './state.ts';
import { walkTerm } from './traverse.ts';

/** Collects what the `with` of many bodies replace, and checks the targets. */
export class WithCollector {
  readonly faults: RegoFault[] = [];
  readonly #tree: WorkingNode;
  readonly #options: CompileOptions;
  #input = false;
  readonly #data = new Map<string, readonly string[]>();
  readonly #builtins = new Set<string>();

  constructor(tree: WorkingNode, options: CompileOptions) {
    this.#tree = tree;
    this.#options = options;
  }

  get targets(): WithTargets {
    return { input: this.#input, data: [...this.#data.values()], builtins: [...this.#builtins] };
  }

  body(body: Body): void {
    for (const expr of body) {
      const { what } = expr;
      if (what.kind === 'term') this.#closures(what.term);
      else if (what.kind === 'every') {
        this.#closures(what.domain);
        this.body(what.body);
      }
      for (const item of expr.with) {
        this.#closures(item.value);
        this.#with(item);
      }
    }
  }

  #closures(term: Parameters<typeof walkTerm>[0]): void {
    walkTerm(term, (inner) => {
      if (!('body' in inner)) return undefined;
      this.body(inner.body);
      return false;
    });
  }

  #with({ target, value, location }: With): void {
    const root = target.kind === 'var' ? target : target.head;
    const name = root.kind === 'var' ? root.name : undefined;
    if (name === 'input') {
      this.#input = true;
      return;
    }
    if (name === 'data') {
      const path = target.kind === 'ref' ? constantPath(target) : [];
      this.#data.set(JSON.stringify(path), path);
      this.#checkData(path, target.kind === 'ref' && path.length === target.args.length, location);
      return;
    }
    const builtin = operatorName(target);
    const known = builtin === undefined ? undefined : this.#options.builtins.get(builtin);
    if (builtin === undefined || known === undefined) {
      const message = 'with keyword target must reference existing input, data, or a function';
      this.#fault(message, location);
      return;
    }
    if (known.infix !== undefined || builtin.startsWith('internal.')) {
      this.#fault(
        `with keyword replacing built-in function: replacement of internal function "${builtin}" not possible`,
        location,
      );
    } else if (known.relation === true) {
      this.#fault(`with keyword replacing built-in function: target must not be a relation`, location);
    } else if (known.type.result === undefined) {
      this.#fault(`with keyword replacing built-in function: target must not be a void function`, location);
    }
    this.#builtins.add(builtin);
    void value;
  }

  #checkData(path: readonly string[], whole: boolean, location: With['location']): void {
    if (!whole) return;
    for (let length = 1; length < path.length; length++) {
      const node = findNode(this.#tree, path.slice(0, length));
      if (node === undefined) return;
      if (node.group !== undefined && node.group.kind !== 'object') {
        this.#fault('with keyword cannot partially replace virtual document(s)', location);
        return;
      }
    }
  }

  #fault(message: string, location: With['location']): void {
    this.faults.push(fault('rego_type_error', message, location));
  }
}
