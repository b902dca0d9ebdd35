import { createHash } from 'node:crypto';
import { Integer } from '@sekisho/gotemplate';
import type { Chart, Values } from '../chart/chart.ts';
import { seededBytes } from '../functions/random.ts';

/**
 * The bytes that random functions draw: a stream of SHA-256 over a counter, keyed by the release, the chart and the values, so
 * that the same inputs always give the same render. Nothing is hashed before the first draw.
 */
export function contentSeed(chart: Chart, values: Readonly<Values>, release: string): (count: number) => Uint8Array {
  return seededBytes(() => keyOf(chart, values, release));
}

function keyOf(chart: Chart, values: Readonly<Values>, release: string): Buffer {
  const hash = createHash('sha256').update(JSON.stringify([release, values], plainNumber));
  const add = ({ metadata, values: own, templates, files, dependencies }: Chart): void => {
    hash.update(JSON.stringify([metadata, own], plainNumber));
    for (const { name, data } of [...templates, ...files]) hash.update(`${name}\0${data.length}\0`).update(data);
    dependencies.forEach(add);
  };
  add(chart);
  return hash.digest();
}

function plainNumber(_key: string, value: unknown): unknown {
  return value instanceof Integer || typeof value === 'bigint' ? value.toString() : value;
}
