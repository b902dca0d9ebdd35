import type { CompiledQuery, RuleGroup } from '../compile/compiled.ts';
import type { Context } from '../runtime/context.ts';
import type { Value } from '../value/value.ts';
import { emitExpressions } from './body.ts';
import { ConstantPool } from './constants.ts';
import { Emitter, type ProgramScope } from './emitter.ts';
import { build, type GroupFunction, type Program } from './program.ts';
import { WRITERS } from './writers.ts';

/** Calls `found` with the values of the written expressions and of the variables, for every solution. */
export type QueryFunction = (
  context: Context,
  found: (expressions: readonly Value[], values: readonly Value[]) => void,
) => void;

/** Builds the function of a query over a program. */
export function buildQuery(program: Program, query: CompiledQuery): QueryFunction {
  const constants = new ConstantPool();
  const groups: RuleGroup[] = [];
  const scope: ProgramScope = {
    constants,
    writers: WRITERS,
    builtins: program.builtins,
    tree: program.compiled.tree,
    withTargets: program.withTargets,
    isObserved: program.hooks !== undefined,
    isStepwise: program.isStepwise,
    functionOf: (group) => {
      if (!groups.includes(group)) groups.push(group);
      return `G[${groups.indexOf(group)}]`;
    },
    nodeOf: (node) => constants.refer(program.nodeOf(node)),
  };
  const emitter = new Emitter(scope, true);
  emitter.block(() =>
    emitExpressions(
      emitter,
      query.body,
      (found) => {
        const expressions: string[] = [];
        for (const [index, value] of found.entries()) {
          const place = query.written[index];
          if (place !== undefined) expressions[place] = value;
        }
        const values = query.vars.map((name) => emitter.place.vars.get(query.localOf.get(name) ?? name) ?? 'null');
        const results = Array.from(expressions, (value) => value ?? 'true');
        emitter.line(`found([${results.join(', ')}], [${values.join(', ')}]);`);
      },
      onlyExpression(query),
    ),
  );
  const source = `return function (ctx, found) {\n${emitter.source}\n};`;
  return build<QueryFunction>(
    source,
    constants,
    program,
    groups.map((group): GroupFunction => program.functionOf(group)),
  );
}

/** Index of the only expression of a query without variables: its value is the result, false as well. */
function onlyExpression({ written, vars }: CompiledQuery): number {
  const indexes = [...written.keys()].filter((index) => written[index] !== undefined);
  const [only = -1] = indexes;
  return indexes.length === 1 && written[only] === 0 && vars.length === 0 ? only : -1;
}
