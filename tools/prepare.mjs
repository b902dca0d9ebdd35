// Brings a clone to the point where its program can run: checks the machine, installs, builds. Each step is skipped when
// its result is there already. Runs before anything is installed, so it imports nothing but Node.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { performance } from 'node:perf_hooks';

const MIN_NODE = [20, 19];
/** Holds the lock file's text as of the last installation. */
const INSTALLED = 'node_modules/.cache/sekisho/installed-lock';
const BUILT = 'node_modules/.cache/sekisho/built';
const CONSOLE_BUILT = 'node_modules/.cache/sekisho/console-built';

/** Checks, installs and builds. Throws a {@link StepFailed} that says what to do. */
export async function prepare(root) {
  checkMachine();
  await install(root);
  await build(root);
  await buildConsole(root);
}

/** A failure whose message is all that the user needs. */
export class StepFailed extends Error {}

export function checkMachine() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < MIN_NODE[0] || (major === MIN_NODE[0] && minor < MIN_NODE[1])) {
    throw new StepFailed(
      `Node ${process.versions.node} is too old: Sekisho needs ${MIN_NODE.join('.')} or newer.\nInstall a newer Node and run the command again.`,
    );
  }
  if (spawnSync('git', ['--version'], { stdio: 'ignore' }).status !== 0) {
    throw new StepFailed(
      'git is not on PATH, and Sekisho reads and serves repositories with it.\nInstall git and run the command again.',
    );
  }
}

/** `npm ci`, unless node_modules is what the lock file says. */
export async function install(root) {
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
  if (existsSync(join(root, INSTALLED)) && readFileSync(join(root, INSTALLED), 'utf8') === lock) return;
  // Someone installed by hand after the lock file last changed: npm notes that in a file of its own.
  const own = join(root, 'node_modules/.package-lock.json');
  const fresh = existsSync(own) && statSync(own).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs;
  if (!fresh) await step('Installing dependencies (npm ci)', () => run(...npm('ci'), { cwd: root, quiet: true }));
  mkdirSync(join(root, 'node_modules/.cache/sekisho'), { recursive: true });
  writeFileSync(join(root, INSTALLED), lock);
}

/** `tsc -b`, unless no source is newer than the last build. */
export async function build(root) {
  await buildWhenOlder(join(root, BUILT), {
    name: 'Building (tsc -b)',
    result: join(root, 'apps/cli/dist/main.js'),
    isOlder: (since) =>
      hasNewerSource([join(root, 'packages'), join(root, 'apps/server'), join(root, 'apps/cli')], since) ||
      hasNewerFile(['tsconfig.json', 'tsconfig.base.json', 'package-lock.json'], root, since),
    run: () => run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b'], { cwd: root, quiet: true }),
  });
}

/** `vite build` of the console, unless none of its sources is newer than the last build. */
export async function buildConsole(root) {
  const folder = join(root, 'apps/console');
  await buildWhenOlder(join(root, CONSOLE_BUILT), {
    name: 'Building the console (vite build)',
    result: join(folder, 'dist/index.html'),
    isOlder: (since) =>
      hasNewerSource([join(folder, 'src'), join(folder, 'build'), join(folder, 'public')], since) ||
      hasNewerFile(['index.html', 'vite.config.ts', 'package.json', '../../package-lock.json'], folder, since),
    run: () =>
      run(process.execPath, [join(root, 'node_modules/vite/bin/vite.js'), 'build'], { cwd: folder, quiet: true }),
  });
}

/** @param stamp file whose time is that of the last build */
async function buildWhenOlder(stamp, { name, result, isOlder, run }) {
  const started = new Date();
  const last = existsSync(stamp) ? statSync(stamp).mtimeMs : 0;
  if (existsSync(result) && !isOlder(last)) return;
  await step(name, run);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, '');
  // What changed while the compiler ran must count as newer.
  utimesSync(stamp, started, started);
}

function hasNewerFile(names, folder, since) {
  return names.some((name) => statSync(join(folder, name)).mtimeMs > since);
}

function hasNewerSource(folders, since) {
  const pending = [...folders];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (!['node_modules', 'dist', 'testdata'].includes(entry.name)) pending.push(path);
      } else if (/\.(tsx?|json|css|svg)$/.test(entry.name) && !entry.name.endsWith('.test.ts')) {
        if (statSync(path).mtimeMs > since) return true;
      }
    }
  }
  return false;
}

/** Says what runs now, and afterwards how long it took. */
export async function step(name, work) {
  const started = performance.now();
  process.stderr.write(process.stderr.isTTY ? `• ${name} …` : `• ${name} …\n`);
  const finish = (word) => {
    const line = `${word} ${name} (${((performance.now() - started) / 1000).toFixed(1)} s)\n`;
    process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${line}` : line);
  };
  try {
    const result = await work();
    finish('✔');
    return result;
  } catch (error) {
    finish('✘');
    throw error;
  }
}

/** The npm that started us, else the one on PATH: command and arguments for {@link run}. */
export function npm(...args) {
  const self = process.env.npm_execpath;
  return self?.endsWith('.js') ? [process.execPath, [self, ...args]] : ['npm', args];
}

/**
 * Runs a program to its end. With `quiet` its output is kept and becomes the message when it fails.
 * @throws StepFailed when it can't be started or ends with anything but 0
 */
export function run(command, args, { cwd, env = process.env, quiet = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit' });
    const output = [];
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => output.push(chunk));
    child.on('error', (error) => reject(new StepFailed(`${command} could not be started: ${error.message}`)));
    child.on('close', (code, signal) => {
      if (code === 0) return resolve();
      const said = Buffer.concat(output).toString().trim();
      const ended = `${command} ${args.join(' ')} ended with ${signal ?? code}`;
      reject(new StepFailed(said === '' ? ended : `${said}\n${ended}`));
    });
  });
}

/**
 * Runs a program in our place: same streams, signals passed on, and its end is ours. Never resolves.
 *
 * A terminal sends Ctrl-C to the child as well; passing it on then would count as a second Ctrl-C, so only signals
 * that came to us alone are passed on.
 */
export function become(command, args, options = {}) {
  const child = spawn(command, args, { stdio: 'inherit', ...options });
  const pass = (signal) => {
    if (signal === 'SIGINT' && process.stdin.isTTY) return;
    child.kill(signal);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, pass);
  child.on('error', (error) => fail(new StepFailed(`${command} could not be started: ${error.message}`)));
  child.on('exit', (code, signal) => process.exit(signal === null ? code : signal === 'SIGINT' ? 130 : 143));
  return new Promise(() => {});
}

/** Ends this process with a failure told in its own words. */
export function fail(error) {
  process.stderr.write(`\n${error instanceof StepFailed ? error.message : (error?.stack ?? error)}\n`);
  process.exit(error instanceof StepFailed ? 3 : 1);
}
