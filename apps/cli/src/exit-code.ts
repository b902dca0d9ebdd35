/** What the exit status says; the same for every command. */
export const ExitCode = {
  /** Done and good. */
  ok: 0,
  /** Done and not good: differences, drift, unhealthy, denied. */
  notGood: 1,
  /** The command line can't be understood. */
  usage: 2,
  /** Could not be done: network, server, permission. */
  failed: 3,
  timedOut: 4,
  interrupted: 130,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
