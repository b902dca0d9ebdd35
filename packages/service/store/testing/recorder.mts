// A process that records releases until it is killed, and tells which were acknowledged.
import { silentLogger } from '@sekisho/base';
import { openStore } from '../src/index.ts';

const [dataDir = '', app = ''] = process.argv.slice(2);
const store = await openStore({ dataDir, logger: silentLogger });
for (let i = 0; ; i++) {
  const at = new Date().toISOString();
  const { id } = await store.releases.record({
    namespace: 'n',
    app,
    revision: String(i),
    author: 'Ann',
    message: 'm',
    startedAt: at,
    finishedAt: at,
    initiatedBy: { automated: true },
    outcome: 'Succeeded',
    messageText: '',
    sources: [],
    objects: [],
  });
  process.stdout.write(`${id} ${i}\n`);
}
