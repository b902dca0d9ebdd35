import type { CheckResult } from '../result.ts';

export interface FormatOptions {
  /** Colours of a terminal, default false. */
  readonly color?: boolean;
  /** stdout: `file:line:column` in place of the file name, default false. */
  readonly showPositions?: boolean;
  /** stdout: the summary counts skipped tests, default false. */
  readonly showSkipped?: boolean;
  /** stdout: exceptions are counted, not listed, default false. */
  readonly suppressExceptions?: boolean;
  /** junit: names of test cases without the message, default false. */
  readonly junitHideMessage?: boolean;
  /** github: files where all passed are left out, default false. */
  readonly githubHidePassed?: boolean;
  /** sarif: version of the program. */
  readonly version?: string;
}

/** A format. The text ends with a line break, or is empty when there is nothing to say. */
export type ResultWriter = (results: readonly CheckResult[], options: FormatOptions) => string;
