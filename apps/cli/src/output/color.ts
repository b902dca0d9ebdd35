const GREEN = 32;
const YELLOW = 33;
const RED = 31;

/** Words of state and what they are like. The word itself always stays: colour alone says nothing. */
const COLORS: Readonly<Record<string, number>> = {
  Synced: GREEN,
  Healthy: GREEN,
  Succeeded: GREEN,
  OutOfSync: YELLOW,
  Progressing: YELLOW,
  Running: YELLOW,
  Suspended: YELLOW,
  Missing: YELLOW,
  Degraded: RED,
  Failed: RED,
  Error: RED,
  Unknown: RED,
};

/** `text` in the colour of the state that `word` names; unchanged when it names none. */
export function colored(word: string, text: string = word): string {
  const code = Object.hasOwn(COLORS, word) ? COLORS[word] : undefined;
  return code === undefined ? text : `\u001b[${code}m${text}\u001b[39m`;
}

export function wantsColor(flags: { readonly color?: boolean }, env: NodeJS.ProcessEnv = process.env): boolean {
  return flags.color !== false && process.stdout.isTTY === true && (env['NO_COLOR'] ?? '') === '';
}
