import type { Bind, Expression, Fold, FoldKind, Has } from './ast.ts';
import { CelSyntaxError } from './syntax-error.ts';

type Macro = Omit<Fold, 'depth'> | Omit<Bind, 'depth'> | Omit<Has, 'depth'>;

/** Macros over one variable, with how many arguments they have. */
const ONE_VARIABLE: Readonly<Record<string, FoldKind>> = {
  'all/2': 'all',
  'exists/2': 'exists',
  'exists_one/2': 'existsOne',
  'existsOne/2': 'existsOne',
  'map/2': 'map',
  'map/3': 'map',
  'filter/2': 'filter',
};
const TWO_VARIABLES: Readonly<Record<string, FoldKind>> = {
  'all/3': 'all',
  'exists/3': 'exists',
  'exists_one/3': 'existsOne',
  'existsOne/3': 'existsOne',
  'transformList/3': 'map',
  'transformList/4': 'map',
  'transformMap/3': 'transformMap',
  'transformMap/4': 'transformMap',
  'transformMapEntry/3': 'transformMapEntry',
  'transformMapEntry/4': 'transformMapEntry',
};
const PREDICATES: ReadonlySet<FoldKind> = new Set(['all', 'exists', 'existsOne', 'filter']);

/** `has(e.f)`; undefined when a call is no macro. */
export function expandGlobalMacro(name: string, args: readonly Expression[], at: number): Macro | undefined {
  const [argument] = args;
  if (name !== 'has' || args.length !== 1 || argument === undefined) return undefined;
  if (argument.type !== 'select' || argument.isOptional)
    throw new CelSyntaxError('has() asks for a field: has(object.field)', at);
  return { type: 'has', select: argument, at };
}

/** Macros that look like methods; undefined when a call is none. */
export function expandMethodMacro(
  target: Expression,
  name: string,
  args: readonly Expression[],
  at: number,
): Macro | undefined {
  if (target.type === 'identifier' && target.name === 'cel' && name === 'bind' && args.length === 3)
    return expandBind('bind', args[0], args[1], args[2], at);
  if ((name === 'optMap' || name === 'optFlatMap') && args.length === 2)
    return expandBind(name, args[0], target, args[1], at);
  const key = `${name}/${args.length}`;
  const one = Object.hasOwn(ONE_VARIABLE, key) ? ONE_VARIABLE[key] : undefined;
  if (one !== undefined) return expandFold(one, target, args.slice(0, 1), args.slice(1), at);
  const two = Object.hasOwn(TWO_VARIABLES, key) ? TWO_VARIABLES[key] : undefined;
  if (two !== undefined) return expandFold(two, target, args.slice(0, 2), args.slice(2), at);
  return undefined;
}

function expandBind(
  kind: Bind['kind'],
  name: Expression | undefined,
  value: Expression | undefined,
  body: Expression | undefined,
  at: number,
): Macro | undefined {
  if (value === undefined || body === undefined) return undefined;
  return { type: 'bind', kind, name: variableName(name, at), value, body, at };
}

function expandFold(
  kind: FoldKind,
  range: Expression,
  names: readonly Expression[],
  rest: readonly Expression[],
  at: number,
): Macro {
  const variables = names.map((name) => variableName(name, at));
  if (variables[0] === variables[1]) throw new CelSyntaxError('the two variables need two names', at);
  const [first, second] = rest;
  const fold = { type: 'fold', kind, range, variables, at } as const;
  if (PREDICATES.has(kind)) return { ...fold, ...(first !== undefined && { predicate: first }) };
  const [predicate, transform] = second === undefined ? [undefined, first] : [first, second];
  return { ...fold, ...(predicate !== undefined && { predicate }), ...(transform !== undefined && { transform }) };
}

function variableName(node: Expression | undefined, at: number): string {
  if (node?.type !== 'identifier' || node.isAbsolute)
    throw new CelSyntaxError('the variable of a macro is a plain name', node?.at ?? at);
  return node.name;
}
