// `npm run screenshots`: makes the pictures of the console in docs/pictures anew, from a real server and a real Chromium.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { become, fail, prepare, run, step } from './prepare.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

try {
  await prepare(root);
  await step('Test programs (Chromium)', () =>
    run(process.execPath, [join(root, 'packages/testkit/counterparts/install.mjs')], { cwd: root, quiet: true }),
  );
} catch (error) {
  fail(error);
}
await become(process.execPath, [
  '--conditions=@sekisho/source',
  '--import',
  import.meta.resolve('tsx'),
  join(root, 'tools/screenshots.ts'),
]);
