#!/usr/bin/env node
import { existsSync } from 'node:fs';

const main = new URL('../dist/main.js', import.meta.url);
if (!existsSync(main)) {
  process.stderr.write(
    'sekisho: the program is not built yet.\nRun `npm start` once (it installs, builds and starts), or `npm run build`.\n',
  );
  process.exit(3);
}
await import(main.href);
