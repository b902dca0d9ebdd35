const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};
/** Of the time that an API server waits: the rest is for the way back. */
const SHARE = 0.9;

/**
 * How long an answer may take: an API server says in `?timeout=10s` how long it waits, as Go writes durations.
 *
 * @param limitMs not longer in any case
 */
export function timeLimit(query: string, limitMs: number): number {
  const waited = durationOf(new URLSearchParams(query).get('timeout') ?? '');
  return waited === undefined ? limitMs : Math.min(limitMs, waited * SHARE);
}

function durationOf(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/.test(text) || text.length > 64) return undefined;
  let sum = 0;
  for (const [, amount, unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)) {
    sum += Number(amount) * (UNITS[unit] ?? 0);
  }
  return sum > 0 ? sum : undefined;
}
