import { constantValue } from '../codegen/constants.ts';
import { constantPath, isUserFunction, operatorName } from '../compile/operator.ts';
import { childrenOf, closureTerms, isClosure, walkExpr } from '../compile/traverse.ts';
import type { RegoFault } from '../fault.ts';
import type { Body, CallTerm, Expr, RefTerm, Term, With } from '../syntax/ast.ts';
import type { Location } from '../syntax/location.ts';
import { keysOfType, selectConstant, unifies, valuesOfType } from './algebra.ts';
import { anyType, stringType } from './construct.ts';
import {
  argumentError,
  childNames,
  functionAsReference,
  knownKeys,
  matchError,
  noMembersError,
  noSuchKeyError,
  type OriginalNames,
  writtenText,
} from './messages.ts';
import { Scope } from './scope.ts';
import { scalarOf, type TypeEnvironment, typeOfTerm } from './term-type.ts';
import type { FunctionType, Type } from './type.ts';
import { type TypeNode, withReplaced } from './type-tree.ts';
import { unifyTerm, unifyTerms } from './unify-term.ts';
import { UNSET } from './unset.ts';

export interface CheckerOptions {
  /** Types of built-ins by dotted name. */
  readonly signatureOf: (builtin: string) => FunctionType | undefined;
  readonly data: TypeNode;
  readonly input: Type | undefined;
  readonly names: OriginalNames;
}

/**
 * Finds the types of the variables of one rule or query, and what can never hold in it. Expressions are taken in the order in
 * which they will be evaluated: what is found out about a variable in one counts in all that follow.
 */
export class TypeChecker implements TypeEnvironment {
  data: TypeNode;
  readonly input: Type | undefined;
  readonly results = new Map<Term, Type | undefined>();
  readonly faults: RegoFault[] = [];
  readonly #options: CheckerOptions;

  constructor(options: CheckerOptions) {
    this.#options = options;
    this.data = options.data;
    this.input = options.input;
  }

  typeOf(term: Term, scope: Scope): Type | undefined {
    return typeOfTerm(term, scope, this);
  }

  checkBody(body: Body, scope: Scope): void {
    for (const expr of body) this.#checkExpr(expr, scope);
  }

  #checkExpr(expr: Expr, scope: Scope): void {
    const { what } = expr;
    for (const item of expr.with)
      if (!this.#functionNamed(item.target) || !this.#functionNamed(item.value)) this.checkTerm(item.value, scope);
    const before = this.data;
    if (expr.with.some(({ target }) => isUserFunction(target))) this.#replaceDocuments(expr, scope);
    if (what.kind === 'every') this.checkTerm(what.domain, scope);
    else if (what.kind === 'term') this.#checkExprTerm(what.term, scope);
    this.data = before;
    for (const item of expr.with) this.#checkReplacement(item, scope);
  }

