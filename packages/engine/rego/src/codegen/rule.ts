import type { CompiledRule, RuleGroup } from '../compile/compiled.ts';
import type { Rule, Term } from '../syntax/ast.ts';
import { equalValues } from '../value/equals.ts';
import type { Value } from '../value/value.ts';
import { emitBody, localsOf } from './body.ts';
import { constantValue } from './constants.ts';
import { Emitter, type ProgramScope } from './emitter.ts';
import { isRemembered } from './remembered.ts';
import { indexOf, type RuleIndex } from './rule-index.ts';
import { emitTerm } from './term.ts';
import { emitTogether } from './together.ts';
import { unifyValue } from './unify.ts';

/**
 * Source of the function of a group of rules. `slot` is where its value is kept; functions have none. `hasChildren`: rules with
 * constant names stand below the group.
 */
export function groupSource(
  program: ProgramScope,
  group: RuleGroup,
  name: string,
  slot: number,
  hasChildren: boolean,
): string {
  const emitter = new Emitter(program, false);
  const args = Array.from({ length: group.arity ?? 0 }, (_, index) => `a${index}`);
  const clauses = clauseWriter(group, hasChildren, slot);
  const index = indexOf(group);
  if (index !== undefined) emitClauseFunctions(emitter, group, name, args, clauses);
  const memory = group.kind === 'function' && isRemembered(program, group) ? `${name}m` : undefined;
  if (memory !== undefined) emitter.line(`const ${memory} = new Map();`);
  emitter.line(`function ${name}(${['ctx', ...args].join(', ')}) {`);
  if (group.kind !== 'function') {
    emitter.line(`const kept = ctx.slots[${slot}];`);
    if (program.isObserved) emitter.line(`if (kept !== undefined) H.recall(${slot});`);
    emitter.line('if (kept !== undefined) return kept === R_UNDEFINED ? undefined : kept;');
  }
  emitter.line('if (--E.steps < 0) E.tick();');
  if (memory !== undefined) {
    emitter.line(`const known = E.isStrict ? undefined : ${memory}.get(a0);`);
    emitter.line('if (known !== undefined) return known === R_UNDEFINED ? undefined : known;');
  }
  if (program.isObserved) emitter.line('const depth = H.depth, mark = H.trail.length;');
  if (group.kind === 'function') emitReplaced(emitter, group, args);
  else emitHidden(emitter, group);
  emitter.line(`let result = ${clauses.start};`);
  if (index === undefined) clauses.writeAll(emitter, args);
  else emitDispatch(emitter, index, name, args, clauses.isFirstEnough);
  if (group.default !== undefined) emitDefault(emitter, group.default, args);
  emitter.observe('depth = depth');
  if (group.kind === 'complete') {
    emitter.observe(`keep(${slot}, mark)`);
    emitter.observe(`derive(${slot}, result)`);
  }
  if (group.kind !== 'function') emitter.line(`ctx.slots[${slot}] = result === undefined ? R_UNDEFINED : result;`);
  if (memory !== undefined) emitter.line(`if (!E.isStrict) R_remember(${memory}, a0, result);`);
  emitter.line('return result;');
  emitter.line('}');
  return emitter.source;
}

/** How the clauses of a kind of group add to `result`. */
interface ClauseWriter {
  /** Expression of the result before any clause. */
  readonly start: string;
  /** The first clause with a value decides. */
  readonly isFirstEnough: boolean;
  writeAll(emitter: Emitter, args: readonly string[]): void;
  writeOne(emitter: Emitter, clause: CompiledRule, args: readonly string[]): void;
}

function clauseWriter(group: RuleGroup, hasChildren: boolean, slot: number): ClauseWriter {
  if (group.kind === 'set' || group.kind === 'object') {
    const isFlat =
      !hasChildren &&
      group.clauses.every(({ rule, headSuffix }) => headSuffix.length === 1 && rule.head.key === undefined);
    const writeOne = (emitter: Emitter, clause: CompiledRule) =>
      group.kind === 'set' ? emitSetClause(emitter, clause, slot) : emitObjectClause(emitter, clause, isFlat, slot);
    return {
      start: group.kind === 'set' ? 'new R_RegoSet()' : isFlat ? 'new R_RegoObject()' : 'R_newLevel()',
      isFirstEnough: false,
      writeOne,
      writeAll: (emitter) => {
        if (group.kind === 'set' && !emitter.program.isStepwise) emitSet(emitter, group.clauses, slot);
        else for (const clause of group.clauses) writeOne(emitter, clause);
      },
    };
  }
  const isFirstEnough = haveSameConstant(group);
  return {
    start: 'undefined',
    isFirstEnough,
    writeOne: (emitter, clause, args) => emitSingleClause(emitter, group, clause, args, undefined, isFirstEnough),
    writeAll: (emitter, args) =>
      emitter.block((leave) => {
        for (const clause of group.clauses) emitSingleClause(emitter, group, clause, args, leave, isFirstEnough);
      }),
  };
}

