import { readdirSync, readFileSync } from 'node:fs';

/** What the page's own process takes, MiB: memory of its own and its share of what it shares. Undefined where Linux does not say. */
export function rendererMemoryMiB(): number | undefined {
  let largest: number | undefined;
  for (const pid of descendantsOf(process.pid)) {
    if (!readText(`/proc/${pid}/cmdline`).includes('--type=renderer')) continue;
    const [, kib] = /^Pss:\s+(\d+)/m.exec(readText(`/proc/${pid}/smaps_rollup`)) ?? [];
    if (kib !== undefined) largest = Math.max(largest ?? 0, Number(kib) / 1024);
  }
  return largest;
}

function descendantsOf(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const [, parent] = /\) \S (\d+)/.exec(readText(`/proc/${name}/stat`)) ?? [];
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  const isOurs = (pid: number): boolean => {
    const parent = parents.get(pid);
    return parent !== undefined && (parent === root || isOurs(parent));
  };
  return [...parents.keys()].filter(isOurs);
}

/** Empty for a process that ended meanwhile. */
function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
