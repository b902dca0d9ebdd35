// `npm run ok [-- --no-tests]`: the one gate, here and in CI. Every step runs, even after one failed.
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { checkMachine, fail, install, run } from './prepare.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = (name) => join(root, 'node_modules/.bin', name);

const STEPS = [
  ['format and lint', bin('biome'), ['check', '--error-on-warnings', '.']],
  ['build', bin('tsc'), ['-b']],
  ['types of tests and tools', bin('tsc'), ['-p', 'tsconfig.check.json']],
  ['types of the console', bin('tsc'), ['-p', 'apps/console']],
  ['types of its build', bin('tsc'), ['-p', 'apps/console/tsconfig.build.json']],
  ['console', process.execPath, [join(root, 'node_modules/vite/bin/vite.js'), 'build', 'apps/console']],
  ['imports', bin('tsx'), ['tools/check-imports.ts']],
  ['unused code', bin('knip'), []],
  ['docs', bin('tsx'), ['tools/check-docs.ts']],
  ['tests', process.execPath, ['tools/test.mjs']],
];

try {
  checkMachine();
  await install(root);
} catch (error) {
  fail(error);
}

const failed = [];
for (const [name, command, args] of STEPS) {
  if (name === 'tests' && process.argv.includes('--no-tests')) continue;
  const started = performance.now();
  let problem;
  try {
    await run(command, args, { cwd: root, quiet: true });
  } catch (error) {
    problem = error.message;
    failed.push(name);
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(`${problem === undefined ? 'ok  ' : 'FAIL'}  ${name.padEnd(26)} ${seconds.padStart(6)} s\n`);
  if (problem !== undefined) process.stdout.write(`${problem.replace(/^/gm, '      ')}\n`);
}
process.stdout.write(failed.length === 0 ? 'All good.\n' : `Failed: ${failed.join(', ')}\n`);
process.exitCode = failed.length === 0 ? 0 : 1;
