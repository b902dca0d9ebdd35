import { addEntries, rangeOf, valueAt } from '../runtime/loops.ts';
import { firstFault, flatResult, raiseNoPredicate, receiverOf } from '../runtime/raise.ts';
import type { Bind, Expression, Fold } from '../syntax/ast.ts';
import { EntryMap } from '../value/map.ts';
import { NONE, Optional } from '../value/value.ts';
import { boxed, type Code, quoted } from './emitter.ts';
import type { Scope } from './scope.ts';
import type { Writer } from './writer.ts';

/** What the loop that a macro stands for costs by itself in cel-go, beside the expressions inside it. */
const COST = {
  /** The result is looked up at the end. */
  result: 1,
  /** `all` and `exists` ask before each round whether they are through, and look the result up in it. */
  all: 3,
  exists: 4,
  /** What `filter` keeps is looked up. */
  element: 1,
  /** A list or map of one element is made and added to the result. */
  listElement: 12,
  mapEntry: 32,
  newList: 10,
  newMap: 30,
  /** `cel.bind` is a loop over no elements. */
  bind: 10,
  /** `exists_one` counts, and compares the count with one. */
  counted: 2,
};

export function emitFold(writer: Writer, node: Fold, scope: Scope): Code {
  switch (node.kind) {
    case 'all':
      return emitQuantifier(writer, node, scope, false, COST.all);
    case 'exists':
      return emitQuantifier(writer, node, scope, true, COST.exists);
    case 'existsOne':
      return emitExistsOne(writer, node, scope);
    case 'filter':
    case 'map':
      return emitList(writer, node, scope);
    case 'transformMap':
    case 'transformMapEntry':
      return emitMap(writer, node, scope);
  }
}

/** Writes a round: `scope` has the macro's variables, `element` is the first of them. */
type WriteRound = (scope: Scope, element: string) => void;

/** Writes a loop over a list, or the keys of a map. */
function emitLoop(writer: Writer, range: string, { variables }: Fold, scope: Scope, write: WriteRound): void {
  const { emitter } = writer;
  const elements = writer.invoke(rangeOf, range);
  const [at, first] = [emitter.name('i'), emitter.name()];
  emitter.block(`for (let ${at} = 0; ${at} < ${elements}.length; ${at}++) {`, () => {
    emitter.line('E.round();');
    const [name = '', second] = variables;
    if (second === undefined) {
      emitter.line(`const ${first} = ${elements}[${at}];`);
      write(scope.with([[name, { js: first }]]), first);
      return;
    }
    const isList = `${elements} === ${range}`;
    emitter.line(`const ${first} = ${isList} ? BigInt(${at}) : ${elements}[${at}];`);
    emitter.settle();
    const other = emitter.keep(
      `${isList} ? ${elements}[${at}] : ${emitter.constant(valueAt)}(${range}, ${elements}[${at}])`,
    );
    write(
      scope.with([
        [name, { js: first }],
        [second, { js: other }],
      ]),
      first,
    );
  });
}

/** Writes a condition; gives JavaScript that is a boolean. */
function emitPredicate(writer: Writer, node: Expression, scope: Scope): string {
  const code = writer.code(node, scope);
  const value = boxed(code);
  if (code.kind !== 'bool') writer.raiseIf(`typeof ${value} !== 'boolean'`, raiseNoPredicate, value);
  return value;
}

/** Writes a round's end where what decides who takes part says no: who is left out still takes its turn. */
function emitChoice(writer: Writer, { predicate }: Fold, scope: Scope): void {
  if (predicate === undefined) return;
  const holds = emitPredicate(writer, predicate, scope);
  writer.emitter.settle();
  writer.emitter.line(`if (!${holds}) continue;`);
}

