import type { CompiledRule, RuleGroup } from '../compile/compiled.ts';
import type { Rule, Term } from '../syntax/ast.ts';
import { equalValues } from '../value/equals.ts';
import type { Value } from '../value/value.ts';
import { emitBody } from './body.ts';
import { constantValue } from './constants.ts';
import { Emitter, type ProgramScope } from './emitter.ts';
import { emitTerm } from './term.ts';
import { unifyValue } from './unify.ts';

/** Source of the function of a group of rules. `slot` is where its value is kept; functions have none. */
export function groupSource(program: ProgramScope, group: RuleGroup, name: string, slot: number): string {
  const emitter = new Emitter(program, false);
  if (group.kind === 'function') {
    const args = Array.from({ length: group.arity ?? 0 }, (_, index) => `a${index}`);
    emitter.line(`function ${name}(${['ctx', ...args].join(', ')}) {`);
    emitter.line('if (--E.steps < 0) E.tick();');
    emitReplaced(emitter, group, args);
    emitSingleValue(emitter, group, args);
    emitter.line('return result;');
  } else {
    emitter.line(`function ${name}(ctx) {`);
    emitter.line(`const kept = ctx.slots[${slot}];`);
    emitter.line('if (kept !== undefined) return kept === R_UNDEFINED ? undefined : kept;');
    emitter.line('if (--E.steps < 0) E.tick();');
    emitHidden(emitter, group);
    if (group.kind === 'set') emitSet(emitter, group);
    else if (group.kind === 'object') emitObject(emitter, group);
    else emitSingleValue(emitter, group, []);
    emitter.line(`ctx.slots[${slot}] = result === undefined ? R_UNDEFINED : result;`);
    emitter.line('return result;');
  }
  emitter.line('}');
  return emitter.source;
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

/** Complete rules and functions: `result` is the value that all clauses agree on. */
function emitSingleValue(emitter: Emitter, group: RuleGroup, args: readonly string[]): void {
  emitter.line('let result;');
  const isFirstEnough = haveSameConstant(group);
  emitter.block((leave) => {
    for (const clause of group.clauses) {
      const found = clause.rule.else === undefined ? 'result' : emitter.name('e');
      if (found !== 'result') emitter.line(`let ${found};`);
      emitter.block((leaveClause) => {
        for (let rule: Rule | undefined = clause.rule; rule !== undefined; rule = rule.else) {
          emitClause(emitter, group, rule, args, found, isFirstEnough ? leave : undefined);
          if (rule.else !== undefined) emitter.line(`if (${found} !== undefined) ${leaveClause}`);
        }
      });
      if (found !== 'result') {
        emitter.line(`if (result === undefined) result = ${found};`);
        emitter.line(`else if (${found} !== undefined && !R_equal(result, ${found})) ${conflict(emitter, group, clause.rule)}`);
      }
    }
  });
  if (group.default !== undefined) emitDefault(emitter, group, group.default, args);
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
    emitBody(emitter, rule.body, () => {
      const term = rule.head.value;
      const value = term === undefined ? 'true' : emitTerm(emitter, term);
      emitter.line(`if (${found} === undefined) ${found} = ${value};`);
      if (leaveAll === undefined)
        emitter.line(`else if (!R_equal(${found}, ${value})) ${conflict(emitter, group, rule)}`);
      if (leaveAll !== undefined && found === 'result') emitter.line(leaveAll);
      else if (!dependsOnLoops(emitter, term, outerLoops)) emitter.line(leave);
    });
  });
}

function emitArguments(emitter: Emitter, patterns: readonly Term[], args: readonly string[]): void {
  for (const [index, pattern] of patterns.entries()) unifyValue(emitter, pattern, args[index] as string);
}

function emitDefault(emitter: Emitter, group: RuleGroup, clause: CompiledRule, args: readonly string[]): void {
  emitter.line('if (result === undefined) {');
  emitter.block(() => {
    emitArguments(emitter, clause.rule.head.args ?? [], args);
    emitBody(emitter, clause.rule.body, () => {
      const value = clause.rule.head.value;
      emitter.line(`result = ${value === undefined ? 'true' : emitTerm(emitter, value)};`);
    });
  });
  emitter.line('}');
  void group;
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

function emitSet(emitter: Emitter, group: RuleGroup): void {
  emitter.line('const result = new R_RegoSet();');
  for (const { rule } of group.clauses)
    emitBody(emitter, rule.body, (leave) => {
      const key = rule.head.key as Term;
      emitter.line(`R_add(E, result, ${emitTerm(emitter, key)});`);
      if (!dependsOnLoops(emitter, key, 0)) emitter.line(leave);
    });
}

function emitObject(emitter: Emitter, group: RuleGroup): void {
  const isFlat = group.clauses.every(({ rule, headSuffix }) => headSuffix.length === 1 && rule.head.key === undefined);
  emitter.line(`const result = ${isFlat ? 'new R_RegoObject()' : 'R_newLevel()'};`);
  for (const { rule, headSuffix } of group.clauses)
    emitBody(emitter, rule.body, () => {
      const keys = headSuffix.map((term) => emitTerm(emitter, term));
      const value = headMember(emitter, rule);
      const at = emitter.locate(rule.location);
      if (isFlat) emitter.line(`R_insert(E, result, ${keys[0]}, ${value}, ${at});`);
      else if (keys.length === 0) emitter.line(`R_insertAll(E, result, ${value}, ${at});`);
      else {
        const call = rule.head.key === undefined ? 'insertAt' : 'addAt';
        emitter.line(`R_${call}(E, result, [${keys.join(', ')}], ${value}, ${at});`);
      }
    });
}

function headMember(emitter: Emitter, { head }: Rule): string {
  const term = head.key ?? head.value;
  return term === undefined ? 'true' : emitTerm(emitter, term);
}
