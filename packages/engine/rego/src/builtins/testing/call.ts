import type { Value } from '../../value/value.ts';
import { type Builtin, type BuiltinContext, BuiltinFault, type OutsideWorld } from '../builtin.ts';

/** A built-in's result; of a fault its code and message as one text. */
export function callBuiltin(
  table: readonly Builtin[],
  name: string,
  args: readonly unknown[],
  world: { outside?: OutsideWorld; budget?: number; nowNs?: bigint } = {},
): Value | undefined {
  const builtin = table.find((candidate) => candidate.name === name);
  if (builtin?.evaluate === undefined) throw new Error(`no built-in ${name}`);
  try {
    return builtin.evaluate(testContext(world), ...(args as Value[]));
  } catch (error) {
    if (error instanceof BuiltinFault) return `${error.code}: ${error.message}`;
    throw error;
  }
}

export class BudgetSpent extends Error {}

export function testContext(world: { outside?: OutsideWorld; budget?: number; nowNs?: bigint } = {}): BuiltinContext {
  let left = world.budget ?? Number.POSITIVE_INFINITY;
  return {
    nowNs: () => world.nowNs ?? 1_700_000_000_000_000_000n,
    randomBytes: (count) => new Uint8Array(count).fill(7),
    memo: new Map(),
    spend: (cost) => {
      left -= cost;
      if (left < 0) throw new BudgetSpent();
    },
    outside: world.outside ?? {},
  };
}
