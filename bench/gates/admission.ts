import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { silentLogger } from '@sekisho/base';
import { createPolicyWorker, type PolicyWorker } from '@sekisho/policy-worker';
import { figure, percentile, range } from '../lib/figures.ts';
import { libraryPolicies } from '../lib/gates/library-policies.ts';
import { benchNamespaces, createBenchCertificates, podReview, startBenchWebhook } from '../lib/gates/webhook.ts';
import type { Figure, RunOptions } from '../shape.ts';

const POLICIES = 30;
const CONNECTIONS = 16;
/** The default of `sekisho webhook`. */
const THREADS = 2;
/** As API servers send, and as many as one can get through. */
const RATES = [200, 1_000, 2_000];
/** At which parts of the way are weighed. */
const COST_RATE = 1_000;
const WARM_UP_SECONDS = 8;
const PART_SECONDS = 3;
const DEFAULT_SECONDS = 10;
/** Requests count from here, so that all numbers are of the same length. */
const FIRST_NUMBER = 1_000_000_000;
/** After so many numbers Pods have the same properties again. */
const TEMPLATES = 100;

interface LoadReport {
  readonly latencies: readonly number[];
  readonly outcomes: { readonly allowed: number; readonly denied: number; readonly failed: number };
  readonly seconds: number;
  /** Of the process that asked. */
  readonly cpuMs: number;
}

interface Load extends LoadReport {
  /** Of this process, which answered. */
  readonly serverCpuMs: number;
}

type AskedWorker = Pick<PolicyWorker, 'admit' | 'info'>;

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
  const worker = createPolicyWorker({ controlNamespace: 'sekisho', threads: THREADS, logger: silentLogger });
  try {
    const load = await loader(folder, signal);
    const warmly = async (asked: AskedWorker) => {
      await load(asked, COST_RATE, PART_SECONDS);
      return costOf(await load(asked, COST_RATE, PART_SECONDS));
    };
    const parts = [await warmly(ANSWERS_AT_ONCE)];
    await worker.load({ documents: [] });
    worker.surround('', { put: benchNamespaces() });
    parts.push(await warmly(worker));
    const { policies } = await worker.load({ documents });
    await load(worker, COST_RATE / 2, WARM_UP_SECONDS);
    const figures: Figure[] = [];
    for (const rate of RATES) {
      const report = await load(worker, rate, seconds ?? DEFAULT_SECONDS);
      if (rate === COST_RATE) parts.push(costOf(report));
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
    return [...figures, ...costFigures(parts)];
  } finally {
    await worker.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Stands for the policies where only the way to them is weighed. */
const ANSWERS_AT_ONCE: AskedWorker = {
  info: undefined,
  admit: async () => ({ status: 200, allowed: true, body: Buffer.from('{"response":{"allowed":true}}') }),
};

/** Processor time of a request, ms. */
interface Cost {
  readonly asking: number;
  readonly answering: number;
}

function costOf({ cpuMs, serverCpuMs, latencies: { length } }: Load): Cost {
  return { asking: cpuMs / length, answering: serverCpuMs / length };
}

/** Each part of the way is what a request costs more with it. */
function costFigures([https, thread, engine]: readonly Cost[]): Figure[] {
  if (https === undefined || thread === undefined || engine === undefined) return [];
  const name = (part: string) => `admission at ${COST_RATE}/s: processor time of ${part}`;
  return [
    figure(name('the generator'), engine.asking, 'ms'),
    figure(name('HTTPS'), https.answering, 'ms'),
    figure(name('the way to the thread'), thread.answering - https.answering, 'ms'),
    figure(name('policies'), engine.answering - thread.answering, 'ms'),
  ];
}

/** Sends a load to a server that asks a worker; no two requests are the same. */
async function loader(folder: string, signal: AbortSignal) {
  const certificates = await createBenchCertificates();
  await writeFile(join(folder, 'ca.pem'), certificates.authority);
  let firstNumber = FIRST_NUMBER;
  return async (worker: AskedWorker, perSecond: number, seconds: number): Promise<Load> => {
    const server = await startBenchWebhook(worker, certificates);
    const bodies = range(TEMPLATES).map((index) => podReview(firstNumber + index));
    await writeFile(join(folder, 'bodies.json'), JSON.stringify(bodies));
    const cpu = process.cpuUsage();
    try {
      const url = `${server.url}/v1/admit`;
      const report = await runLoad({ url, folder, firstNumber, perSecond, seconds }, signal);
      const { user, system } = process.cpuUsage(cpu);
      return { ...report, serverCpuMs: (user + system) / 1_000 };
    } finally {
      firstNumber += Math.ceil((perSecond * seconds) / TEMPLATES) * TEMPLATES;
      await server.close();
    }
  };
}

async function runLoad(
  options: { url: string; folder: string; firstNumber: number; perSecond: number; seconds: number },
  signal: AbortSignal,
): Promise<LoadReport> {
  const program = fileURLToPath(new URL('../lib/gates/load.mjs', import.meta.url));
  const { folder, ...rest } = options;
  const files = { caFile: join(folder, 'ca.pem'), bodiesFile: join(folder, 'bodies.json') };
  const given = JSON.stringify({ ...rest, ...files, connections: CONNECTIONS });
  const { stdout } = await promisify(execFile)(process.execPath, [program, given], { signal, maxBuffer: 64 << 20 });
  return JSON.parse(stdout) as LoadReport;
}
