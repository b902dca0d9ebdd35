import { randomBytes } from 'node:crypto';
import type { EvaluateOptions, Location, OutsideWorld } from '@sekisho/rego';
import { outsideWorld } from '../check/outside-world.ts';
import { nowNs } from '../check/rego-evaluator.ts';
import type { CheckWorld } from '../check/world.ts';
import { durationMs } from '../duration.ts';
import { printable } from '../output/text.ts';

/** Flags of commands that evaluate. */
export interface EvaluationFlags {
  readonly timeout?: string;
  readonly strictBuiltinErrors?: boolean;
  readonly allowNet?: readonly string[];
  readonly allowEnv?: boolean;
}

/**
 * What one evaluation may use, from now on: the clock and randomness of the machine; the network and the environment only as
 * far as the flags allow.
 *
 * @param defaultMs  longest evaluation when no `--timeout` is given; undefined: as long as it takes
 */
export function evaluationOptions(
  flags: EvaluationFlags,
  world: CheckWorld,
  signal: AbortSignal,
  defaultMs?: number,
): EvaluateOptions {
  const limitMs = durationMs(flags.timeout ?? '') ?? defaultMs;
  return {
    signal,
    nowNs: nowNs(),
    randomBytes: (count) => randomBytes(count),
    outside: outsideOf(flags, world),
    strictBuiltinErrors: flags.strictBuiltinErrors === true,
    ...(limitMs === undefined ? {} : { limits: { deadline: { clock: Date.now, at: Date.now() + limitMs } } }),
  };
}

function outsideOf({ allowNet = [], allowEnv = false }: EvaluationFlags, world: CheckWorld): OutsideWorld {
  const { runtime, ...network } = outsideWorld(allowNet, world);
  return allowEnv && runtime !== undefined ? { runtime, ...network } : network;
}

/** What policies print goes to stderr. */
export function printTo(world: CheckWorld): (text: string, location: Location) => void {
  return (text) => world.stderr(`${printable(text)}\n`);
}

/** Does work that keeps the thread to itself. */
export function busy<Result>(world: CheckWorld, work: () => Result): Result {
  return world.busy === undefined ? work() : world.busy(work);
}
