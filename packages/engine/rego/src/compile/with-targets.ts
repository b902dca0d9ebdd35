import type { RegoFault, RegoFaultCode } from '../fault.ts';
import type { Body, Term, With } from '../syntax/ast.ts';
import type { CompileOptions, WithTargets } from './compiled.ts';
import { constantPath, isUserFunction, operatorName } from './operator.ts';
import { findNode } from './rule-tree.ts';
import { fault, type WorkingNode } from './state.ts';
import { walkTerm } from './traverse.ts';

const BUILTIN = 'with keyword replacing built-in function:';
/** They are no functions at evaluation. */
const FIXED: ReadonlySet<string> = new Set(['eq', 'rego.metadata.chain', 'rego.metadata.rule']);

/** Tells for a `with` whether it replaces a function by another: its value is then a name, no term that is evaluated. */
export function functionReplacement(tree: WorkingNode, options: CompileOptions): (item: With) => boolean {
  const isFunction = (term: Term): boolean => {
    if (term.kind !== 'var' && term.kind !== 'ref') return false;
    if (isUserFunction(term)) {
      const path = constantPath(term);
      return path.length === term.args.length && findNode(tree, path)?.group?.kind === 'function';
    }
    const name = operatorName(term);
    return name !== undefined && options.builtins.has(name);
  };
  return ({ target, value }) => isFunction(value) && isFunction(target);
}

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
        this.#target(item);
      }
    }
  }

  #closures(term: Term): void {
    walkTerm(term, (inner) => {
      if (!('body' in inner)) return undefined;
      this.body(inner.body);
      return false;
    });
  }

  #target({ target }: With): void {
    const root = target.kind === 'var' ? target : target.head;
    const name = root.kind === 'var' ? root.name : undefined;
    if (name === 'input') this.#input = true;
    else if (name === 'data') {
      const path = target.kind === 'ref' ? constantPath(target) : [];
      this.#data.set(JSON.stringify(path), path);
      if (target.kind === 'ref' && path.length === target.args.length) this.#checkData(path, target);
    } else this.#builtin(target);
  }

  #builtin(target: With['target']): void {
    const name = operatorName(target);
    const builtin = name === undefined ? undefined : this.#options.builtins.get(name);
    if (name === undefined || builtin === undefined) {
      const message = 'with keyword target must reference existing input, data, or a function';
      this.#fault(message, target, 'rego_type_error');
      return;
    }
    this.#builtins.add(name);
    if (FIXED.has(name)) this.#fault(`${BUILTIN} replacement of "${name}" invalid`, target);
    else if (name.startsWith('internal.')) {
      this.#fault(`${BUILTIN} replacement of internal function "${name}" invalid`, target);
    } else if (builtin.relation === true) this.#fault(`${BUILTIN} target must not be a relation`, target);
    else if (builtin.type.result === undefined) this.#fault(`${BUILTIN} target must not be a void function`, target);
  }

  /** Nothing below a rule can be replaced, only the rule. */
  #checkData(path: readonly string[], target: Term): void {
    let node: WorkingNode | undefined = this.#tree;
    for (const name of path) {
      if (node?.group !== undefined && node.group.kind !== 'object') {
        this.#fault('with keyword cannot partially replace virtual document(s)', target);
        return;
      }
      node = node?.children.get(name);
    }
  }

  #fault(message: string, target: Term, code: RegoFaultCode = 'rego_compile_error'): void {
    this.faults.push(fault(code, message, target.location));
  }
}