  #replaceDocuments(expr: Expr, scope: Scope): void {
    const used: (readonly string[])[] = [];
    walkExpr(expr, (term) => {
      if (term.kind === 'ref' && isUserFunction(term)) used.push(constantPath(term));
    });
    for (const { target, value } of expr.with)
      if (isUserFunction(target))
        this.data = withReplaced(this.data, constantPath(target), this.typeOf(value, scope) ?? anyType, used);
  }

  #checkExprTerm(term: Term, scope: Scope): void {
    if (term.kind !== 'call') {
      this.checkTerm(term, scope);
      return;
    }
    const name = operatorName(term.operator);
    const [left, right] = term.args;
    if ((name === 'eq' || name === 'equal') && left && right && term.args.length === 2) {
      if (name === 'eq' && right.kind === 'call' && right.location.offset === term.location.offset) {
        // `f(x, y)` with y for the result, or moved out of what stood around it.
        const clean = this.#checkAll([left, ...right.args], scope);
        this.#checkCall(right, [...right.args, left], scope, clean);
        return;
      }
      this.#checkEquation(term, left, right, scope);
      return;
    }
    const clean = this.#checkAll(term.args, scope);
    this.#checkCall(term, term.args, scope, clean);
  }

  #checkEquation(term: CallTerm, left: Term, right: Term, scope: Scope): void {
    const clean = this.#checkAll([left, right], scope);
    const typeLeft = this.typeOf(left, scope);
    const typeRight = this.typeOf(right, scope);
    if (unifyTerms(left, right, scope, this) || !clean) return;
    this.#report(matchError(typeLeft, typeRight), term.location);
  }

  #checkAll(terms: readonly Term[], scope: Scope): boolean {
    let clean = true;
    for (const term of terms) clean = this.checkTerm(term, scope) && clean;
    return clean;
  }

  /** Checks what stands in a term: calls, refs and comprehensions. False if refs or comprehensions have faults. */
  checkTerm(term: Term, scope: Scope): boolean {
    if (isClosure(term)) return this.#checkClosure(term, scope);
    switch (term.kind) {
      case 'templateString':
        for (const part of term.parts) if (!('kind' in part)) this.#checkTemplatePart(part, scope);
        return true;
      case 'call': {
        const clean = this.#checkAll(term.args, scope);
        this.results.set(term, this.#checkCall(term, term.args, scope, clean, true));
        return clean;
      }
      case 'ref': {
        const clean = this.#checkAll(childrenOf(term), scope);
        return this.#checkRef(term, scope) && clean;
      }
      default:
        return this.#checkAll(childrenOf(term), scope);
    }
  }

  #checkTemplatePart(part: Expr, scope: Scope): void {
    if (part.what.kind === 'term') this.checkTerm(part.what.term, scope);
  }

  #checkClosure(term: Extract<Term, { body: Body }>, scope: Scope): boolean {
    const before = this.faults.length;
    const inner = new Scope(scope);
    this.checkBody(term.body, inner);
    this.#checkAll(closureTerms(term), inner);
    if (this.faults.length > before) {
      this.results.set(term, undefined);
      return false;
    }
    const typeOf = (part: Term): Type => this.typeOf(part, inner) ?? anyType;
    if (term.kind === 'arrayComprehension')
      this.results.set(term, { kind: 'array', static: [], dynamic: typeOf(term.term) });
    else if (term.kind === 'setComprehension') this.results.set(term, { kind: 'set', of: typeOf(term.term) });
    else
      this.results.set(term, {
        kind: 'object',
        static: [],
        dynamic: { key: typeOf(term.key), value: typeOf(term.value) },
      });
    return true;
  }

  /**
   * Checks the arguments of a call; the result's type, or undefined where nothing is known of it.
   *
   * @param args    with one more than the function takes, if the last is to be the result
   * @param nested  the result is used by what stands around the call
   */
  #checkCall(call: CallTerm, args: readonly Term[], scope: Scope, clean: boolean, nested = false): Type | undefined {
    const type = this.#functionType(call);
    if (type?.kind === 'any') return anyType;
    if (type?.kind !== 'function') {
      if (type) this.#report(`undefined function ${writtenText(call.operator, this.#options.names)}`, call.location);
      return undefined;
    }
    for (const [index, arg] of args.entries()) {
      const wanted = type.args[index] ?? type.variadic ?? (index === type.args.length ? type.result : undefined);
      if (wanted && unifyTerm(arg, wanted, scope, this)) continue;
      if (clean) this.#reportArguments(call, type, args, scope, nested);
      return undefined;
    }
    if (clean) this.#checkMembership(call, scope);
    return type.result;
  }

  /** `x in xs`, `k, v in xs`: what can be no member, or no key, never is. */
  #checkMembership({ operator, args, location }: CallTerm, scope: Scope): void {
    const name = operatorName(operator);
    if (name !== 'internal.member_2' && name !== 'internal.member_3') return;
    const within = this.typeOf(args.at(-1) as Term, scope);
    if (within === undefined) return;
    const wanted = [valuesOfType(within)];
    if (name === 'internal.member_3') wanted.unshift(keysOfType(within));
    for (const [index, type] of wanted.entries()) {
      const have = this.typeOf(args[index] as Term, scope);
      if (have === undefined || type === undefined || unifies(have, type)) continue;
      this.#report(matchError(have, type), location);
      return;
    }
  }

  #reportArguments(call: CallTerm, type: FunctionType, args: readonly Term[], scope: Scope, nested: boolean): void {
    const have = args.map((arg) => this.typeOf(arg, scope));
    if (nested) have.push(UNSET);
    const name = writtenText(call.operator, this.#options.names);
    this.#report(argumentError(name, 'invalid argument(s)', have, type, true), call.location);
  }

  /** A rule that is no function can be called when its value may be anything. */
  #functionType({ operator }: CallTerm): Type | undefined {
    if (isUserFunction(operator)) return typeOfTerm(operator, new Scope(), this);
    return this.#options.signatureOf(operatorName(operator) ?? '');
  }

  /** `with f as g`: both take as many arguments. */
  #checkReplacement({ target, value, location }: With, scope: Scope): void {
    const replaced = this.#functionNamed(target);
    const by = this.#functionNamed(value);
    if (!replaced || !by || scope.get(target.kind === 'var' ? target.name : '')) return;
    if (replaced.args.length === by.args.length) return;
    const name = writtenText(target, this.#options.names);
    this.#report(argumentError(name, 'arity mismatch', by.args, replaced, false), location);
  }

  #functionNamed(term: Term): FunctionType | undefined {
    if (term.kind !== 'var' && term.kind !== 'ref') return undefined;
    const builtin = this.#options.signatureOf(operatorName(term) ?? '');
    if (builtin) return builtin;
    const type = isUserFunction(term as RefTerm) ? typeOfTerm(term, new Scope(), this) : undefined;
    return type?.kind === 'function' ? type : undefined;
  }

  /** Is there something that the ref may lead to? */
  #checkRef(ref: RefTerm, scope: Scope): boolean {
    if (ref.head.kind === 'var' && ref.head.name === 'data') return this.#checkDocumentRef(ref, scope);
    const head = this.typeOf(ref.head, scope);
    return this.#checkPath(ref, 0, head ?? anyType, scope);
  }

  #checkDocumentRef(ref: RefTerm, scope: Scope): boolean {
    let node = this.data;
    for (const [index, arg] of ref.args.entries()) {
      const constant = constantValue(arg);
      if (constant === undefined) {
        return node.type ? this.#checkPath(ref, index, node.type, scope) : this.#checkNameIn(node, ref, index, scope);
      }
      const child = typeof constant === 'string' ? node.children.get(constant) : undefined;
      if (child === undefined) return node.type ? this.#checkPath(ref, index, node.type, scope) : true;
      node = child;
      if (node.type?.kind === 'function') {
        this.#report(functionAsReference(ref, index + 1, node.type, this.#options.names), ref.location);
        return true;
      }
    }
    return true;
  }

  /** A computed key of a document that isn't a rule: a name. */
  #checkNameIn(node: TypeNode, ref: RefTerm, index: number, scope: Scope): boolean {
    const key = ref.args[index] as Term;
    const have = this.typeOf(key, scope);
    if (have) {
      if (unifies(stringType, have)) return true;
      if (node.children.size === 0) return true;
      this.#report(noSuchKeyError(ref, index, have, stringType, childNames(node), this.#options.names), ref.location);
      return false;
    }
    if (key.kind === 'var') scope.set(key.name, stringType);
    return true;
  }

  /** Checks the arguments of a ref from a position on, below a value of a type. */
  #checkPath(ref: RefTerm, from: number, type: Type, scope: Scope): boolean {
    let current = type;
    for (let index = from; index < ref.args.length; index++) {
      const keys = keysOfType(current);
      if (!keys && !isEmptyComposite(current)) {
        if (current.kind === 'function')
          this.#report(functionAsReference(ref, index, current, this.#options.names), ref.location);
        else this.#report(noMembersError(ref, index, current, this.#options.names), ref.location);
        return false;
      }
      const next = this.#checkKey(ref, index, current, keys, scope);
      if (!next) return false;
      current = next;
    }
    return true;
  }

  /** Type of the members that a key chooses; undefined, and reported, when there can be none. */
  #checkKey(ref: RefTerm, index: number, type: Type, keys: Type | undefined, scope: Scope): Type | undefined {
    const key = ref.args[index] as Term;
    const fail = (have: Type | undefined, oneOf = knownKeys(type)): undefined => {
      this.#report(noSuchKeyError(ref, index, have, keys, oneOf, this.#options.names), ref.location);
    };
    const constant = scalarOf(key);
    if (constant !== undefined) return selectConstant(type, constant) ?? fail(undefined);
    const members = valuesOfType(type) ?? anyType;
    if (key.kind === 'array' || key.kind === 'object' || key.kind === 'set') {
      if (keys && unifyTerm(key, keys, scope, this)) return members;
      return fail(this.typeOf(key, scope), []);
    }
    const have = this.typeOf(key, scope);
    if (have) return !keys || unifies(have, keys) ? members : fail(have);
    if (key.kind === 'var' && keys) scope.set(key.name, keys);
    return members;
  }

  #report(message: string, location: Location): void {
    this.faults.push({ code: 'rego_type_error', message, location });
  }
}

function isEmptyComposite(type: Type): boolean {
  return type.kind === 'array' || type.kind === 'object' || type.kind === 'set';
}
