import { silentLogger } from '@sekisho/base';
import { openCluster } from '@sekisho/cluster';

/** The victim: an embedded cluster on a data folder; prints one JSON line when it serves. */
const dataDir = process.argv[2];
if (dataDir === undefined) throw new Error('usage: cluster-child DATA_DIR');
const cluster = await openCluster({ dataDir, logger: silentLogger });
const { url } = await cluster.listen({ host: '127.0.0.1', port: 0 });
process.stdout.write(
  `${JSON.stringify({ url, token: cluster.adminToken, ca: cluster.caPem, revision: cluster.revision })}\n`,
);
