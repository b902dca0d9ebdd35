import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { Workload } from './workloads.ts';

/** The `opa` to compare with: `OPA_BIN`, or the first on PATH; undefined where there is none. */
export function findOpa(): string | undefined {
  const named = process.env['OPA_BIN'];
  if (named !== undefined && named !== '') return named;
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'opa'))
    .find((file) => existsSync(file));
}

/** Microseconds per evaluation as `opa bench` measures them: input and policies are prepared before the clock starts. */
export async function benchWithOpa(opa: string, workload: Workload, signal: AbortSignal): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'sekisho-bench-rego-'));
  try {
    const files = workload.modules.map((module, i) => [`m${i}.rego`, module.text] as const);
    for (const [name, text] of files) await writeFile(join(folder, name), text);
    await writeFile(join(folder, 'data.json'), JSON.stringify(workload.data ?? {}));
    await writeFile(join(folder, 'input.json'), JSON.stringify(workload.input));
    const v0 = workload.modules.some((module) => module.version === 'v0');
    const args = [
      'bench',
      '--format',
      'json',
      '--metrics=false',
      '--fail=false',
      '--input',
      join(folder, 'input.json'),
    ];
    for (const name of [...files.map(([file]) => file), 'data.json']) args.push('--data', join(folder, name));
    if (v0) args.push('--v0-compatible');
    const { stdout } = await promisify(execFile)(opa, [...args, workload.query], { signal, maxBuffer: 16 << 20 });
    const { N, T } = JSON.parse(stdout) as { N: number; T: number };
    return T / N / 1000;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
