import { quoteGo } from '@sekisho/base';
import { TemplateFunctionError } from '@sekisho/gotemplate';

const UNITS: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1_000n],
  ['µs', 1_000n],
  ['μs', 1_000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
]);
const MAX = 2n ** 63n - 1n;

/** `time.ParseDuration` of Go, in nanoseconds. @throws TemplateFunctionError in Go's words */
export function parseDuration(text: string): bigint {
  const invalid = (problem = `invalid duration ${quoteGo(text)}`): TemplateFunctionError =>
    new TemplateFunctionError(`time: ${problem}`);
  const unsigned = text.replace(/^[-+]/, '');
  if (unsigned === '0') return 0n;
  if (unsigned === '' || unsigned.length > 1_000) throw invalid();
  const part = /(\d*)(?:\.(\d*))?([^\d.]*)/y;
  let total = 0n;
  while (part.lastIndex < unsigned.length) {
    const [, whole = '', fraction = '', unit = ''] = part.exec(unsigned) ?? [];
    if (whole + fraction === '') throw invalid();
    if (unit === '') throw invalid(`missing unit in duration ${quoteGo(text)}`);
    const size = UNITS.get(unit);
    if (size === undefined) throw invalid(`unknown unit ${quoteGo(unit)} in duration ${quoteGo(text)}`);
    total += BigInt(whole || '0') * size + (BigInt(fraction || '0') * size) / 10n ** BigInt(fraction.length);
    if (total > MAX) throw invalid();
  }
  return text.startsWith('-') ? -total : total;
}

const SECOND = 1_000_000_000n;

/** `1h2m3.5s`: how Go prints a duration. */
export function formatDuration(nanoseconds: bigint): string {
  if (nanoseconds === 0n) return '0s';
  const sign = nanoseconds < 0n ? '-' : '';
  const size = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  if (size < SECOND) {
    const [unit, scale] = size < 1_000n ? ['ns', 1n] : size < 1_000_000n ? ['µs', 1_000n] : ['ms', 1_000_000n];
    return `${sign}${fraction(size, scale as bigint)}${unit as string}`;
  }
  const hours = size / (3_600n * SECOND);
  const minutes = (size / (60n * SECOND)) % 60n;
  const head = hours > 0n ? `${hours}h${minutes}m` : minutes > 0n ? `${minutes}m` : '';
  return `${sign}${head}${fraction(size % (60n * SECOND), SECOND)}s`;
}

function fraction(value: bigint, scale: bigint): string {
  const part = String(value % scale).padStart(String(scale).length - 1, '0');
  const digits = scale === 1n ? '' : part.replace(/0+$/, '');
  return digits === '' ? String(value / scale) : `${value / scale}.${digits}`;
}

const ROUND_UNITS: readonly (readonly [string, bigint])[] = [
  ['y', 365n * 24n * 3_600n * SECOND],
  ['mo', 30n * 24n * 3_600n * SECOND],
  ['d', 24n * 3_600n * SECOND],
  ['h', 3_600n * SECOND],
  ['m', 60n * SECOND],
  ['s', SECOND],
];

/** The largest unit that fits: `3mo`. */
export function roundDuration(nanoseconds: bigint): string {
  const size = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  for (const [unit, scale] of ROUND_UNITS) if (size > scale) return `${size / scale}${unit}`;
  return '0s';
}