/** A function for each clause, which gets the result so far and gives the result with what it adds. */
function emitClauseFunctions(
  emitter: Emitter,
  group: RuleGroup,
  name: string,
  args: readonly string[],
  clauses: ClauseWriter,
): void {
  for (const [position, clause] of group.clauses.entries()) {
    emitter.line(`function ${name}c${position}(${['ctx', 'result', ...args].join(', ')}) {`);
    if (emitter.program.isObserved) emitter.line('const depth = H.depth;');
    clauses.writeOne(emitter, clause, args);
    emitter.line('return result;\n}');
  }
  emitter.line(`const ${name}c = [${group.clauses.map((_, position) => `${name}c${position}`).join(', ')}];`);
}

/** Calls the clauses that can hold. */
function emitDispatch(
  emitter: Emitter,
  index: RuleIndex,
  name: string,
  args: readonly string[],
  isFirstEnough: boolean,
): void {
  emitter.line('let subject;');
  emitter.block(() => {
    const { subject } = index;
    emitter.line(`subject = ${typeof subject === 'number' ? args[subject] : emitTerm(emitter, subject)};`);
  });
  const others = emitter.constant(index.others);
  emitter.line(`const clauses = ${emitter.constant(index.byValue)}.get(subject) ?? ${others};`);
  emitter.line('for (let i = 0; i < clauses.length; i++) {');
  emitter.line(`result = ${name}c[clauses[i]](${['ctx', 'result', ...args].join(', ')});`);
  if (isFirstEnough) emitter.line('if (result !== undefined) break;');
  emitter.line('}');
}

/** A `with` somewhere in the program may have put something in the place of the function. */
function emitReplaced(emitter: Emitter, { path }: RuleGroup, args: readonly string[]): void {
  if (!emitter.program.withTargets.data.some((target) => target.join('\0') === path.join('\0'))) return;
  const name = JSON.stringify(['data', ...path].join('.'));
  emitter.line(`const replacement = R_replacementOf(ctx, ${name});`);
  emitter.line(`if (replacement !== undefined) return R_callReplacement(ctx, replacement, [${args.join(', ')}]);`);
}

/** A `with` somewhere in the program may have put base documents in the place of the rules. */
function emitHidden(emitter: Emitter, { path }: RuleGroup): void {
  const isTarget = emitter.program.withTargets.data.some((target) => target.every((key, index) => key === path[index]));
  if (!isTarget) return;
  const constant = emitter.constant(path);
  emitter.line(`if (ctx.hidden.length > 0 && R_isHidden(ctx, ${constant})) return R_baseAt(ctx, ${constant});`);
}

/** Complete rules and functions: `result` is the value that all clauses agree on. `leave` leaves all clauses. */
function emitSingleClause(
  emitter: Emitter,
  group: RuleGroup,
  clause: CompiledRule,
  args: readonly string[],
  leave: string | undefined,
  isFirstEnough: boolean,
): void {
  if (clause.rule.else === undefined) {
    emitter.block((leaveClause) => {
      emitClause(emitter, group, clause.rule, args, 'result', isFirstEnough ? (leave ?? leaveClause) : undefined);
    });
    return;
  }
  const found = emitter.name('e');
  emitter.line(`let ${found};`);
  emitter.block((leaveClause) => {
    for (let rule: Rule | undefined = clause.rule; rule !== undefined; rule = rule.else) {
      emitClause(emitter, group, rule, args, found, isFirstEnough ? leaveClause : undefined);
      if (rule.else !== undefined) emitter.line(`if (${found} !== undefined) ${leaveClause}`);
    }
  });
  emitter.line(`if (result === undefined) result = ${found};`);
  emitter.line(
    `else if (${found} !== undefined && !R_equal(result, ${found})) ${conflict(emitter, group, clause.rule)}`,
  );
}

function conflict(emitter: Emitter, group: RuleGroup, rule: Rule): string {
  return `R_conflict(${group.kind === 'function'}, ${emitter.locate(rule.location)});`;
}

