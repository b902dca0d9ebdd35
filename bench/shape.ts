/** What a bench, torture or fuzz file gets. Files export `run` of the type below and print nothing themselves. */
export interface RunOptions {
  /** What stood after the name on the command line, without the flags that the runner knows (`--json`, `--seconds`, `--seed`). */
  readonly args: readonly string[];
  /** How long to go on; undefined: the file's own default. */
  readonly seconds: number | undefined;
  /** Of everything random, so that a run can be repeated. */
  readonly seed: number;
  /** Root of the repository. */
  readonly root: string;
  readonly signal: AbortSignal;
  /** Progress for people; goes to stderr. */
  progress(line: string): void;
}

/** One measured figure. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What we want, in words: `< 300 ms`. */
  readonly goal?: string;
  /** Whether the goal is met. A missed goal is printed, and never fails the run. */
  readonly met?: boolean;
}

export interface RunReport {
  readonly figures: readonly Figure[];
  /** What must never happen: lost writes, crashes. Any of them makes the exit code 1. */
  readonly failures?: readonly string[];
  /** Machine, versions, sizes of the input. */
  readonly setting?: Readonly<Record<string, string | number>>;
}

export type Run = (options: RunOptions) => Promise<RunReport>;
