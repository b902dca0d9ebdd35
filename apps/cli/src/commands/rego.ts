import type { CheckWorld } from '../check/world.ts';
import { type BenchFlags, benchCommand } from '../rego/bench-command.ts';
import { type BuildFlags, buildCommand } from '../rego/build-command.ts';
import { type CheckFlags, checkCommand } from '../rego/check-command.ts';
import { type DepsFlags, depsCommand } from '../rego/deps-command.ts';
import { type EvalFlags, evalCommand } from '../rego/eval-command.ts';
import { type FmtFlags, fmtCommand } from '../rego/fmt-command.ts';
import { type InspectFlags, inspectCommand } from '../rego/inspect-command.ts';
import { type ParseFlags, parseCommand } from '../rego/parse-command.ts';
import { type SignFlags, signCommand } from '../rego/sign-command.ts';
import { type TestFlags, testCommand } from '../rego/test-command.ts';

/** What a verb of `sekisho rego` does. Gives the exit status. */
export type RegoVerb = (
  args: readonly string[],
  flags: Readonly<Record<string, unknown>>,
  world: CheckWorld,
  signal: AbortSignal,
) => Promise<number>;

/** Options are declared beside the verb's flags: their parsers and defaults give these types. */
function verb<Flags>(
  run: (args: readonly string[], flags: Flags, world: CheckWorld, signal: AbortSignal) => Promise<number>,
): RegoVerb {
  return (args, flags, world, signal) => run(args, flags as Flags, world, signal);
}

export const regoEval = verb<EvalFlags>(evalCommand);
export const regoCheck = verb<CheckFlags>(checkCommand);
export const regoTest = verb<TestFlags>(testCommand);
export const regoFmt = verb<FmtFlags>(fmtCommand);
export const regoBench = verb<BenchFlags>(benchCommand);
export const regoDeps = verb<DepsFlags>(depsCommand);
export const regoParse = verb<ParseFlags>(parseCommand);
export const regoInspect = verb<InspectFlags>(inspectCommand);
export const regoBuild = verb<BuildFlags>(buildCommand);
export const regoSign = verb<SignFlags>(signCommand);