function emitQuantifier(writer: Writer, node: Fold, scope: Scope, decisive: boolean, cost: number): Code {
  const { emitter } = writer;
  const range = writer.value(node.range, scope);
  const [result, fault] = [emitter.name(), emitter.name()];
  emitter.line(`let ${result} = ${!decisive}, ${fault};`);
  emitLoop(writer, range, node, scope, (inner) => {
    emitter.charge(cost);
    emitter.block('try {', () => {
      if (node.predicate === undefined) return;
      const holds = emitPredicate(writer, node.predicate, inner);
      emitter.settle();
      emitter.line(`if (${holds} === ${decisive}) { ${result} = ${decisive}; break; }`);
    });
    emitter.line(`catch (e) { ${fault} = ${emitter.constant(firstFault)}(${fault}, e); }`);
  });
  emitter.charge(COST.result);
  emitter.settle();
  emitter.line(`if (${result} === ${!decisive} && ${fault} !== undefined) throw ${fault};`);
  return { js: result, kind: 'bool' };
}

function emitExistsOne(writer: Writer, node: Fold, scope: Scope): Code {
  const { emitter } = writer;
  const range = writer.value(node.range, scope);
  const count = emitter.name();
  emitter.line(`let ${count} = 0;`);
  emitLoop(writer, range, node, scope, (inner) => {
    emitChoice(writer, node, inner);
    emitter.line(`${count}++;`);
    emitter.charge(COST.counted);
  });
  emitter.charge(COST.counted);
  return { js: emitter.keep(`${count} === 1`), kind: 'bool' };
}

function emitList(writer: Writer, node: Fold, scope: Scope): Code {
  const { emitter } = writer;
  emitter.charge(COST.newList);
  const range = writer.value(node.range, scope);
  const list = emitter.keep('[]');
  emitLoop(writer, range, node, scope, (inner, element) => {
    emitChoice(writer, node, inner);
    const made = node.transform === undefined ? element : writer.value(node.transform, inner);
    emitter.line(`${list}.push(${made});`);
    if (node.transform === undefined) emitter.charge(COST.element);
    emitter.charge(COST.listElement);
  });
  emitter.charge(COST.result);
  return { js: list, kind: 'list' };
}

function emitMap(writer: Writer, node: Fold, scope: Scope): Code {
  const { emitter } = writer;
  emitter.charge(COST.newMap);
  const range = writer.value(node.range, scope);
  const entries = emitter.keep('[]');
  emitLoop(writer, range, node, scope, (inner, key) => {
    emitChoice(writer, node, inner);
    const made = node.transform === undefined ? 'null' : writer.value(node.transform, inner);
    emitter.charge(COST.mapEntry);
    emitter.settle();
    if (node.kind === 'transformMap') emitter.line(`${entries}.push([${key}, ${made}]);`);
    else emitter.line(`${emitter.constant(addEntries)}(${entries}, ${made});`);
  });
  emitter.charge(COST.result);
  emitter.settle();
  return { js: emitter.keep(`new ${emitter.constant(EntryMap)}(${entries})`), kind: 'map' };
}

export function emitBind(writer: Writer, node: Bind, scope: Scope): Code {
  const { emitter } = writer;
  if (node.kind === 'bind') {
    // A name of its own, also for a literal.
    const local = { js: emitter.keep(writer.value(node.value, scope)) };
    emitter.charge(COST.bind);
    return writer.code(node.body, scope.with([[node.name, local]]));
  }
  const optional = writer.value(node.value, scope);
  const present = writer.invoke(receiverOf, optional, quoted(node.kind));
  const result = emitter.name();
  emitter.line(`let ${result} = ${emitter.constant(NONE)};`);
  emitter.block(`if (${present} !== undefined) {`, () => {
    const made = writer.value(node.body, scope.with([[node.name, { js: present }]]));
    emitter.settle();
    const asOptional =
      node.kind === 'optMap'
        ? `new ${emitter.constant(Optional)}(${made})`
        : `${emitter.constant(flatResult)}(${made})`;
    emitter.line(`${result} = ${asOptional};`);
  });
  return { js: result, kind: 'optional_type' };
}
