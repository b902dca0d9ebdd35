import type { Builtin } from '../builtins/builtin.ts';
import type { AnnotatedPath, CompiledRule } from '../compile/compiled.ts';
import { constantPath, isUserFunction } from '../compile/operator.ts';
import { chainOf, walkRule, walkTerm } from '../compile/traverse.ts';
import type { RegoFault } from '../fault.ts';
import type { Body, Module, Rule, Term } from '../syntax/ast.ts';
import { bounded } from './algebra.ts';
import { type DocumentTypes, Schemas } from './annotation-schemas.ts';
import { TypeChecker } from './checker.ts';
import { anyType, objectOf, stringType } from './construct.ts';
import type { OriginalNames } from './messages.ts';
import { Scope } from './scope.ts';
import { scalarOf } from './term-type.ts';
import type { FunctionType, Type } from './type.ts';
import { addType, emptyNode, nodeFor, type OpenNode } from './type-tree.ts';

export interface InferOptions {
  readonly builtins: ReadonlyMap<string, Builtin>;
  /** JSON schemas: `schema` of all input, `schema.a.b` for annotations. */
  readonly schemas?: ReadonlyMap<string, unknown>;
  readonly modules: readonly Module[];
  readonly annotations: readonly AnnotatedPath[];
}

export interface InferredTypes {
  readonly faults: readonly RegoFault[];
  /** Type of a ref into `data` or `input`; undefined when there can be nothing. */
  typeOf(ref: Term): Type | undefined;
  /** Faults of a query's body, rewritten and in order. */
  checkQuery(body: Body, names: OriginalNames): readonly RegoFault[];
}

/**
 * Finds the static types of all rules, and what can never hold in them (`rego_type_error`). What is not known is `any`:
 * base documents and input without a schema, arguments of functions as far as their bodies don't say what they must be.
 *
 * @param rules  rewritten, with bodies in order, each after all rules that it refers to; clauses of one name side by side
 */
export function inferTypes(rules: Iterable<CompiledRule>, options: InferOptions): InferredTypes {
  const data = emptyNode();
  const schemas = new Schemas(options.schemas ?? new Map(), options.modules, options.annotations);
  const types: DocumentTypes = { data, input: schemas.inputType() };
  const signatureOf = (name: string): FunctionType | undefined => options.builtins.get(name)?.type;
  const faults: RegoFault[] = [];
  const checkerFor = (documents: DocumentTypes, names: OriginalNames): TypeChecker =>
    new TypeChecker({ signatureOf, ...documents, names });

  for (const working of rules) {
    const path = documentPath(working);
    for (const rule of chainOf(working.rule)) {
      const checker = checkerFor(schemas.typesFor(types, working.module, rule), working.originalNames);
      const type = typeOfRule(checker, working, rule);
      faults.push(...checker.faults);
      addType(data, path, type);
      addReads(data, path, rule);
    }
  }
  const lookup = checkerFor(types, new Map());
  return {
    faults: [...schemas.faults, ...faults],
    typeOf: (ref) => lookup.typeOf(ref, new Scope()),
    checkQuery: (body, names) => {
      const checker = checkerFor(types, names);
      checker.checkBody(body, new Scope());
      return checker.faults;
    },
  };
}

/** Constant beginning of a rule's path, without `data`. */
function documentPath({ module, rule: { head } }: CompiledRule): readonly string[] {
  const { ref } = head;
  if (ref.kind === 'var') return [...module.package.path, ref.name];
  const name = ref.head.kind === 'var' ? [ref.head.name] : [];
  return [...module.package.path, ...name, ...constantPath(ref)];
}

function addReads(data: OpenNode, path: readonly string[], rule: Rule): void {
  const { reads } = nodeFor(data, path);
  walkRule(rule, (term) => {
    if (term.kind !== 'ref' || !isUserFunction(term)) return;
    const read = constantPath(term);
    reads.set(JSON.stringify(read), read);
  });
}

/** Checks one rule; what it adds to the document at its constant path. */
function typeOfRule(checker: TypeChecker, working: CompiledRule, rule: Rule): Type {
  const scope = new Scope();
  const { head } = rule;
  checker.checkBody(rule.body, scope);
  const terms = [head.key, head.value, ...working.headSuffix].filter((term) => term !== undefined);
  for (const term of terms) checker.checkTerm(term, scope);
  // Of a rule with faults nothing is known: no further faults follow from it.
  if (checker.faults.length > 0) return anyType;
  if (head.args) return typeOfFunction(checker, head.args, head.value, scope);
  const value = head.value ? (checker.typeOf(head.value, scope) ?? anyType) : anyType;
  const type: Type = head.key && !head.value ? { kind: 'set', of: checker.typeOf(head.key, scope) ?? anyType } : value;
  return bounded(nested(working.headSuffix, type, checker, scope));
}

function typeOfFunction(
  checker: TypeChecker,
  args: readonly Term[],
  value: Term | undefined,
  scope: Scope,
): FunctionType {
  for (const arg of args)
    walkTerm(arg, (part) => {
      if (part.kind === 'var' && !scope.get(part.name)) scope.set(part.name, anyType);
    });
  return {
    kind: 'function',
    args: args.map((arg) => checker.typeOf(arg, scope) ?? anyType),
    result: (value && checker.typeOf(value, scope)) ?? anyType,
  };
}

/** Objects around a value, one for each key that follows the constant path of a rule. */
function nested(suffix: readonly Term[], value: Type, checker: TypeChecker, scope: Scope): Type {
  return suffix.reduceRight<Type>((inner, key) => {
    const type = scalarOf(key) === undefined ? checker.typeOf(key, scope) : undefined;
    return objectOf(type ?? (key.kind === 'string' ? stringType : (checker.typeOf(key, scope) ?? anyType)), inner);
  }, value);
}
