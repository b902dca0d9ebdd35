import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { silentLogger } from '@sekisho/base';
import { createPolicyWorker } from '@sekisho/policy-worker';
import { figure, percentile, range } from '../lib/figures.ts';
import { libraryPolicies } from '../lib/gates/library-policies.ts';
import { benchNamespaces, createBenchCertificates, podReview, startBenchWebhook } from '../lib/gates/webhook.ts';
import type { Figure, RunOptions } from '../shape.ts';

const POLICIES = 30;
const PODS = 500;
const CONNECTIONS = 16;
/** As API servers send, and as many as one can get through. */
const RATES = [200, 1_000, 2_000];
const WARM_UP_SECONDS = 8;
const DEFAULT_SECONDS = 10;

interface LoadReport {
  readonly latencies: readonly number[];
  readonly outcomes: { readonly allowed: number; readonly denied: number; readonly failed: number };
  readonly seconds: number;
}

/**
 * The webhook server over HTTPS with policies of Gatekeeper's library that are asked of every Pod, under a load that does
 * not wait for answers; times count from when a request should have been sent.
 */
export async function benchAdmission({ root, seconds, signal, progress }: RunOptions): Promise<readonly Figure[]> {
  const documents = libraryPolicies(root, POLICIES);
  if (documents === undefined) {
    progress('admission: skipped, ../shared is not there');
    return [];
  }
  const folder = await mkdtemp(join(tmpdir(), 'sekisho-bench-gates-'));
  const worker = createPolicyWorker({ controlNamespace: 'sekisho', logger: silentLogger });
  const certificates = await createBenchCertificates();
  const server = await startBenchWebhook(worker, certificates);
  try {
    const { policies } = await worker.load({ documents });
    worker.surround('', { put: benchNamespaces() });
    await writeFile(join(folder, 'ca.pem'), certificates.authority);
    await writeFile(join(folder, 'bodies.json'), JSON.stringify(range(PODS).map(podReview)));
    const load = (perSecond: number, forSeconds: number) =>
      runLoad({ url: `${server.url}/v1/admit`, folder, perSecond, seconds: forSeconds }, signal);
    await load(500, WARM_UP_SECONDS);
    const figures: Figure[] = [];
    for (const rate of RATES) {
      const report = await load(rate, seconds ?? DEFAULT_SECONDS);
      const { failed, allowed, denied } = report.outcomes;
      const answered = report.latencies.length / report.seconds;
      const [p50, p99] = [percentile(report.latencies, 50), percentile(report.latencies, 99)];
      progress(
        `admission at ${rate}/s, ${policies.length} policies: ${answered.toFixed(0)}/s answered, p50 ${p50.toFixed(1)} ms, ` +
          `p99 ${p99.toFixed(1)} ms; ${allowed} allowed, ${denied} denied, ${failed} failed`,
      );
      const name = `admission at ${rate}/s`;
      figures.push(
        { name: `${name}: answered`, value: Math.round(answered), unit: '1/s' },
        figure(`${name}: p50`, p50, 'ms'),
        figure(`${name}: p99`, p99, 'ms', rate === 1_000 ? 10 : undefined),
        figure(`${name}: failed`, failed, 'requests'),
      );
    }
    return figures;
  } finally {
    await server.close();
    await worker.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function runLoad(
  { url, folder, perSecond, seconds }: { url: string; folder: string; perSecond: number; seconds: number },
  signal: AbortSignal,
): Promise<LoadReport> {
  const program = fileURLToPath(new URL('../lib/gates/load.mjs', import.meta.url));
  const options = {
    url,
    caFile: join(folder, 'ca.pem'),
    bodiesFile: join(folder, 'bodies.json'),
    perSecond,
    seconds,
    connections: CONNECTIONS,
  };
  const { stdout } = await promisify(execFile)(process.execPath, [program, JSON.stringify(options)], {
    signal,
    maxBuffer: 64 << 20,
  });
  return JSON.parse(stdout) as LoadReport;
}
