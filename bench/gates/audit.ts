import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { figure } from '../lib/figures.ts';
import type { Figure, RunOptions } from '../shape.ts';
import type { AuditMeasures } from './audit-process.ts';

const OBJECTS = 50_000;
const CONSTRAINTS = 50;

/** The audit of what runs, in a process of its own: 50,000 objects by 50 constraints, then one object's change. */
export async function benchAudit({ root, signal, progress }: Pick<RunOptions, 'root' | 'signal' | 'progress'>) {
  if (!existsSync(join(root, '../shared/conformance/gatekeeper-library'))) {
    progress('audit: skipped, ../shared is not there');
    return [];
  }
  const measures = await measured(root, signal);
  progress(
    `audit: ${measures.objects} objects by ${measures.constraints} constraints: ${measures.violations} violations`,
  );
  return [
    figure('audit of 50,000 objects by 50 constraints', measures.wholeMs / 1000, 's', 60),
    figure('audit of 50,000 objects, processor time', measures.wholeCpuMs / 1000, 's'),
    figure('audit, memory (RSS) at most', measures.maxRssMb, 'MiB', 700),
    figure('audit, event loop held up at most', measures.heldMs, 'ms'),
    figure('audit after one object changed, median', measures.changeMs, 'ms', 50),
    figure('audit after one object changed, worst of 50', measures.worstChangeMs, 'ms'),
    figure('audit after one constraint changed', measures.policyMs / 1000, 's'),
  ] satisfies Figure[];
}

function measured(root: string, signal: AbortSignal): Promise<AuditMeasures> {
  return new Promise((resolve, reject) => {
    const child = fork(new URL('./audit-process.ts', import.meta.url), [root, String(OBJECTS), String(CONSTRAINTS)], {
      signal,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    let measures: AuditMeasures | undefined;
    child.on('message', (message) => {
      measures = message as AuditMeasures;
    });
    child.on('error', reject);
    child.on('exit', (code) => {
      if (measures !== undefined) resolve(measures);
      else reject(new Error(`the audit's process ended with ${code} and no figures`));
    });
  });
}
