import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ResourceType } from '@sekisho/client';
import { type ProgramResult, repositoryRoot, runKubectl } from '@sekisho/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './lib/eventually.ts';
import { type RemoteGit, startRemoteGit } from './lib/remote-git.ts';
import { CONFIG_MAPS, EVENTS, NAMESPACES, SECRETS } from './lib/resource-types.ts';
import { createSecondCluster, type SecondCluster } from './lib/second-cluster.ts';
import { at, CLI, CLI_ENVIRONMENT } from './lib/sekisho.ts';

/** `sekisho webhook` as a process of its own. */
interface WebhookProcess {
  output(): string;
  /** Where it listens; undefined before. */
  url(): string | undefined;
  /** As a pod is ended; answers the exit code. */
  stop(): Promise<number>;
}

const TEMPLATE = `
apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: noroot}
spec:
  crd: {spec: {names: {kind: NoRoot}}}
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package noroot
        violation[{"msg": msg}] {
          input.review.object.data.user == "root"
          msg := sprintf("%v is of root", [input.review.object.metadata.name])
        }
`;
const CONSTRAINT = `
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: NoRoot
metadata: {name: no-root}
spec:
  match:
    kinds: [{apiGroups: [""], kinds: [ConfigMap]}]
    namespaceSelector: {matchExpressions: [{key: free, operator: DoesNotExist}]}
`;
const MUTATOR = `
apiVersion: mutations.gatekeeper.sh/v1
kind: AssignMetadata
metadata: {name: owner}
spec:
  match: {kinds: [{apiGroups: [""], kinds: [ConfigMap]}]}
  location: metadata.labels.owner
  parameters: {assign: {value: nobody}}
`;

const DEFINITIONS: ResourceType = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  resource: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
};
const PASSWORD = 'webhook-repository-password';

let cluster: SecondCluster;
let remote: RemoteGit;
let webhook: WebhookProcess | undefined;

beforeAll(async () => {
  remote = await startRemoteGit(PASSWORD);
  cluster = await createSecondCluster({ serviceUrl: () => webhook?.url() });
  await mkdir(join(dirname(cluster.kubeconfig), 'home'), { recursive: true });
  const applied = await kubectl('apply', '-k', join(repositoryRoot(), 'deploy/webhook'));
  expect(applied).toMatchObject({ code: 0 });
  webhook = startWebhook();
  await ready();
});
afterAll(async () => {
  await webhook?.stop();
  await cluster?.remove();
  await remote?.close();
});

function startWebhook(): WebhookProcess {
  const words = [
    'webhook',
    '--kubeconfig',
    cluster.kubeconfig,
    '--host',
    '127.0.0.1',
    '--port',
    '0',
    '--drain',
    '0s',
    '--allow-local-git',
  ];
  const child = spawn(process.execPath, [CLI, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...CLI_ENVIRONMENT },
  });
  let output = '';
  const collect = (text: string) => {
    output += text;
  };
  child.stdout.setEncoding('utf8').on('data', collect);
  child.stderr.setEncoding('utf8').on('data', collect);
  const exited = new Promise<number>((done) => child.once('close', (code) => done(code ?? -1)));
  return {
    output: () => output,
    url: () => (child.exitCode === null ? /listening on (https:\/\/\S+)/.exec(output)?.[1] : undefined),
    async stop() {
      child.kill('SIGTERM');
      return exited;
    },
  };
}

async function ready(): Promise<void> {
  await eventually(
    async () => (webhook?.output().includes('ready: policies are asked') ? true : undefined),
    () => `the webhook is not ready:\n${webhook?.output()}`,
  );
}

function kubectl(...args: readonly string[]): Promise<ProgramResult> {
  return runKubectl(args, { kubeconfig: cluster.kubeconfig });
}

function apply(yaml: string, ...flags: readonly string[]): Promise<ProgramResult> {
  return runKubectl(['apply', '-f', '-', ...flags], { kubeconfig: cluster.kubeconfig, input: yaml });
}

function configMap(name: string, user: string, metadata = ''): string {
  return `{apiVersion: v1, kind: ConfigMap, metadata: {name: ${name}, namespace: shop${metadata}}, data: {user: ${user}}}`;
}

