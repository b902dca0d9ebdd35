// Installs the programs that tests talk to, when they are missing or not of the locked version.
// Usage: node packages/testkit/counterparts/install.mjs
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = dirname(fileURLToPath(import.meta.url));

function readJson(...parts) {
  try {
    return JSON.parse(readFileSync(join(folder, ...parts), 'utf8'));
  } catch {
    return undefined;
  }
}

/** The first package that is missing or of another version; undefined: all is as locked. */
function firstDifference() {
  const { packages } = readJson('package-lock.json');
  for (const [path, locked] of Object.entries(packages)) {
    if (path === '') continue;
    const installed = readJson(path, 'package.json');
    const belongsHere =
      (locked.os === undefined || locked.os.includes(process.platform)) &&
      (locked.cpu === undefined || locked.cpu.includes(process.arch));
    if (belongsHere && installed?.version !== locked.version) return path.replace('node_modules/', '');
  }
  return undefined;
}

export function install() {
  const missing = firstDifference();
  if (missing === undefined) return;
  process.stdout.write(`Installing the test programs (${missing} is missing or outdated)\n`);
  const options = { cwd: folder, stdio: 'inherit' };
  // npm tells scripts where it is itself: the same npm then, whatever PATH says.
  const npm = process.env.npm_execpath;
  const { status } = npm?.endsWith('.js')
    ? spawnSync(process.execPath, [npm, 'ci'], options)
    : spawnSync('npm', ['ci'], options);
  if (status !== 0) throw new Error(`npm ci in ${folder} ended with ${status}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) install();
