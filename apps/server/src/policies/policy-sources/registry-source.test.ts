import { silentLogger } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import { createPolicyWorker, type PolicyWorker } from '@sekisho/policy-worker';
import { BUNDLE_TITLE, createRegistryClient, MANIFEST_TYPES, parseReference } from '@sekisho/registry';
import {
  type FakeClock,
  startRegistry,
  startTestCluster,
  type TempDir,
  type TestCluster,
  type TestRegistry,
  tempDir,
} from '@sekisho/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../../applications/kinds.ts';
import { policyDefinitions } from '../definitions/sekisho.ts';
import { type OpenPolicyBook, openPolicyBook } from '../open-policy-book.ts';
import { passingClock } from '../testing/passing-clock.ts';
import { fetchFiles } from './fetch-files.ts';
import { createKeptFiles } from './kept-files.ts';

const SOURCES = {
  group: 'sekisho.dev',
  version: 'v1alpha1',
  resource: 'policysources',
  kind: 'PolicySource',
  namespaced: false,
};
/** Longer than the server waits before it looks whether a tag has moved. */
const POLL_MS = 300_000;

let kube: TestCluster;
let registry: TestRegistry;
let folder: TempDir;
let worker: PolicyWorker;
let auditWorker: PolicyWorker;
let book: OpenPolicyBook;
let clock: FakeClock;

beforeAll(async () => {
  kube = await startTestCluster();
  registry = await startRegistry();
  folder = await tempDir('sekisho-registry-source-');
  for (const definition of policyDefinitions)
    await kube.client.apply(CUSTOM_RESOURCE_DEFINITIONS, definition, { force: true });
  clock = passingClock();
  const createWorker = () => createPolicyWorker({ controlNamespace: 'argocd', clock, logger: silentLogger });
  worker = createWorker();
  auditWorker = createWorker();
  const access = {
    sources: { repository: () => Promise.reject(new Error('there is no repository of git')) },
    credentials: { charts: async () => ({ plainHttp: true }) },
    allowLoopback: true,
  };
  book = openPolicyBook({
    client: kube.client,
    worker,
    auditWorker,
    files: {
      fetch: (place, known, signal) => fetchFiles(place, known, access, signal),
      kept: createKeptFiles(folder.path, silentLogger),
      onRepositoryChange: () => {},
    },
    clock,
    logger: silentLogger,
  });
  await book.ready(new AbortController().signal);
});
afterAll(async () => {
  await book?.close();
  await Promise.all([worker?.close(), auditWorker?.close()]);
  await registry?.close();
  await kube?.close();
  await folder?.remove();
});

/** As `conftest push` and `oras push` do. */
async function push(text: string): Promise<string> {
  const client = createRegistryClient({ plainHttp: true });
  try {
    const reference = parseReference(`${registry.host}/team/policies:stable`);
    const config = await client.putBlob(reference, Buffer.from('{}'), 'application/vnd.unknown.config.v1+json');
    const layer = await client.putBlob(
      reference,
      Buffer.from(text),
      'application/vnd.cncf.openpolicyagent.policy.layer.v1+rego',
    );
    return await client.putManifest(reference, {
      schemaVersion: 2,
      mediaType: MANIFEST_TYPES.image,
      config,
      layers: [{ ...layer, annotations: { [BUNDLE_TITLE]: 'policy/main.rego' } }],
    });
  } finally {
    await client.close();
  }
}

const denying = (message: string) =>
  `package main\nimport rego.v1\ndeny contains "${message}" if input.kind == "ConfigMap"\n`;
const map: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'map', namespace: 'default' } };
const judged = async () =>
  (await worker.judge({ object: map }, { gate: 'admission' })).map(({ decision, message }) => `${decision} ${message}`);

interface SourceStatus {
  readonly revision?: string;
  readonly conditions?: readonly { readonly status: string; readonly reason: string; readonly message: string }[];
}
const statusOfSource = async () => ((await kube.client.get(SOURCES, 'platform'))['status'] ?? {}) as SourceStatus;

/** Polls the registry until the status says what is asked for. */
async function untilStatus(isSo: (status: SourceStatus) => boolean): Promise<SourceStatus> {
  let status: SourceStatus = {};
  for (const end = Date.now() + 20_000; Date.now() < end; ) {
    status = await statusOfSource();
    if (isSo(status)) return status;
    await clock.advance(POLL_MS);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`the status stays ${JSON.stringify(status)}`);
}
const readyAt = (digest: string) => (status: SourceStatus) =>
  status.revision === digest && status.conditions?.[0]?.status === 'True';

test('a bundle that was never good denies; one in a registry is in force, then the next one under its tag; a bad one is refused and the last good one stays', async () => {
  await push('package main\ndeny {');
  await kube.client.create(SOURCES, {
    apiVersion: 'sekisho.dev/v1alpha1',
    kind: 'PolicySource',
    metadata: { name: 'platform' },
    spec: { oci: { url: `oci://${registry.host}/team/policies:stable` } },
  });
  await untilStatus(({ conditions }) => conditions?.[0]?.reason === 'Invalid');
  const [nothing] = await judged();
  expect(nothing).toMatch(
    /^deny No answer: the files of PolicySource platform have a fault: policy\/main\.rego:2:1: .*rego_parse_error/,
  );
  expect(book.isUnavailable('rego/platform/main')).toBe(true);

  const first = await push(denying('no maps'));
  await untilStatus(readyAt(first));
  expect(await judged()).toEqual(['deny no maps']);
  expect(book.isUnavailable('rego/platform/main')).toBe(false);

  const second = await push(denying('still no maps'));
  await untilStatus(readyAt(second));
  expect(await judged()).toEqual(['deny still no maps']);

  await push('package main\ndeny {');
  const broken = await untilStatus(({ conditions }) => conditions?.[0]?.reason === 'Invalid');
  expect(broken.conditions?.[0]?.message).toMatch(/^policy\/main\.rego:2: rego_parse_error/);
  expect(await judged()).toEqual(['deny still no maps']);

  const third = await push(denying('no maps at all'));
  await untilStatus(readyAt(third));
  expect(await judged()).toEqual(['deny no maps at all']);

  registry.intercept = (request, response) => {
    if (request.url?.includes('/blobs/') !== true) return false;
    response.writeHead(200).end('something else');
    return true;
  };
  await push(denying('tampered with'));
  const tampered = await untilStatus(({ conditions }) => conditions?.[0]?.reason === 'Unreachable');
  expect(tampered.conditions?.[0]?.message).toContain('digest');
  expect(await judged()).toEqual(['deny no maps at all']);
});
