// `npm test [-- vitest arguments]`: installs what the tests need and runs all of them. `--node24` runs them on Node 24.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { become, build, buildConsole, checkMachine, fail, install, run, StepFailed, step } from './prepare.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const counterparts = join(root, 'packages/testkit/counterparts');
const args = process.argv.slice(2);
const onNode24 = args.includes('--node24');

try {
  checkMachine();
  await install(root);
  await step('Test programs (kubectl, PostgreSQL, Chromium, Node 24)', () =>
    run(process.execPath, [join(counterparts, 'install.mjs')], { cwd: root, quiet: true }),
  );
  // End-to-end tests start the program as a user does.
  await build(root);
  await buildConsole(root);
} catch (error) {
  fail(error);
}

const node = onNode24 ? node24() : process.execPath;
process.stderr.write(`• vitest on Node ${onNode24 ? '24' : process.versions.node}\n`);
await become(node, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...args.filter((arg) => arg !== '--node24')], {
  cwd: root,
});

function node24() {
  const path = join(counterparts, `node_modules/node-${process.platform}-${process.arch}/bin/node`);
  if (!existsSync(path))
    fail(new StepFailed(`Node 24 for ${process.platform}-${process.arch} is not among the test programs`));
  return path;
}
