// `npm run conformance|bench|torture|fuzz -- NAME [flags]`: installs and builds when needed, then runs tools/run.ts.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { become, fail, prepare } from './prepare.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

try {
  await prepare(root);
} catch (error) {
  fail(error);
}
await become(process.execPath, [
  '--conditions=@sekisho/source',
  '--expose-gc',
  '--import',
  import.meta.resolve('tsx'),
  join(root, 'tools/run.ts'),
  ...process.argv.slice(2),
]);
