import type { CelFunction } from '../library/function.ts';
import type { Expression, FoldKind } from '../syntax/ast.ts';
import { kindOf } from '../value/kind.ts';

/** Operators and functions whose result is of one type, whatever they are given. */
const RESULTS: Readonly<Record<string, string>> = {
  '_==_': 'bool',
  '_!=_': 'bool',
  '_<_': 'bool',
  '_<=_': 'bool',
  '_>_': 'bool',
  '_>=_': 'bool',
  '!_': 'bool',
  '@in': 'bool',
  size: 'int',
  int: 'int',
  uint: 'uint',
  double: 'double',
  string: 'string',
  bytes: 'bytes',
  bool: 'bool',
};
const SAME_AS_OPERANDS = new Set(['_+_', '_-_', '_*_', '_/_', '_%_', '-_']);
const FOLD_RESULTS: Readonly<Record<FoldKind, string>> = {
  all: 'bool',
  exists: 'bool',
  existsOne: 'bool',
  map: 'list',
  filter: 'list',
  transformMap: 'map',
  transformMapEntry: 'map',
};

/** The type of an expression as far as the text alone tells it; undefined when only values do. */
export function staticKind(node: Expression): string | undefined {
  switch (node.type) {
    case 'literal':
      return kindOf(node.value);
    case 'list':
    case 'map':
      return node.type;
    case 'logical':
    case 'has':
      return 'bool';
    case 'fold':
      return FOLD_RESULTS[node.kind];
    case 'conditional':
      return common([node.then, node.otherwise]);
    case 'call':
      if (node.target !== undefined) return node.name === 'size' ? 'int' : undefined;
      if (SAME_AS_OPERANDS.has(node.name)) return common(node.args);
      return Object.hasOwn(RESULTS, node.name) ? RESULTS[node.name] : undefined;
    default:
      return undefined;
  }
}

function common(nodes: readonly Expression[]): string | undefined {
  const [first, ...rest] = nodes;
  const kind = first === undefined ? undefined : staticKind(first);
  return kind !== undefined && rest.every((node) => staticKind(node) === kind) ? kind : undefined;
}

/** Whether some overload may take the arguments, with those whose types are known. */
export function mayTake(found: CelFunction, kinds: readonly (string | undefined)[]): boolean {
  return found.overloads.some(
    ({ params }) =>
      params.length === kinds.length &&
      params.every((param, index) => param === 'dyn' || kinds[index] === undefined || kinds[index] === param),
  );
}
