import { fstatSync } from 'node:fs';

/** Whether something is sent to standard input. One that is merely open is read only when nothing else was named. */
export function hasInput(isOnly: boolean): boolean {
  if (process.stdin.isTTY) return false;
  try {
    const info = fstatSync(0);
    return info.isFIFO() || info.isFile() || (isOnly && info.isSocket());
  } catch {
    return false;
  }
}