/** One body with its value. `leaveAll` leaves the rule as soon as there is a value, where no clause can give another. */
function emitClause(
  emitter: Emitter,
  group: RuleGroup,
  rule: Rule,
  args: readonly string[],
  found: string,
  leaveAll: string | undefined,
): void {
  emitter.block((leave) => {
    emitArguments(emitter, rule.head.args ?? [], args);
    const outerLoops = emitter.place.loops;
    emitEnter(emitter, rule);
    emitBody(emitter, rule.body, () => {
      const term = rule.head.value;
      const value = term === undefined ? 'true' : emitTerm(emitter, term);
      emitExit(emitter, rule);
      emitter.line(`if (${found} === undefined) ${found} = ${value};`);
      if (leaveAll === undefined)
        emitter.line(`else if (!R_equal(${found}, ${value})) ${conflict(emitter, group, rule)}`);
      if (leaveAll !== undefined) emitter.line(leaveAll);
      else if (!dependsOnLoops(emitter, term, outerLoops)) emitter.line(leave);
    });
  });
}

function emitEnter(emitter: Emitter, rule: Rule): void {
  if (emitter.program.isObserved) emitter.line(`H.depth = depth; H.enter(${emitter.constant(rule)});`);
}

function emitExit(emitter: Emitter, rule: Rule): void {
  if (emitter.program.isObserved) emitter.line(`H.exit(${emitter.constant(rule)}, ${localsOf(emitter)});`);
}

function emitArguments(emitter: Emitter, patterns: readonly Term[], args: readonly string[]): void {
  for (const [index, pattern] of patterns.entries()) unifyValue(emitter, pattern, args[index] as string);
}

function emitDefault(emitter: Emitter, clause: CompiledRule, args: readonly string[]): void {
  emitter.line('if (result === undefined) {');
  emitter.block(() => {
    emitArguments(emitter, clause.rule.head.args ?? [], args);
    emitBody(emitter, clause.rule.body, () => {
      const value = clause.rule.head.value;
      emitter.line(`result = ${value === undefined ? 'true' : emitTerm(emitter, value)};`);
    });
  });
  emitter.line('}');
}

/** Whether every clause gives the same constant: the first that holds decides. */
function haveSameConstant(group: RuleGroup): boolean {
  let first: Value | undefined;
  for (const clause of group.clauses)
    for (let rule: Rule | undefined = clause.rule; rule !== undefined; rule = rule.else) {
      const value = rule.head.value === undefined ? true : constantValue(rule.head.value);
      if (value === undefined) return false;
      first ??= value;
      if (!equalValues(first, value)) return false;
    }
  return true;
}

/** Whether the term may have another value in another round of the loops that are open; false when none are. */
function dependsOnLoops(emitter: Emitter, term: Term | undefined, outerLoops: number): boolean {
  if (emitter.place.loops === outerLoops) return false;
  return term !== undefined && constantValue(term) === undefined;
}

function emitSetClause(emitter: Emitter, { rule }: CompiledRule, slot: number): void {
  emitEnter(emitter, rule);
  emitBody(emitter, rule.body, (leave) => emitMember(emitter, rule, slot, leave));
}

function emitMember(emitter: Emitter, rule: Rule, slot: number, leave: string): void {
  const key = rule.head.key as Term;
  const member = emitTerm(emitter, key);
  emitter.line(`R_add(E, result, ${member});`);
  emitter.observe(`derive(${slot}, ${member})`);
  emitExit(emitter, rule);
  if (!dependsOnLoops(emitter, key, 0)) emitter.line(leave);
}

/** Members of sets have no order: what the bodies of clauses begin with in common is evaluated once for all of them. */
function emitSet(emitter: Emitter, clauses: readonly CompiledRule[], slot: number): void {
  const rules = clauses.map(({ rule }) => rule);
  emitTogether(emitter, rules, ({ rule }, leave) => emitMember(emitter, rule, slot, leave));
}

function emitObjectClause(emitter: Emitter, { rule, headSuffix }: CompiledRule, isFlat: boolean, slot: number): void {
  emitEnter(emitter, rule);
  emitBody(emitter, rule.body, () => {
    const keys = headSuffix.map((term) => emitTerm(emitter, term));
    const member = rule.head.key ?? rule.head.value;
    const value = member === undefined ? 'true' : emitTerm(emitter, member);
    const at = emitter.locate(rule.location);
    if (keys[0] !== undefined) emitter.observe(`derive(${slot}, ${keys[0]})`);
    emitExit(emitter, rule);
    if (isFlat) emitter.line(`R_insert(E, result, ${keys[0]}, ${value}, ${at});`);
    else if (keys.length === 0) emitter.line(`R_insertAll(E, result, ${value}, ${at});`);
    else {
      const call = rule.head.key === undefined ? 'insertAt' : 'addAt';
      emitter.line(`R_${call}(E, result, [${keys.join(', ')}], ${value}, ${at});`);
    }
  });
}
