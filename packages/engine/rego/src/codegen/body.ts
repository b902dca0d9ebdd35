import { isUserFunction, operatorName } from '../compile/operator.ts';
import type { Body, Expr, Term } from '../syntax/ast.ts';
import { emitCall } from './call.ts';
import type { Emitter } from './emitter.ts';
import { inlineCondition, isCondition } from './inline.ts';
import { mayLoop, readAhead } from './read-ahead.ts';
import { emitTerm } from './term.ts';
import { unifyValue } from './unify.ts';
import { inWith } from './with.ts';

/** Writes a body as a block; `found` writes what happens for each of its solutions, given the statement that leaves the block. */
export function emitBody(emitter: Emitter, body: Body, found: (leave: string) => void): void {
  emitter.block((leave) => emitExpressions(emitter, body, () => found(leave)));
}

/**
 * Writes expressions one inside the other; `found` writes what is innermost, given the values of all. `mayBeFalse`: index of an
 * expression that is satisfied by false, too.
 */
export function emitExpressions(
  emitter: Emitter,
  body: Body,
  found: (values: readonly string[]) => void,
  mayBeFalse = -1,
): void {
  const values: string[] = [];
  const writeFrom = (index: number): void => {
    const expr = body[index];
    if (expr === undefined) {
      found(values);
      return;
    }
    observed(
      emitter,
      expr,
      () => {
        if (mayLoop(emitter, expr)) readAhead(emitter, body, index + 1);
        values.push(emitExpr(emitter, expr, index === mayBeFalse));
      },
      () => writeFrom(index + 1),
    );
  };
  writeFrom(0);
}

/** Tells observers of an expression before it is evaluated and when it has no more solutions. */
function observed(emitter: Emitter, expr: Expr, write: () => void, writeRest: () => void): void {
  if (!emitter.program.isObserved || expr.generated === true) {
    write();
    writeRest();
    return;
  }
  const site = emitter.constant(expr);
  const solutions = emitter.name('n');
  emitter.line(`let ${solutions} = 0;`);
  emitter.block(() => {
    emitter.observe(`evaluate(${site}, ${localsOf(emitter)})`);
    write();
    emitter.line(`${solutions}++;`);
    writeRest();
  });
  emitter.observe(`finish(${site}, ${solutions})`);
}

/** Expression of an object with the variables that are bound. */
export function localsOf(emitter: Emitter): string {
  return `{${[...emitter.place.vars].map(([name, value]) => `[${JSON.stringify(name)}]: ${value}`).join(', ')}}`;
}

/** Writes an expression: what follows is reached for each of its solutions. Gives its value, for the results of queries. */
export function emitExpr(emitter: Emitter, expr: Expr, mayBeFalse: boolean): string {
  let value = 'true';
  inWith(emitter, expr.with, () => {
    if (expr.negated) {
      const { fail } = emitter.place;
      emitter.block(() => {
        emitPositive(emitter, expr, false);
        emitter.line(fail);
      });
    } else value = emitPositive(emitter, expr, mayBeFalse);
  });
  return value;
}

function emitPositive(emitter: Emitter, { what }: Expr, mayBeFalse: boolean): string {
  if (what.kind === 'every') return emitEvery(emitter, what);
  if (what.kind === 'some') return 'true';
  const { term } = what;
  if (mayBeFalse) return emitTerm(emitter, term);
  if (term.kind === 'call' && !isUserFunction(term.operator)) {
    const name = operatorName(term.operator);
    if (name === 'eq' || name === 'assign') return emitCall(emitter, term);
    if (name !== undefined && !emitter.program.withTargets.builtins.includes(name) && isCondition(name)) {
      const args = term.args.map((arg) => emitTerm(emitter, arg));
      emitter.require(inlineCondition(name, args, term.args) ?? 'false');
      return 'true';
    }
  }
  const value = emitTerm(emitter, term);
  if (value === 'true') return value;
  emitter.failIf(`${value} === false`);
  return value;
}

/** Every member must satisfy the body: the first that doesn't leaves. */
function emitEvery(
  emitter: Emitter,
  every: { readonly key: Term | undefined; readonly value: Term; readonly domain: Term; readonly body: Body },
): string {
  const domain = emitTerm(emitter, every.domain);
  emitter.failIf(`!R_isCollection(${domain})`);
  const { fail } = emitter.place;
  emitter.block(() => {
    const index = emitter.name('i');
    const view = emitter.keep(`R_keysOf(${domain}, ${emitter.place.ordered})`, 'w');
    const label = emitter.loop(`let ${index} = 0; ${index} < ${view}.length; ${index}++`);
    const key = emitter.keep(`${view} === ${domain} ? ${index} : ${view}[${index}]`, 'k');
    emitter.block((leave) => {
      if (every.key !== undefined) unifyValue(emitter, every.key, key);
      unifyValue(
        emitter,
        every.value,
        emitter.keep(`${view} === ${domain} ? ${view}[${index}] : R_memberAt(${domain}, ${key})`),
      );
      emitBody(emitter, every.body, () => emitter.line(`continue ${label};`));
      void leave;
    });
    emitter.line(fail);
  });
  return 'true';
}
