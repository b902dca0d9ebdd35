import { execFileSync } from 'node:child_process';
import type { OutsideWorld } from '@sekisho/rego';
import type { CheckWorld } from './world.ts';

const LOOKUP_MS = 10_000;

/** What policies may use: the environment (`opa.runtime().env`, as in Conftest), and of the network the hosts that were allowed. */
export function outsideWorld(allowNet: readonly string[], world: CheckWorld): OutsideWorld {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(world.env)) if (value !== undefined) env[name] = value;
  const runtime = { env, version: '', commit: '' };
  if (allowNet.length === 0) return { runtime };
  return { runtime, allowNet, lookupIpAddress };
}

/** Evaluation does not wait: the question goes to a process of its own. */
function lookupIpAddress(name: string): readonly string[] {
  const script =
    'require("dns").lookup(process.argv[1],{all:true},(e,r)=>{if(e){process.stderr.write(e.code);process.exit(1)}process.stdout.write(JSON.stringify(r.map(x=>x.address)))})';
  try {
    const text = execFileSync(process.execPath, ['-e', script, '--', name], {
      timeout: LOOKUP_MS,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return JSON.parse(text) as string[];
  } catch {
    throw new Error(`lookup ${name}: no such host`);
  }
}
