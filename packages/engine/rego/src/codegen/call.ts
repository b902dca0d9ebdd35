import type { Builtin } from '../builtins/builtin.ts';
import type { RuleNode } from '../compile/compiled.ts';
import { isUserFunction, operatorName } from '../compile/operator.ts';
import type { CallTerm, RefTerm, Term } from '../syntax/ast.ts';
import type { Emitter } from './emitter.ts';
import { fastPath, inlineCondition } from './inline.ts';
import { emitUnify } from './unify.ts';

/** Writes a call and gives its value; goes on only where it has one. */
export function emitCall(emitter: Emitter, call: CallTerm): string {
  if (isUserFunction(call.operator)) return emitUserCall(emitter, call.operator, call.args);
  const name = operatorName(call.operator);
  if (name === 'eq' || name === 'assign') {
    const [left, right] = call.args as [Term, Term];
    emitUnify(emitter, left, right);
    return 'true';
  }
  if (name === 'internal.print') return emitPrint(emitter, call);
  const builtin = name === undefined ? undefined : emitter.program.builtins.get(name);
  if (name === undefined || builtin === undefined) throw new Error(`undefined function ${name}`);
  const args = call.args.map((arg) => emitter.term(arg));
  if (name === 'trace') emitter.observe(`note(${args[0]}, ${emitter.locate(call.location)})`);
  if (emitter.program.withTargets.builtins.includes(name)) return emitReplaceable(emitter, builtin, args, call);
  const condition = inlineCondition(name, args, call.args);
  if (condition !== undefined) return emitter.keep(condition);
  const value = callBuiltin(emitter, builtin, args, call);
  return builtin.relation === true ? eachResult(emitter, value) : value;
}

function callBuiltin(emitter: Emitter, builtin: Builtin, args: readonly string[], call: CallTerm): string {
  const value = emitter.name('t');
  const fast = fastPath(builtin.name, args);
  emitter.line(`let ${value};`);
  if (fast !== undefined) emitter.line(`if (${fast.guard}) ${value} = ${fast.value}; else`);
  emitter.line(
    `try { ${value} = ${directCall(emitter, builtin, args)}; } catch (e) { E.fault(e, ${emitter.locate(call.location)}); }`,
  );
  emitter.failIf(`${value} === undefined`);
  return value;
}

function directCall(emitter: Emitter, builtin: Builtin, args: readonly string[]): string {
  if (builtin.nondeterministic === true) return `E.callOnce(${emitter.constant(builtin)}, [${args.join(', ')}])`;
  return `${emitter.constant(builtin.evaluate)}(E, ${args.join(', ')})`;
}

/** A built-in that some `with` replaces. */
function emitReplaceable(emitter: Emitter, builtin: Builtin, args: readonly string[], call: CallTerm): string {
  const { context } = emitter.place;
  const mock = emitter.keep(`R_replacementOf(${context}, ${JSON.stringify(builtin.name)})`);
  const value = emitter.name('t');
  emitter.line(`let ${value};`);
  emitter.line(`if (${mock} !== undefined) ${value} = R_callReplacement(${context}, ${mock}, [${args.join(', ')}]);`);
  emitter.line(
    `else try { ${value} = ${directCall(emitter, builtin, args)}; } catch (e) { E.fault(e, ${emitter.locate(call.location)}); }`,
  );
  emitter.failIf(`${value} === undefined`);
  if (builtin.relation !== true) return value;
  return eachResult(emitter, emitter.keep(`${mock} === undefined ? ${value} : [${value}]`));
}

function eachResult(emitter: Emitter, results: string): string {
  const index = emitter.name('i');
  emitter.loop(`let ${index} = 0; ${index} < ${results}.length; ${index}++`);
  return emitter.keep(`${results}[${index}]`);
}

function emitUserCall(emitter: Emitter, operator: RefTerm, args: readonly Term[]): string {
  const values = args.map((arg) => emitter.term(arg));
  const group = groupAt(emitter.program.tree, operator);
  if (group === undefined) throw new Error('undefined function');
  const value = emitter.keep(`${emitter.program.functionOf(group)}(${[emitter.place.context, ...values].join(', ')})`);
  emitter.failIf(`${value} === undefined`);
  return value;
}

export function groupAt(tree: RuleNode, ref: RefTerm): RuleNode['group'] {
  let node: RuleNode | undefined = tree;
  for (const arg of ref.args) node = arg.kind === 'string' ? node?.children.get(arg.value) : undefined;
  return node?.group;
}

/** `internal.print([{x | …}, …])`: sets of all values of each operand, empty for undefined. */
function emitPrint(emitter: Emitter, call: CallTerm): string {
  const operands = emitter.term(call.args[0] as Term);
  emitter.line(`E.print(${operands}, ${emitter.locate(call.location)});`);
  return 'true';
}
