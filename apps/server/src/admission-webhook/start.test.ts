import { request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import { silentLogger } from '@sekisho/base';
import type { KubeClient, ResourceType } from '@sekisho/client';
import type { KubeObject } from '@sekisho/kube';
import { startTestCluster, type TempDir, type TestCluster, tempDir } from '@sekisho/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AdmissionWebhook, type AdmissionWebhookOptions, startAdmissionWebhook } from './start.ts';

const type = (group: string, version: string, kind: string, resource: string, namespaced = false): ResourceType => ({
  ...{ group, version, kind, resource, namespaced },
});
const DEFINITIONS = type('apiextensions.k8s.io', 'v1', 'CustomResourceDefinition', 'customresourcedefinitions');
const TEMPLATES = type('templates.gatekeeper.sh', 'v1', 'ConstraintTemplate', 'constrainttemplates');
const UNIQUE = type('constraints.gatekeeper.sh', 'v1beta1', 'Unique', 'unique');
const CONFIGS = type('config.gatekeeper.sh', 'v1alpha1', 'Config', 'configs', true);
const SOURCES = type('sekisho.dev', 'v1alpha1', 'PolicySource', 'policysources');
const NAMESPACES = type('', 'v1', 'Namespace', 'namespaces');
const SECRETS = type('', 'v1', 'Secret', 'secrets', true);
const CONFIG_MAPS = type('', 'v1', 'ConfigMap', 'configmaps', true);
const ADMISSION_POLICIES = type(
  'admissionregistration.k8s.io',
  'v1',
  'ValidatingAdmissionPolicy',
  'validatingadmissionpolicies',
);
const ADMISSION_BINDINGS = type(
  'admissionregistration.k8s.io',
  'v1',
  'ValidatingAdmissionPolicyBinding',
  'validatingadmissionpolicybindings',
);

const REGO = `package unique
violation[{"msg": msg}] {
  other := data.inventory.namespace[namespace]["v1"]["ConfigMap"][name]
  other.data.port == input.review.object.data.port
  [namespace, name] != [input.review.object.metadata.namespace, input.review.object.metadata.name]
  msg := sprintf("%v has this port already", [name])
}`;

function of({ group, version, kind }: ResourceType, name: string, fields: object, namespace?: string): KubeObject {
  const apiVersion = group === '' ? version : `${group}/${version}`;
  return { apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) }, ...fields };
}

const configMap = (name: string, data: object) => of(CONFIG_MAPS, name, { data }, 'shop');

