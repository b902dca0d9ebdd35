import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { silentLogger, systemClock } from '@sekisho/base';
import type { AuditChange, PolicyDocument } from '@sekisho/policy';
import { createPolicyWorker, type PolicySetInfo } from '@sekisho/policy-worker';
import { createAuditor } from '../../apps/server/src/policy-audit/auditor.ts';
import { fakeCluster } from '../../apps/server/src/policy-audit/testing/fake-cluster.ts';
import { readGatekeeperLibrary } from '../../conformance/lib/gatekeeper-library.ts';
import { FAILS_FOR_TWO_PROBES } from '../lib/gates/library-policies.ts';
import { auditedObjects, changedObject } from './audited-objects.ts';

/** What the process measured. */
export interface AuditMeasures {
  readonly objects: number;
  readonly constraints: number;
  readonly violations: number;
  readonly wholeMs: number;
  /** Of all processors, while everything was asked about. */
  readonly wholeCpuMs: number;
  /** Longest that the event loop was held up. */
  readonly heldMs: number;
  /** One object's change, until its verdicts are known; the median and the worst of some. */
  readonly changeMs: number;
  readonly worstChangeMs: number;
  /** One constraint's change, until it was asked about everything. */
  readonly policyMs: number;
  readonly maxRssMb: number;
}

const CLUSTER = 'https://kubernetes.default.svc';
const CHANGES = 50;

/** Constraints of Gatekeeper's library, with their templates. */
function libraryPolicies(root: string, count: number): PolicyDocument[] {
  const templates = new Map<string, PolicyDocument>();
  const constraints = new Map<string, PolicyDocument>();
  const folder = join(root, '../shared/conformance/gatekeeper-library');
  for (const { template, constraint } of existsSync(folder) ? readGatekeeperLibrary(folder) : []) {
    const { kind, metadata } = constraint.object;
    const id = `${kind}/${metadata.name}`;
    if (constraints.size >= count || constraints.has(id) || FAILS_FOR_TWO_PROBES.has(kind)) continue;
    if (!templates.has(kind)) templates.set(kind, template);
    constraints.set(id, constraint);
  }
  return [...templates.values(), ...constraints.values()];
}

/** Longest time between two turns of the event loop since it was asked last. */
function watchEventLoop() {
  let longest = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last - 1);
    last = now;
  }, 1);
  return {
    stop() {
      clearInterval(timer);
      return longest;
    },
  };
}

async function measure(root: string, count: number, constraintCount: number): Promise<AuditMeasures> {
  const worker = createPolicyWorker({ threads: 1, controlNamespace: 'argocd', logger: silentLogger });
  const documents = libraryPolicies(root, constraintCount);
  let info: PolicySetInfo = await worker.load({ documents });
  const listeners = new Set<() => void>();
  const cluster = fakeCluster(CLUSTER, auditedObjects(count));
  let told = (_change: AuditChange) => {};
  const eventLoop = watchEventLoop();
  const begun = performance.now();
  const cpu = process.cpuUsage();
  const auditor = createAuditor({
    policies: {
      worker,
      info: () => info,
      onChange(listener) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    },
    controlNamespace: 'argocd',
    onChange: (change) => told(change),
    clock: systemClock,
    logger: silentLogger,
  });
  auditor.addCluster(cluster);
  await auditor.idle();
  const wholeMs = performance.now() - begun;
  const { user, system } = process.cpuUsage(cpu);
  const heldMs = eventLoop.stop();
  const violations = [...auditor.violations()].length;

  const times: number[] = [];
  for (let i = 0; i < CHANGES; i++) {
    const at = performance.now();
    const known = new Promise<void>((resolve) => {
      told = () => resolve();
    });
    // A pod.
    cluster.put(changedObject(i * 40 + 1));
    await known;
    times.push(performance.now() - at);
  }
  await auditor.idle();
  times.sort((a, b) => a - b);

  const changedAt = performance.now();
  info = await worker.load({ documents: documents.map(otherParameters) });
  for (const listener of listeners) listener();
  await auditor.idle();
  const policyMs = performance.now() - changedAt;
  await auditor.close();
  await worker.close();
  return {
    objects: count,
    constraints: info.policies.length,
    violations,
    wholeMs,
    wholeCpuMs: (user + system) / 1000,
    heldMs,
    changeMs: times[CHANGES >> 1] ?? Number.NaN,
    worstChangeMs: times.at(-1) ?? Number.NaN,
    policyMs,
    maxRssMb: process.resourceUsage().maxRSS / 1024,
  };
}

/** One of them asks something else. */
function otherParameters(document: PolicyDocument): PolicyDocument {
  const { object } = document;
  if (object.kind !== 'K8sPSPPrivilegedContainer') return document;
  const spec = object['spec'] as Readonly<Record<string, unknown>>;
  return { ...document, object: { ...object, spec: { ...spec, parameters: { exemptImages: ['nobody/*'] } } } };
}

// Threads alone do not keep a process alive.
const alive = setInterval(() => {}, 60_000);
const [root = '', objects = '', constraints = ''] = process.argv.slice(2);
process.send?.(await measure(root, Number(objects), Number(constraints)));
process.disconnect?.();
clearInterval(alive);
