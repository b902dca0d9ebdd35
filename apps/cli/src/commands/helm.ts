import type { CheckWorld } from '../check/world.ts';
import {
  type DependencyBuildFlags,
  dependencyBuildCommand,
  dependencyListCommand,
} from '../helm/dependency-commands.ts';
import { type TemplateFlags, templateCommand } from '../helm/template-command.ts';

/** What a verb of `sekisho helm` does. Gives the exit status. */
export type HelmVerb = (
  args: readonly string[],
  flags: Readonly<Record<string, unknown>>,
  world: CheckWorld,
  signal: AbortSignal,
) => Promise<number>;

/** Options are declared beside the verb's flags: their parsers and defaults give these types. */
export const helmTemplate: HelmVerb = (args, flags, world, signal) =>
  templateCommand(args, flags as unknown as TemplateFlags, world, signal);
export const helmDependencyList: HelmVerb = (args, _flags, world, signal) => dependencyListCommand(args, world, signal);
export const helmDependencyBuild: HelmVerb = (args, flags, world, signal) =>
  dependencyBuildCommand(args, flags as DependencyBuildFlags, world, signal);