describe('startAdmissionWebhook', () => {
  let server: TestCluster;
  let client: KubeClient;
  let folder: TempDir;
  const running: AdmissionWebhook[] = [];

  beforeEach(async () => {
    server = await startTestCluster();
    client = server.client;
    folder = await tempDir('sekisho-webhook-');
    await client.create(NAMESPACES, of(NAMESPACES, 'shop', {}));
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((webhook) => webhook.close(0)));
    await server.close();
    await folder.remove();
  });

  async function start(options: Partial<AdmissionWebhookOptions> = {}): Promise<AdmissionWebhook> {
    const webhook = await startAdmissionWebhook({
      client,
      controlNamespace: 'sekisho',
      exemptNamespaces: ['kube-system'],
      host: '127.0.0.1',
      port: 0,
      certificate: { kind: 'secret', name: 'webhook-tls', hosts: ['localhost', '127.0.0.1'] },
      configuration: 'sekisho',
      threads: 1,
      nativePolicies: false,
      makeKinds: true,
      dataDir: folder.path,
      allowLocalGit: true,
      logger: silentLogger,
      signal: AbortSignal.timeout(30_000),
      ...options,
    });
    running.push(webhook);
    return webhook;
  }

  async function send(url: string, body?: unknown): Promise<{ status: number; text: string }> {
    const secret = await client.get(SECRETS, 'webhook-tls', 'sekisho');
    const ca = Buffer.from((secret['data'] as Record<string, string>)['ca.crt'] ?? '', 'base64').toString();
    return new Promise((resolve, reject) => {
      const method = body === undefined ? 'GET' : 'POST';
      const headers = { 'content-type': 'application/json' };
      const request = httpsRequest(url, { method, ca, headers, agent: false }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      });
      request.on('error', reject);
      request.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  /** What becomes of an object: true, or why not. */
  async function admit({ url }: AdmissionWebhook, object: KubeObject): Promise<string | true> {
    const request = {
      ...{ uid: 'u', kind: { group: '', version: 'v1', kind: object.kind }, operation: 'CREATE', object },
      ...{ resource: { group: '', version: 'v1', resource: 'configmaps' }, userInfo: { username: 'jo' } },
      ...{ name: object.metadata.name, namespace: object.metadata.namespace },
    };
    const { text } = await send(`${url}/v1/admit`, {
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      request,
    });
    const { response } = JSON.parse(text) as { response: { allowed: boolean; status?: { message: string } } };
    return response.allowed ? true : (response.status?.message ?? '');
  }

  async function eventually(check: () => Promise<boolean>): Promise<void> {
    for (let round = 0; round < 400; round++) {
      if (await check()) return;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error('it never came about');
  }

  async function addUnique(): Promise<void> {
    const targets = [{ target: 'admission.k8s.gatekeeper.sh', rego: REGO }];
    await client.create(
      TEMPLATES,
      of(TEMPLATES, 'unique', { spec: { crd: { spec: { names: { kind: 'Unique' } } }, targets } }),
    );
    const kinds = [{ apiGroups: [''], kinds: ['ConfigMap'] }];
    const constraint = of(UNIQUE, 'unique-port', { spec: { match: { kinds } } });
    await eventually(async () =>
      client.create(UNIQUE, constraint).then(
        () => true,
        () => false,
      ),
    );
  }

  it('lets everything in while there is no policy', async () => {
    const webhook = await start();
    await webhook.ready(AbortSignal.timeout(20_000));
    expect(webhook.missing()).toEqual([]);
    expect(await admit(webhook, configMap('a', {}))).toBe(true);
  });

  it('is ready when policies and what they look at are known, not before', async () => {
    const first = await start();
    await first.ready(AbortSignal.timeout(20_000));
    await addUnique();
    const syncOnly = [{ group: '', version: 'v1', kind: 'ConfigMap' }];
    await client.create(NAMESPACES, of(NAMESPACES, 'gatekeeper-system', {}));
    await client.create(CONFIGS, of(CONFIGS, 'config', { spec: { sync: { syncOnly } } }, 'gatekeeper-system'));
    await client.create(CONFIG_MAPS, configMap('one', { port: '80' }));
    let mayList = false;
    const reluctant: KubeClient = {
      ...client,
      list: (kind, options) =>
        kind.kind === 'ConfigMap' && !mayList ? Promise.reject(new Error('not yet')) : client.list(kind, options),
    };
    const webhook = await start({ client: reluctant });
    const { status, text } = await send(`${webhook.url}/readyz`);
    expect([status, text.split('\n')[0]]).toEqual([503, 'policies are not loaded']);
    await eventually(async () => (await send(`${webhook.url}/readyz`)).text.includes('ConfigMap: not yet'));
    const refused = await send(`${webhook.url}/v1/admit`, {});
    expect(refused.status).toBe(503);
    mayList = true;
    await webhook.ready(AbortSignal.timeout(20_000));
    expect((await send(`${webhook.url}/readyz`)).status).toBe(200);
    expect(await admit(webhook, configMap('two', { port: '80' }))).toBe('[unique-port] one has this port already');
    expect(await admit(webhook, configMap('two', { port: '81' }))).toBe(true);
    await client.create(CONFIG_MAPS, configMap('three', { port: '81' }));
    await eventually(async () => (await admit(webhook, configMap('two', { port: '81' }))) !== true);
  });

  it('leaves kinds alone that are not its own', async () => {
    const own = await start();
    await own.ready(AbortSignal.timeout(20_000));
    await addUnique();
    const name = 'unique.constraints.gatekeeper.sh';
    const foreign = [{ op: 'replace', path: '/metadata/labels', value: { by: 'gatekeeper' } }];
    await client.patch(DEFINITIONS, name, undefined, { kind: 'json', body: foreign });
    const spec = { kind: 'merge', body: { spec: { names: { shortNames: ['uq'] } } } } as const;
    await client.patch(DEFINITIONS, name, undefined, spec);
    const other = await start();
    await other.ready(AbortSignal.timeout(20_000));
    await eventually(async () => (await admit(other, configMap('a', {}))) === true);
    const definition = await client.get(DEFINITIONS, name);
    expect(definition.metadata.labels).toEqual({ by: 'gatekeeper' });
  });

  it('asks admission policies that the cluster asks itself only when told to', async () => {
    const rule = { apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'], operations: ['CREATE'] };
    const validations = [{ expression: "!has(object.data) || !('secret' in object.data)", message: 'no secrets here' }];
    await client.create(
      ADMISSION_POLICIES,
      of(ADMISSION_POLICIES, 'plain', { spec: { matchConstraints: { resourceRules: [rule] }, validations } }),
    );
    await client.create(
      ADMISSION_BINDINGS,
      of(ADMISSION_BINDINGS, 'plain', { spec: { policyName: 'plain', validationActions: ['Deny'] } }),
    );
    const [not, asked] = [await start(), await start({ nativePolicies: true })];
    await Promise.all([not, asked].map((webhook) => webhook.ready(AbortSignal.timeout(20_000))));
    expect(await admit(not, configMap('a', { secret: 'x' }))).toBe(true);
    expect(await admit(asked, configMap('a', { secret: 'x' }))).toContain('no secrets here');
  });

  it('denies while the files of a PolicySource can not be had, and says why', async () => {
    const webhook = await start();
    await webhook.ready(AbortSignal.timeout(20_000));
    const git = { repoURL: 'file:///somewhere/else', targetRevision: 'main' };
    await client.create(SOURCES, of(SOURCES, 'platform', { spec: { git } }));
    await eventually(async () => {
      const answer = await admit(webhook, configMap('a', { user: 'jo' }));
      return answer !== true && /files of PolicySource platform can not be had: .*file:/.test(answer);
    });
  });

  it('says what is wrong with its certificate', async () => {
    const certificate = {
      kind: 'files',
      certificate: join(folder.path, 'none'),
      key: join(folder.path, 'none'),
    } as const;
    await expect(start({ certificate })).rejects.toMatchObject({ code: 'ADMISSION_CERTIFICATE' });
    const denied: KubeClient = {
      ...client,
      create: (kind, object, options) =>
        kind.kind === 'Secret'
          ? Promise.reject(new Error('secrets are forbidden'))
          : client.create(kind, object, options),
    };
    const stopped = AbortSignal.timeout(1_500);
    await expect(start({ client: denied, signal: stopped })).rejects.toThrow('timeout');
  });
});
