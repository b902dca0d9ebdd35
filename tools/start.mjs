// `npm start [-- flags]`: from a fresh clone to a running Sekisho. Flags go to `sekisho up`.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { become, fail, prepare } from './prepare.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

try {
  await prepare(root);
} catch (error) {
  fail(error);
}
await become(process.execPath, [join(root, 'apps/cli/bin/sekisho.js'), 'up', ...process.argv.slice(2)]);
