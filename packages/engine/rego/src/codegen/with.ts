import { operatorName } from '../compile/operator.ts';
import type { RefTerm, Term, VarTerm, With } from '../syntax/ast.ts';
import { groupAt } from './call.ts';
import type { Emitter } from './emitter.ts';

/** Writes what `write` writes under the replacements of `with`. */
export function inWith(emitter: Emitter, replacements: readonly With[], write: () => void): void {
  if (replacements.length === 0) {
    write();
    return;
  }
  const outer = emitter.place.context;
  const values = replacements.map(({ target, value }) => emitReplacement(emitter, target, value));
  const context = emitter.keep(`R_childOf(${outer})`, 'x');
  for (const [index, { target }] of replacements.entries()) {
    const value = values[index] as string;
    const path = pathOf(target);
    if (isHead(target, 'input')) emitter.line(`R_replaceInput(${context}, ${emitter.constant(path)}, ${value});`);
    else if (isHead(target, 'data') && !isFunction(emitter, target))
      emitter.line(`R_replaceData(${context}, ${emitter.constant(path)}, ${value});`);
    else emitter.line(`R_replaceFunction(${context}, ${JSON.stringify(dottedName(target))}, ${value});`);
  }
  emitter.inContext(context, write);
}

/** The value to put in place of the target: of a function another function, or a value that all calls give. */
function emitReplacement(emitter: Emitter, target: VarTerm | RefTerm, value: Term): string {
  if (isFunction(emitter, target)) {
    if (value.kind === 'ref' && isHead(value, 'data')) {
      const group = groupAt(emitter.program.tree, value);
      if (group?.kind === 'function')
        return emitter.keep(`new R_Replacement(${emitter.program.functionOf(group)}, undefined)`);
    }
    const name = value.kind === 'var' || value.kind === 'ref' ? operatorName(value) : undefined;
    const builtin =
      name === undefined || emitter.isBound(name.split('.', 1)[0] ?? '')
        ? undefined
        : emitter.program.builtins.get(name);
    if (builtin !== undefined)
      return emitter.keep(`R_builtinReplacement(E, ${emitter.constant(builtin)}, ${emitter.locate(value.location)})`);
    return emitter.keep(`new R_Replacement(undefined, ${emitter.term(value)})`);
  }
  return emitter.term(value);
}

function isFunction(emitter: Emitter, target: VarTerm | RefTerm): boolean {
  if (isHead(target, 'input')) return false;
  if (isHead(target, 'data'))
    return target.kind === 'ref' && groupAt(emitter.program.tree, target)?.kind === 'function';
  return true;
}

function isHead(target: VarTerm | RefTerm, name: string): boolean {
  return target.kind === 'var' ? target.name === name : target.head.kind === 'var' && target.head.name === name;
}

function pathOf(target: VarTerm | RefTerm): readonly string[] {
  if (target.kind === 'var') return [];
  return target.args.map((arg) => (arg.kind === 'string' ? arg.value : ''));
}

export function dottedName(target: VarTerm | RefTerm): string {
  return operatorName(target) ?? ['data', ...pathOf(target)].join('.');
}
