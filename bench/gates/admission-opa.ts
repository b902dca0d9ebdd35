import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { silentLogger } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import { compileGatekeeper, type PolicyDocument } from '@sekisho/policy';
import { createPolicyWorker } from '@sekisho/policy-worker';
import { atLeast, figure, percentile, range } from '../lib/figures.ts';
import { askJson } from '../lib/gates/https.ts';
import { FAILS_FOR_TWO_PROBES, libraryPolicies } from '../lib/gates/library-policies.ts';
import { startOpa } from '../lib/gates/opa-server.ts';
import { benchNamespaces, createBenchCertificates, podReview, startBenchWebhook } from '../lib/gates/webhook.ts';
import { findOpa } from '../lib/rego/opa.ts';
import type { Figure, RunOptions } from '../shape.ts';

const POLICIES = 30;
const PODS = 1_000;
/** Of these both must say the same. */
const COMPARED = 100;
const CONNECTIONS = 16;
const WARM_UP_SECONDS = 4;
const DEFAULT_SECONDS = 6;

/** A server that answers AdmissionReviews. */
interface Reviewer {
  readonly name: string;
  readonly url: string;
  /** Processor time until now, of all threads. */
  cpuMs(): number;
}

interface LoadReport {
  readonly latencies: readonly number[];
  readonly failed: number;
  readonly seconds: number;
}

/** The webhook server and `opa` with the same Rego of Gatekeeper's library, each asked over HTTPS as fast as it answers. */
export async function benchAdmissionBesideOpa(options: RunOptions): Promise<readonly Figure[]> {
  const { root, progress } = options;
  const opa = findOpa();
  const policies = libraryPolicies(root, POLICIES);
  if (opa === undefined || policies === undefined) {
    progress(
      `admission beside opa: skipped, ${opa === undefined ? 'no opa on PATH and no OPA_BIN' : '../shared is not there'}`,
    );
    return [];
  }
  const documents = inRego(policies);
  const folder = await mkdtemp(join(tmpdir(), 'sekisho-bench-opa-'));
  const certificates = await createBenchCertificates();
  const theirs = await startOpa(opa, documents, certificates, folder);
  const worker = createPolicyWorker({ controlNamespace: 'sekisho', logger: silentLogger });
  const server = await startBenchWebhook(worker, certificates);
  try {
    await worker.load({ documents });
    worker.surround('', { put: benchNamespaces() });
    await writeFile(join(folder, 'ca.pem'), certificates.authority);
    await writeFile(join(folder, 'bodies.json'), JSON.stringify(range(PODS).map(podReview)));
    const ours: Reviewer = { name: 'sekisho', url: `${server.url}/v1/admit`, cpuMs: ownProcessorTime };
    await expectSameAnswers(ours.url, theirs.url, certificates.authority);
    const of = {
      ours: await measured(ours, folder, options),
      opa: await measured({ ...theirs, name: 'opa' }, folder, options),
    };
    return [
      ...of.ours.figures,
      ...of.opa.figures,
      atLeast('admission, requests/s beside opa', of.ours.perSecond / of.opa.perSecond, 1),
      atLeast('admission, processor time beside opa', of.opa.cpuMs / of.ours.cpuMs, 1),
    ];
  } finally {
    await theirs.close();
    await server.close();
    await worker.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Templates whose Rego has an answer for every Pod, without what they say in CEL, and their constraints. */
function inRego(documents: readonly PolicyDocument[]): readonly PolicyDocument[] {
  const { constraints } = compileGatekeeper(documents, { engine: 'Rego' });
  const kinds = new Set(
    constraints.flatMap(({ template }) =>
      template.code.engine === 'Rego' && !FAILS_FOR_TWO_PROBES.has(template.kind) ? [template.kind] : [],
    ),
  );
  return documents.flatMap(({ object }) => {
    if (object.kind !== 'ConstraintTemplate') return kinds.has(object.kind) ? [{ object }] : [];
    return kinds.has(kindOf(object)) ? [{ object: withoutCel(object) }] : [];
  });
}

interface Target {
  readonly code?: readonly { readonly engine: string }[];
}

interface TemplateSpec {
  readonly crd: { readonly spec: { readonly names: { readonly kind: string } } };
  readonly targets: readonly Target[];
}

function kindOf(template: KubeObject): string {
  return (template['spec'] as TemplateSpec).crd.spec.names.kind;
}

function withoutCel(template: KubeObject): KubeObject {
  const spec = template['spec'] as TemplateSpec;
  const targets = spec.targets.map((target) =>
    target.code === undefined
      ? target
      : { ...target, code: target.code.filter(({ engine }) => engine !== 'K8sNativeValidation') },
  );
  return { ...template, spec: { ...spec, targets } };
}

function ownProcessorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** @throws Error that names a Pod of which they count not the same violations */
async function expectSameAnswers(ours: string, theirs: string, ca: string): Promise<void> {
  for (const number of range(COMPARED)) {
    const body = JSON.stringify(podReview(number));
    const [mine, other] = [await violationsOf(ours, body, ca), await violationsOf(theirs, body, ca)];
    if (mine !== other) throw new Error(`pod ${number} has ${mine} violations here and ${other} with opa`);
  }
}

/** Lines of a denial's message; ours ends with `and 3 more` where there are many. */
async function violationsOf(url: string, body: string, ca: string): Promise<number> {
  const { response } = (await askJson(url, { ca, body })) as {
    response: { allowed: boolean; status?: { message?: string } };
  };
  if (response.allowed) return 0;
  const message = response.status?.message ?? '';
  const more = /^and (\d+) more$/m.exec(message)?.[1];
  return message.split('\n').filter((line) => line.startsWith('[')).length + Number(more ?? 0);
}

async function measured(reviewer: Reviewer, folder: string, { seconds, signal, progress }: RunOptions) {
  await runLoad(reviewer, folder, WARM_UP_SECONDS, signal);
  const before = reviewer.cpuMs();
  const report = await runLoad(reviewer, folder, seconds ?? DEFAULT_SECONDS, signal);
  const { latencies } = report;
  const cpuMs = (reviewer.cpuMs() - before) / latencies.length;
  const perSecond = latencies.length / report.seconds;
  const [p50, p99] = [percentile(latencies, 50), percentile(latencies, 99)];
  const name = `admission in Rego, ${CONNECTIONS} connections: ${reviewer.name}`;
  progress(
    `${name}: ${perSecond.toFixed(0)}/s, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, ` +
      `${cpuMs.toFixed(2)} ms of processor time each, ${report.failed} failed`,
  );
  const figures: readonly Figure[] = [
    { name, value: Math.round(perSecond), unit: '1/s' },
    figure(`${name}: p50`, p50, 'ms'),
    figure(`${name}: p99`, p99, 'ms'),
    figure(`${name}: processor time of a request`, cpuMs, 'ms'),
    figure(`${name}: failed`, report.failed, 'requests'),
  ];
  return { perSecond, cpuMs, figures };
}

async function runLoad({ url }: Reviewer, folder: string, seconds: number, signal: AbortSignal): Promise<LoadReport> {
  const program = fileURLToPath(new URL('../lib/gates/closed-loop.mjs', import.meta.url));
  const options = {
    url,
    caFile: join(folder, 'ca.pem'),
    bodiesFile: join(folder, 'bodies.json'),
    seconds,
    connections: CONNECTIONS,
  };
  const { stdout } = await promisify(execFile)(process.execPath, [program, JSON.stringify(options)], {
    signal,
    maxBuffer: 64 << 20,
  });
  return JSON.parse(stdout) as LoadReport;
}