/** Until policies that were written a moment ago count. */
async function until(ask: () => Promise<ProgramResult>, wanted: RegExp): Promise<ProgramResult> {
  let last: ProgramResult | undefined;
  return eventually(
    async () => {
      last = await ask();
      return wanted.test(last.stdout + last.stderr) ? last : undefined;
    },
    () => `the last answer was ${JSON.stringify(last)}\n${webhook?.output()}`,
  );
}

async function authority(): Promise<unknown> {
  const secret = await cluster.kube().get(SECRETS, 'sekisho-webhook-tls', 'sekisho');
  return (secret['data'] as Record<string, unknown>)['ca.crt'];
}

const DENIED = /admission webhook "validation.gatekeeper.sh" denied the request: \[no-root\] one is of root/;

describe('a webhook in front of a cluster', () => {
  test('brings the kinds of policies along, and asks those that are applied', async () => {
    for (const yaml of [TEMPLATE, MUTATOR, '{apiVersion: v1, kind: Namespace, metadata: {name: shop}}']) {
      expect(await apply(yaml)).toMatchObject({ code: 0 });
    }
    await until(() => apply(CONSTRAINT), /noroot.*no-root/);
    await until(() => apply(configMap('one', 'root')), DENIED);
    expect(await apply(configMap('two', 'jo'))).toMatchObject({ code: 0 });
  });

  test('mutates', async () => {
    await until(() => apply(configMap('mutated', 'jo')), /created|configured|unchanged/);
    const object = await cluster.kube().get(CONFIG_MAPS, 'mutated', 'shop');
    expect(object.metadata.labels).toEqual({ owner: 'nobody' });
  });

  test('knows a namespace that was made in the same breath', async () => {
    for (const name of ['free-1', 'free-2', 'free-3']) {
      const made = await apply(
        `{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Namespace, metadata: {name: ${name}, labels: {free: ''}}}, {apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: ${name}}, data: {user: root}}]}`,
      );
      expect(made).toMatchObject({ code: 0 });
    }
  });

  test('lets in what a Waiver covers, and what breaks the glass: with a warning, an event and a line', async () => {
    const waiver = `
apiVersion: sekisho.dev/v1alpha1
kind: Waiver
metadata: {name: old, namespace: shop}
spec: {policies: [{name: no-root}, {name: NoRoot}], match: {name: old-*}, reason: being replaced, owner: team-a, expires: '2099-01-01'}
`;
    expect(await apply(waiver)).toMatchObject({ code: 0 });
    await until(() => apply(configMap('old-1', 'root')), /created|unchanged/);
    const glass = await apply(configMap('glass', 'root', `, annotations: {sekisho.dev/break-glass: the shop is down}`));
    expect(glass).toMatchObject({ code: 0 });
    expect(glass.stderr).toContain('Warning: break-glass: [no-root] glass is of root');
    const empty = await apply(configMap('one', 'root', `, annotations: {sekisho.dev/break-glass: ' '}`));
    expect(empty.stderr).toMatch(DENIED);
    expect(webhook?.output()).toMatch(/"msg":"admission by break-glass"/);
    await eventually(async () =>
      (await cluster.kube().list(EVENTS, { namespace: 'shop' })).items.find(
        (event) => event['reason'] === 'BreakGlass' && at(event, 'involvedObject.name') === 'glass',
      ),
    );
  });

  test('asks policies that lie in git, with the credentials of the repository', async () => {
    const { url } = await remote.repository('policies', {
      'policy/user.rego':
        'package main\n\nimport rego.v1\n\ndeny contains "mallory is not let in" if input.data.user == "mallory"\n',
    });
    await cluster.kube().create(SECRETS, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: 'policies',
        namespace: 'sekisho',
        labels: { 'argocd.argoproj.io/secret-type': 'repository' },
      },
      stringData: { url, username: 'mori', password: PASSWORD },
    });
    const source = `{apiVersion: sekisho.dev/v1alpha1, kind: PolicySource, metadata: {name: platform}, spec: {git: {repoURL: '${url}', targetRevision: main}}}`;
    expect(await apply(source)).toMatchObject({ code: 0 });
    const mallory = configMap('git', 'mallory');
    const denied = /denied the request: \[.*\] mallory is not let in/;
    await until(() => apply(mallory, '--dry-run=server'), denied);
    expect(await apply(configMap('git', 'jo'))).toMatchObject({ code: 0 });
    expect(webhook?.output()).not.toContain(PASSWORD);
  });

  test('keeps the label of exempt namespaces for those that are', async () => {
    const label = (name: string) =>
      kubectl('label', '--overwrite', 'namespace', name, 'admission.sekisho.dev/ignore=yes');
    const refused = await label('shop');
    expect(refused.stderr).toContain(
      'admission webhook "check-ignore-label.gatekeeper.sh" denied the request: only exempt namespaces may have the label',
    );
    expect(await label('sekisho')).toMatchObject({ code: 0 });
  });

  test('puts its authority back when a configuration lost it', async () => {
    const webhooks = async () =>
      (
        await kubectl(
          'get',
          'validatingwebhookconfiguration',
          'sekisho',
          '-o',
          'jsonpath={.webhooks[*].clientConfig.caBundle}',
        )
      ).stdout;
    const before = await webhooks();
    expect(before.length).toBeGreaterThan(100);
    const nothing = JSON.stringify([{ op: 'remove', path: '/webhooks/0/clientConfig/caBundle' }]);
    expect(
      await kubectl('patch', 'validatingwebhookconfiguration', 'sekisho', '--type=json', '-p', nothing),
    ).toMatchObject({
      code: 0,
    });
    await eventually(async () => ((await webhooks()) === before ? true : undefined));
    expect((await apply(configMap('one', 'root'))).stderr).toMatch(DENIED);
  });

  test('takes back a policy that denies everything', async () => {
    const everything = `
apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: nothing}
spec:
  crd: {spec: {names: {kind: Nothing}}}
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package nothing
        violation[{"msg": "nothing goes"}] { true }
`;
    expect(await apply(everything)).toMatchObject({ code: 0 });
    const constraint = '{apiVersion: constraints.gatekeeper.sh/v1beta1, kind: Nothing, metadata: {name: at-all}}';
    await until(() => apply(constraint), /created|unchanged/);
    await until(() => apply(configMap('two', 'mo'), '--dry-run=server'), /\[at-all\] nothing goes/);
    const refused = await apply('{apiVersion: v1, kind: Namespace, metadata: {name: other}}');
    expect(refused.stderr).toContain('[at-all] nothing goes');
    expect(await kubectl('delete', 'nothing', 'at-all')).toMatchObject({ code: 0 });
    await until(() => apply(configMap('two', 'mo'), '--dry-run=server'), /configured|created/);
    expect(await kubectl('delete', 'constrainttemplate', 'nothing')).toMatchObject({ code: 0 });
    // Its kind of constraints goes with it.
    const definition = 'nothing.constraints.gatekeeper.sh';
    await eventually(async () =>
      (await cluster.kube().getIfExists(DEFINITIONS, definition)) === undefined ? true : undefined,
    );
  });

  test('lets nothing in while it is away, except the way back', async () => {
    expect(await webhook?.stop()).toBe(0);
    const refused = await apply(configMap('two', 'mo'));
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toMatch(/failed calling webhook "(?:mutation|validation).gatekeeper.sh"/);
    expect(await cluster.kube().getIfExists(NAMESPACES, 'kube-system')).toBeDefined();
    const inSystem =
      '{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: kube-system}, data: {user: root}}';
    expect(await apply(inSystem)).toMatchObject({ code: 0 });
    expect(await apply(CONSTRAINT.replace('no-root', 'other'))).toMatchObject({ code: 0 });
    expect(await kubectl('delete', 'noroot', 'other')).toMatchObject({ code: 0 });
  });

  test('goes on with the same authority when it comes back', async () => {
    const before = await authority();
    expect(before).toBeTypeOf('string');
    webhook = startWebhook();
    await ready();
    expect((await apply(configMap('one', 'root'))).stderr).toMatch(DENIED);
    expect(await authority()).toBe(before);
  });
});
