import type { CheckWorld } from '../check/world.ts';
import type { DependencyBuildFlags } from '../helm/dependency-commands.ts';
import type { TemplateFlags } from '../helm/template-command.ts';

/** What a verb of `sekisho helm` does. Gives the exit status. */
export type HelmVerb = (
  args: readonly string[],
  flags: Readonly<Record<string, unknown>>,
  world: CheckWorld,
  signal: AbortSignal,
) => Promise<number>;

/** Options are declared beside the verb's flags: their parsers and defaults give these types. */
export const helmTemplate: HelmVerb = async (args, flags, world, signal) => {
  const { templateCommand } = await import('../helm/template-command.ts');
  return templateCommand(args, flags as unknown as TemplateFlags, world, signal);
};

export const helmDependencyList: HelmVerb = async (args, _flags, world, signal) => {
  const { dependencyListCommand } = await import('../helm/dependency-commands.ts');
  return dependencyListCommand(args, world, signal);
};

export const helmDependencyBuild: HelmVerb = async (args, flags, world, signal) => {
  const { dependencyBuildCommand } = await import('../helm/dependency-commands.ts');
  return dependencyBuildCommand(args, flags as DependencyBuildFlags, world, signal);
};
