import { gatorTest, type TraceText } from '@sekisho/policy';
import { ruleNames, traceLine } from '../check/trace-text.ts';
import { type FileFlags, readGatorFiles } from './gator-files.ts';
import type { GatorWorld } from './world.ts';
import { writeReport } from './write-report.ts';

export interface TestFlags extends FileFlags {
  readonly output?: 'default' | 'yaml' | 'json';
  readonly denyOnly?: boolean;
  readonly trace?: boolean;
  readonly stats?: boolean;
}

/** `gator test`: exit status 1 when something is denied. */
export async function test(flags: TestFlags, world: GatorWorld, signal: AbortSignal): Promise<number> {
  const files = await readGatorFiles(flags, world, signal);
  const output = flags.output === 'default' ? undefined : flags.output;
  const report = gatorTest(files, {
    output,
    denyOnly: flags.denyOnly,
    ...(flags.trace === true ? { traceText } : {}),
    ...(flags.stats === true ? { statsClock: () => performance.now() } : {}),
  });
  return writeReport(report, world);
}

/** The steps of a template, as OPA words them. */
const traceText: TraceText = (events, { policy }) => {
  const names = ruleNames(policy);
  const lines = events.map((event) => traceLine(event, { ruleNames: names }));
  const width = Math.max(0, ...lines.map(({ place }) => place.length));
  return lines.map(({ place, text }) => `${place.padEnd(width)} ${text}\n`).join('');
};
