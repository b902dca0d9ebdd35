/** What a command of gator has to say, and its exit status. */
export interface GatorReport {
  readonly status: 0 | 1;
  readonly stdout: string;
  readonly stderr: string;
}

export function failed(...lines: readonly string[]): GatorReport {
  return { status: 1, stdout: '', stderr: lines.map((line) => `${line}\n`).join('') };
}
