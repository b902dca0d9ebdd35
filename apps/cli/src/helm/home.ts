import { homedir } from 'node:os';
import type { CheckWorld } from '../check/world.ts';

/** Folder of the user. */
export function homeOf({ env }: CheckWorld): string {
  return env['HOME'] ?? homedir();
}
