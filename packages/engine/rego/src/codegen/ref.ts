import type { RuleNode } from '../compile/compiled.ts';
import { operatorName } from '../compile/operator.ts';
import type { RefTerm, Term } from '../syntax/ast.ts';
import type { Emitter } from './emitter.ts';
import { isSafeProperty } from './property.ts';
import { unifyValue } from './unify.ts';
import { isPattern } from './variables.ts';

/** Writes the reading of a reference; free variables in it become loops. */
export function emitRef(emitter: Emitter, ref: RefTerm): string {
  if (ref.head.kind === 'var' && !emitter.isBound(ref.head.name)) {
    if (ref.head.name === 'data') return emitDataRef(emitter, ref.args);
    if (ref.head.name === 'input') return navigate(emitter, emitInput(emitter), ref.args, 0, 'input');
    if (operatorName(ref) !== undefined && !isPattern(emitter, ref.head)) throw new Error('a built-in is no value');
  }
  return navigate(emitter, emitter.term(ref.head), ref.args, 0, undefined);
}

export function emitInput(emitter: Emitter): string {
  return readOnce(emitter, 'input', () => `${emitter.place.context}.input`);
}

/** A value that was read before in this place, or else the reading of it. */
function readOnce(emitter: Emitter, what: string, read: () => string): string {
  const known = emitter.place.reads.get(what);
  if (known !== undefined) return known;
  const value = emitter.keep(read(), 'r');
  emitter.failIf(`${value} === undefined`);
  emitter.place.reads.set(what, value);
  return value;
}

/** Goes from a value along `args`. `known` names what the value was read from when the same names always read the same. */
function navigate(
  emitter: Emitter,
  start: string,
  args: readonly Term[],
  from: number,
  known: string | undefined,
): string {
  let value = start;
  let what = known;
  const isBase = known === 'data';
  for (const arg of args.slice(from)) {
    if (arg.kind === 'string') emitter.observe(`touch(${value}, ${JSON.stringify(arg.value)})`);
    if (isPattern(emitter, arg)) {
      value = emitIteration(emitter, value, arg);
      what = undefined;
    } else if (arg.kind === 'string') {
      const name: string = `${what ?? value}.${JSON.stringify(arg.value)}`;
      value = readProperty(emitter, value, arg.value, name, isBase);
      what = name;
    } else {
      const key = emitter.term(arg);
      emitter.observe(`touch(${value}, ${key})`);
      const name: string = `${what ?? value}[${key}]`;
      const container = value;
      const read = isBase ? 'R_getBase' : 'R_get';
      value = readOnce(emitter, name, () => `${read}(${container}, ${key})`);
      what = name;
    }
  }
  return value;
}

function readProperty(emitter: Emitter, container: string, key: string, name: string, isBase: boolean): string {
  const read = emitter.place.reads.get(name);
  if (read !== undefined) return read;
  const literal = JSON.stringify(key);
  if (!isSafeProperty(key))
    return readOnce(emitter, name, () => `${isBase ? 'R_getBase' : 'R_get'}(${container}, ${literal})`);
  const value = emitter.name('r');
  emitter.line(`let ${value} = ${container}?.[${literal}];`);
  emitter.line(
    `if (${value} === undefined && (${value} = R_getOther(${container}, ${literal})) === undefined) ${emitter.place.fail}`,
  );
  emitter.place.reads.set(name, value);
  return value;
}

/** A loop over the members of `container`: `pattern` is unified with each key, the result is the value there. */
export function emitIteration(emitter: Emitter, container: string, pattern: Term): string {
  const { ordered } = emitter.place;
  const index = emitter.name('i');
  const keyUnused = pattern.kind === 'var' && pattern.name.startsWith('$') && !emitter.program.isObserved;
  if (keyUnused) {
    const view = emitter.keep(`R_valuesOf(${container}, ${ordered})`, 'w');
    emitter.loop(`let ${index} = 0; ${index} < ${view}.length; ${index}++`);
    return emitter.keep(`${view}[${index}]`, 'v');
  }
  const view = emitter.keep(`R_keysOf(${container}, ${ordered})`, 'w');
  emitter.loop(`let ${index} = 0; ${index} < ${view}.length; ${index}++`);
  const key = emitter.keep(`${view} === ${container} ? ${index} : ${view}[${index}]`, 'k');
  emitter.observe(`touch(${container}, ${key})`);
  unifyValue(emitter, pattern, key);
  return emitter.keep(`${view} === ${container} ? ${view}[${index}] : R_memberAt(${container}, ${key})`, 'v');
}

/** References below `data`: constant names go down the tree of rules while code is written. */
function emitDataRef(emitter: Emitter, args: readonly Term[]): string {
  let node: RuleNode = emitter.program.tree;
  const path: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] as Term;
    if (node.group !== undefined) return navigateRule(emitter, node, args, index);
    if (arg.kind !== 'string') return emitDynamicDataRef(emitter, node, args, index);
    const child = node.children.get(arg.value);
    if (child === undefined) {
      const base = readOnce(emitter, 'data', () => `${emitter.place.context}.data`);
      return navigate(emitter, base, args, 0, 'data');
    }
    node = child;
    path.push(arg.value);
  }
  if (node.group !== undefined) return navigateRule(emitter, node, args, args.length);
  return readOnce(
    emitter,
    `document ${JSON.stringify(path)}`,
    () => `R_document(${emitter.place.context}, ${emitter.program.nodeOf(node)})`,
  );
}

function navigateRule(emitter: Emitter, node: RuleNode, args: readonly Term[], index: number): string {
  const { group, path, children } = node;
  if (group === undefined || group.kind === 'function') {
    emitter.failIf('true');
    return 'null';
  }
  const name = `rule ${JSON.stringify(path)}`;
  const value = readOnce(emitter, name, () =>
    children.size > 0
      ? `R_document(${emitter.place.context}, ${emitter.program.nodeOf(node)})`
      : `${emitter.program.functionOf(group)}(${emitter.place.context})`,
  );
  return navigate(emitter, value, args, index, name);
}

/** A name that is computed stands where rules and base documents share the place. */
function emitDynamicDataRef(emitter: Emitter, start: RuleNode, args: readonly Term[], from: number): string {
  const context = emitter.place.context;
  let cursor = emitter.keep(`R_cursorAt(${context}, ${emitter.program.nodeOf(start)})`, 'u');
  for (const arg of args.slice(from)) {
    let key: string;
    if (isPattern(emitter, arg)) {
      const view = emitter.keep(`R_cursorKeys(${context}, ${cursor})`, 'w');
      const index = emitter.name('i');
      emitter.loop(`let ${index} = 0; ${index} < ${view}.length; ${index}++`);
      key = emitter.keep(`${view}[${index}]`, 'k');
      unifyValue(emitter, arg, key);
    } else key = emitter.term(arg);
    cursor = emitter.keep(`R_cursorGet(${context}, ${cursor}, ${key})`, 'u');
    emitter.failIf(`${cursor} === undefined`);
  }
  const value = emitter.keep(`R_cursorValue(${context}, ${cursor})`);
  emitter.failIf(`${value} === undefined`);
  return value;
}
