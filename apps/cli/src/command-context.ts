import type { Connection } from './connection.ts';
import type { Progress } from './output/progress.ts';

/** What a command gets: its server, the wish to stop, and how to show what it does. */
export interface CommandContext {
  readonly connection: Connection;
  /** Aborted by Ctrl-C and when the time of `--timeout` is up. */
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** Whether words of state are coloured: on a terminal, unless `--no-color` or NO_COLOR. */
  readonly color: boolean;
}
