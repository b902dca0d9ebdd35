import type { RenderChartOptions } from '@sekisho/helm';
import type { RenderOptions } from './options.ts';

/** What makes a chart's random functions and its `now` give the same again. */
export function chanceOf({ seed, time }: RenderOptions): Pick<RenderChartOptions, 'seed' | 'now'> {
  return {
    ...(seed === undefined ? {} : { seed }),
    ...(time === undefined ? {} : { now: BigInt(time) * 1_000_000n }),
  };
}
