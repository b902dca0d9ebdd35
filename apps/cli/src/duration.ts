import { InvalidArgumentError } from 'commander';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90`, `90s`, `5m`, `1h`, `7d`: as milliseconds; a bare number is seconds. Undefined for anything else. */
export function durationMs(text: string): number | undefined {
  const match = /^(\d{1,9}(?:\.\d{1,9})?)(ms|s|m|h|d)?$/.exec(text);
  if (match === null) return undefined;
  return Number(match[1]) * (UNITS[match[2] ?? 's'] ?? 1000);
}

/** For options: keeps the text, so that help shows what people write. @throws InvalidArgumentError */
export function durationText(text: string): string {
  if (durationMs(text) === undefined) throw new InvalidArgumentError('For example 90s, 5m or 1h.');
  return text;
}

/** For options: a whole number in these bounds. @throws InvalidArgumentError */
export function wholeNumber(min: number, max: number): (text: string) => string {
  return (text) => {
    if (/^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max) return text;
    throw new InvalidArgumentError(`It must be a number from ${min} to ${max}.`);
  };
}

/** Whether a signal ended a wait because the time of `--timeout` is up, and not by Ctrl-C. */
export function isTimeUp(signal: AbortSignal): boolean {
  return signal.aborted && (signal.reason as { name?: unknown } | undefined)?.name === 'TimeoutError';
}
