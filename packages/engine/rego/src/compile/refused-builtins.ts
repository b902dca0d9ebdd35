import type { RegoFault } from '../fault.ts';
import type { Body, Module } from '../syntax/ast.ts';
import { byLocation } from './fault-order.ts';
import { isUserFunction, operatorName } from './operator.ts';
import { type CompileState, fault } from './state.ts';
import { chainOf, type TermVisitor, walkBody, walkRule } from './traverse.ts';

/** Calls of deprecated built-ins, in modules of v1 and, with `strict`, in all. */
export function checkDeprecatedBuiltins(state: CompileState): readonly RegoFault[] {
  const isDeprecated = (name: string): boolean => state.options.builtins.get(name)?.deprecated === true;
  return callsIn(state, 'deprecated', isDeprecated, (module) => state.options.strict === true || isVersion1(module));
}

/** Calls of built-ins that the caller of the compiler doesn't allow. */
export function checkUnsafeBuiltins(state: CompileState): readonly RegoFault[] {
  const unsafe = state.options.unsafeBuiltins;
  if (!unsafe || unsafe.size === 0) return [];
  return callsIn(
    state,
    'unsafe',
    (name) => unsafe.has(name),
    () => true,
  );
}

/** Unsafe and, with `strict`, deprecated built-ins in a query. */
export function refusedBuiltinsIn(body: Body, { options }: Pick<CompileState, 'options'>): readonly RegoFault[] {
  const faults: RegoFault[] = [];
  walkBody(
    body,
    callVisitor(faults, 'unsafe', (name) => options.unsafeBuiltins?.has(name) === true),
  );
  if (options.strict === true)
    walkBody(
      body,
      callVisitor(faults, 'deprecated', (name) => options.builtins.get(name)?.deprecated === true),
    );
  return faults;
}

function callsIn(
  state: CompileState,
  what: 'deprecated' | 'unsafe',
  isRefused: (name: string) => boolean,
  isIn: (module: Module) => boolean,
): readonly RegoFault[] {
  const faults: RegoFault[] = [];
  const visit = callVisitor(faults, what, isRefused);
  for (const { module, rules } of state.modules) {
    if (!isIn(module)) continue;
    for (const { rule } of rules) for (const link of chainOf(rule)) walkRule(link, visit);
  }
  return byLocation(faults);
}

function callVisitor(
  faults: RegoFault[],
  what: 'deprecated' | 'unsafe',
  isRefused: (name: string) => boolean,
): TermVisitor {
  return (term) => {
    if (term.kind !== 'call' || isUserFunction(term.operator)) return;
    const name = operatorName(term.operator);
    if (name === undefined || !isRefused(name)) return;
    faults.push(fault('rego_type_error', `${what} built-in function calls in expression: ${name}`, term.location));
  };
}

/** Is the module held to the rules of v1? */
export function isVersion1(module: Module): boolean {
  return module.version === 'v1' || module.imports.some(({ path }) => isRegoV1(path));
}

function isRegoV1(path: Module['imports'][number]['path']): boolean {
  const [version] = path.kind === 'ref' ? path.args : [];
  return path.kind === 'ref' && path.head.kind === 'var' && path.head.name === 'rego' && isNamed(version, 'v1');
}

function isNamed(term: { readonly kind: string; readonly value?: unknown } | undefined, name: string): boolean {
  return term?.kind === 'string' && term.value === name;
}
