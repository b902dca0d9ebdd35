import { type Command, Option } from 'commander';
import type { CommandContext } from './command-context.ts';
import { type ConnectionFlags, connect } from './connection.ts';
import { durationMs, durationText } from './duration.ts';
import type { ExitCode } from './exit-code.ts';
import { wantsColor } from './output/color.ts';
import { outputFormats } from './output/print.ts';
import { createProgress } from './output/progress.ts';

/** Flags of every command, wherever they stand on the line. */
export interface GlobalFlags extends ConnectionFlags {
  readonly timeout?: string;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly color?: boolean;
}

type Run<Flags> = (context: CommandContext, flags: Flags, ...args: string[]) => Promise<ExitCode>;

/** How long a command may take that only asks. */
const ASKING_MS = 60_000;

export function outputOption(): Option {
  return new Option('-o, --output <format>', 'output format').choices(outputFormats).default('table');
}

export function namespaceOption(): Option {
  return new Option('-n, --namespace <namespace>', 'namespace of the Application').default('argocd');
}

export function timeoutOption(description: string): Option {
  return new Option('--timeout <duration>', description).default('5m').argParser(durationText);
}

/** Every help begins with an example. */
export function withExample(command: Command, ...lines: readonly string[]): Command {
  return command.addHelpText('before', `Example: ${lines.join('\n         ')}\n`);
}

/**
 * The action of a command that talks to a server. The command's code loads when it runs.
 *
 * @param signal of Ctrl-C
 */
export function withServer<Flags>(signal: AbortSignal, load: () => Promise<Run<Flags>>) {
  return async (...received: unknown[]): Promise<void> => {
    const command = received.at(-1) as Command;
    const args = received.slice(0, -2) as string[];
    const flags = command.optsWithGlobals<Flags & GlobalFlags & { watch?: boolean }>();
    const run = await load();
    const connection = connect(flags);
    const limitMs =
      flags.timeout === undefined ? (flags.watch === true ? undefined : ASKING_MS) : durationMs(flags.timeout);
    const timer = limitMs === undefined ? undefined : AbortSignal.timeout(limitMs);
    const limit = timer === undefined ? signal : AbortSignal.any([signal, timer]);
    const progress = createProgress({ quiet: flags.quiet === true });
    try {
      process.exitCode = await run({ connection, signal: limit, progress, color: wantsColor(flags) }, flags, ...args);
    } catch (error) {
      // Whatever an interrupted request says: the reason is that the time is up.
      throw timer?.aborted === true && !signal.aborted && !isTold(error) ? timer.reason : error;
    } finally {
      await connection.close();
    }
  };
}

/** The command found better words for it. */
function isTold(error: unknown): boolean {
  return (error as { code?: unknown } | undefined)?.code === 'WAIT_TIMED_OUT';
}
