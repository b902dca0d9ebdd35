import { createHash } from 'node:crypto';
import type { Read, RenderResult } from '@sekisho/render';

/** A result in the form in which it lies on disk: `MAGIC HASH LENGTH`, then what it read, then the rest, as JSON. */
const MAGIC = 'sekisho-render-1';
const HEADER = /^(\S+) ([0-9a-f]{64}) (\d+)\n/;
const MAX_HEADER = 128;

export interface KeptResult {
  readonly reads: readonly Read[];
  /** Parses the rest. */
  readonly result: () => RenderResult;
}

/** Undefined when JSON can't say it: numbers that are not finite. */
export function encodeResult({ reads, ...rest }: RenderResult): Buffer | undefined {
  try {
    const first = Buffer.from(JSON.stringify(reads));
    const second = Buffer.from(JSON.stringify(rest, onlyFinite));
    const hash = createHash('sha256').update(`${first.length}\n`).update(first).update(second).digest('hex');
    return Buffer.concat([Buffer.from(`${MAGIC} ${hash} ${first.length}\n`), first, second]);
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) return undefined;
    throw error;
  }
}

/** Undefined for whatever {@link encodeResult} did not write, or that was changed after it. */
export function decodeResult(bytes: Buffer): KeptResult | undefined {
  const [header = '', magic, hash, length] = HEADER.exec(bytes.toString('latin1', 0, MAX_HEADER)) ?? [];
  if (magic !== MAGIC) return undefined;
  const body = bytes.subarray(header.length);
  if (
    createHash('sha256')
      .update(`${Number(length)}\n`)
      .update(body)
      .digest('hex') !== hash
  )
    return undefined;
  const end = Number(length);
  const reads = JSON.parse(body.toString('utf8', 0, end)) as Read[];
  return { reads, result: () => ({ ...JSON.parse(body.toString('utf8', end)), reads }) };
}

function onlyFinite(_key: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError('JSON has no such number');
  return value;
}
