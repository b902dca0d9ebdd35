import { join } from 'node:path';
import { type ProgramResult, runKubectl, tempDir } from '@sekisho/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './lib/eventually.ts';
import { type Sekisho, startSekisho } from './lib/sekisho.ts';

let sekisho: Sekisho;
let data: Awaited<ReturnType<typeof tempDir>>;

beforeAll(async () => {
  data = await tempDir('sekisho-admission-');
  sekisho = await startSekisho({ dataDir: join(data.path, 'data') });
});
afterAll(async () => {
  await sekisho?.close();
  await data?.remove();
});

function kubectl(command: string, input?: string): Promise<ProgramResult> {
  const { kubeconfigPath } = sekisho.server;
  return runKubectl(command.split(' '), { kubeconfig: kubeconfigPath, ...(input === undefined ? {} : { input }) });
}

async function ok(command: string, input?: string): Promise<ProgramResult> {
  const result = await kubectl(command, input);
  if (result.code !== 0) throw new Error(`kubectl ${command} ended with ${result.code}: ${result.stderr}`);
  return result;
}

/** What it says when it fails, as it must. */
async function refused(command: string, input?: string): Promise<string> {
  const { code, stdout, stderr } = await kubectl(command, input);
  if (code === 0) throw new Error(`kubectl ${command} should have failed but said: ${stdout}`);
  return stderr;
}

async function applied(yaml: string): Promise<void> {
  await ok('apply -f -', yaml);
}

async function get(path: string): Promise<unknown> {
  const { url, token } = sekisho.server;
  const answer = await fetch(new URL(path, url), { headers: { authorization: `Bearer ${token}` } });
  return answer.json();
}

const policies = async () => ((await get('/api/v1/policies')) as { items: { id: string }[] }).items.map(({ id }) => id);

function untilCounts(id: string): Promise<true> {
  return eventually(
    async () => ((await policies()).includes(id) ? true : undefined),
    () => `${id} does not count`,
  );
}

const template = (kind: string, rego: string) => `apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: ${kind.toLowerCase()}}
spec:
  crd:
    spec:
      names: {kind: ${kind}}
      validation:
        openAPIV3Schema:
          type: object
          properties: {labels: {type: array, items: {type: string}}}
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
${rego.replace(/^/gm, '        ')}
`;
const LABELS = `package requiredlabels
violation[{"msg": msg}] {
  wanted := input.parameters.labels[_]
  not input.review.object.metadata.labels[wanted]
  msg := sprintf("the label %v is missing", [wanted])
}`;
const constraint = (name: string, kinds: string, more = '') => `apiVersion: constraints.gatekeeper.sh/v1beta1
kind: RequiredLabels
metadata: {name: ${name}}
spec:
  match: {kinds: [{apiGroups: [""], kinds: [${kinds}]}]}
  parameters: {labels: [owner]}
${more}`;
const waiver = (name: string, expires: string, policy = 'RequiredLabels') => `apiVersion: sekisho.dev/v1alpha1
kind: Waiver
metadata: {name: ${name}, namespace: default}
spec:
  policies: [{name: ${JSON.stringify(policy)}}]
  reason: the old shop has none
  owner: team-shop
  expires: ${JSON.stringify(expires)}
`;

describe('admission to the embedded cluster', () => {
  beforeAll(async () => {
    await applied(template('RequiredLabels', LABELS));
    await ok('wait --for=condition=Established crd/requiredlabels.constraints.gatekeeper.sh --timeout=30s').catch(
      async () => {
        await eventually(async () => (await kubectl('get requiredlabels')).code === 0 || undefined);
      },
    );
    await applied(
      `${constraint('owner', 'ConfigMap')}---\n${constraint('advice', 'Secret', '  enforcementAction: warn')}`,
    );
    await untilCounts('gatekeeper/RequiredLabels/owner');
    await untilCounts('gatekeeper/RequiredLabels/advice');
  });

  test('refuses with the message of the policy', async () => {
    expect(await refused('create configmap shop')).toContain(
      'admission "policies.sekisho.dev" denied the request: [owner] the label owner is missing',
    );
    expect(await refused('create configmap shop --dry-run=server')).toContain('the label owner is missing');
    expect((await kubectl('get configmap shop')).code).not.toBe(0);
  });

  test('warns where the policy only warns', async () => {
    const { stderr } = await ok('create secret generic login --from-literal=a=b');
    expect(stderr).toContain('Warning: [advice] the label owner is missing');
  });

  test('lets pass what is as it should be, and what is not asked about', async () => {
    await applied('{apiVersion: v1, kind: ConfigMap, metadata: {name: good, labels: {owner: me}}}');
    expect(await refused('label configmap good owner-')).toContain('the label owner is missing');
    await ok('create serviceaccount someone');
  });

  test('a waiver counts from the moment it is written', async () => {
    const { stdout } = await ok(
      'apply -f -',
      `${waiver('old-shop', '2099-12-31')}---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: waived}}\n`,
    );
    expect(stdout).toContain('configmap/waived created');
    await ok('delete waiver old-shop');
    await eventually(async () => ((await kubectl('create configmap another')).code === 0 ? undefined : true));
  });

  test('a waiver that has expired, or has a fault, does not', async () => {
    await applied(`${waiver('past', '2020-01-01')}---\n${waiver('nonsense', 'tomorrow')}`);
    expect(await refused('create configmap late')).toContain('the label owner is missing');
    await eventually(
      async () => {
        const { stdout } = await ok('get waivers -o jsonpath={range.items[*]}{.metadata.name}={.status.state};{end}');
        return stdout.includes('past=Expired') && stdout.includes('nonsense=Invalid') ? true : undefined;
      },
      () => 'the waivers do not tell their state',
    );
    await ok('delete waivers --all');
  });

  test('whoever breaks the glass is let in, and written down', async () => {
    const broken = (reason: string) =>
      `{apiVersion: v1, kind: ConfigMap, metadata: {name: urgent, annotations: {sekisho.dev/break-glass: "${reason}"}}}`;
    expect(await refused('apply -f -', broken(' '))).toContain('the label owner is missing');
    const { stderr } = await ok('apply -f -', broken('incident 4711'));
    expect(stderr).toContain('the label owner is missing');
    const entry = await eventually(async () => {
      const { items } = (await get('/api/v1/audit?action=admission.break-glass')) as { items: AuditEntry[] };
      return items[0];
    });
    expect(entry).toMatchObject({
      reason: 'incident 4711',
      outcome: 'succeeded',
      object: { type: 'configmap', namespace: 'default', name: 'urgent' },
      details: { verdicts: [{ policy: 'gatekeeper/RequiredLabels/owner', message: 'the label owner is missing' }] },
    });
    expect(entry.actor.user).not.toBe('');
    const refusals = (await get('/api/v1/audit?action=admission.deny')) as { items: AuditEntry[] };
    expect(refusals.items.some(({ object }) => object.name === 'shop')).toBe(true);
  });

  test('a mutation changes what is written', async () => {
    await applied(`apiVersion: mutations.gatekeeper.sh/v1
kind: Assign
metadata: {name: pull-always}
spec:
  applyTo: [{groups: [""], kinds: [Pod], versions: [v1]}]
  match: {scope: Namespaced, kinds: [{apiGroups: [""], kinds: [Pod]}]}
  location: "spec.containers[name:*].imagePullPolicy"
  parameters: {assign: {value: Always}}
`);
    await eventually(
      async () => {
        await kubectl('delete pod changed --ignore-not-found --now');
        await ok('run changed --image=nginx:1.27');
        const { stdout } = await ok('get pod changed -o jsonpath={.spec.containers[0].imagePullPolicy}');
        return stdout === 'Always' ? true : undefined;
      },
      () => 'the pod is not mutated',
    );
  });

  test('labels of a Namespace hold its pods to a Pod Security Standard', async () => {
    await applied(
      '{apiVersion: v1, kind: Namespace, metadata: {name: strict, labels: {pod-security.kubernetes.io/enforce: baseline}}}',
    );
    const pod = (extra: string) =>
      `{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: strict}, spec: {${extra}containers: [{name: c, image: nginx:1.27}]}}`;
    expect(await refused('apply -f -', pod('hostNetwork: true, '))).toMatch(/denied the request/);
    await applied(pod(''));
  });

  test('policies of Kubernetes itself are asked', async () => {
    await applied(`apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: few-replicas}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments]}]
  validations: [{expression: "object.spec.replicas <= 5", message: "no more than 5 replicas"}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: few-replicas}
spec: {policyName: few-replicas, validationActions: [Deny]}
`);
    await eventually(
      async () => {
        const result = await kubectl('create deployment many --image=nginx:1.27 --replicas=6 --dry-run=server');
        return result.stderr.includes('no more than 5 replicas') ? true : undefined;
      },
      () => 'the admission policy is not asked',
    );
    await ok('delete validatingadmissionpolicy few-replicas');
  });
});

describe('policies with faults', () => {
  test('a template that does not compile says why, others go on', async () => {
    await applied(template('Broken', 'package broken\nviolation[{"msg": msg}] { msg := nothing }'));
    const status = await eventually(async () => {
      const { stdout } = await ok('get constrainttemplate broken -o json');
      const { status: found } = JSON.parse(stdout) as { status?: TemplateStatus };
      return found?.byPod === undefined ? undefined : found;
    });
    expect(status.created).toBe(false);
    expect(status.byPod?.[0]?.errors?.[0]?.message).toMatch(/unsafe|nothing/);
    expect((await kubectl('get crd broken.constraints.gatekeeper.sh')).code).not.toBe(0);
    expect(await refused('create configmap shop')).toContain('the label owner is missing');
  });

  test('parameters are held against the schema of the template', async () => {
    const wrong = constraint('wrong', 'Secret').replace('labels: [owner]', 'labels: 7');
    expect(await refused('apply -f -', wrong)).toContain('spec.parameters.labels');
    expect(
      await refused('apply -f -', constraint('nobody', 'Secret').replace('RequiredLabels', 'NoTemplate')),
    ).toContain('no matches for kind "NoTemplate"');
  });

  test('a slip in a template does not open the gate', async () => {
    await applied(template('RequiredLabels', `${LABELS}\nviolation[{"msg": msg}] { msg := oops }`));
    await eventually(async () => {
      const { stdout } = await ok('get constrainttemplate requiredlabels -o jsonpath={.status.created}');
      return stdout === 'false' ? true : undefined;
    });
    expect(await refused('create configmap shop')).toContain('the label owner is missing');
    await applied(template('RequiredLabels', LABELS));
    await eventually(async () => {
      const { stdout } = await ok('get constrainttemplate requiredlabels -o jsonpath={.status.created}');
      return stdout === 'true' ? true : undefined;
    });
  });

  test('a source that is away denies until it is there, and is named', async () => {
    const source = (repoURL: string) => `apiVersion: sekisho.dev/v1alpha1
kind: PolicySource
metadata: {name: platform}
spec:
  git: {repoURL: ${repoURL}}
  match: {kinds: [{apiGroups: [""], kinds: [Service]}]}
`;
    await applied(source('embedded:policies'));
    const ready = '{.status.conditions[?(@.type=="Ready")]';
    await eventually(async () => {
      const { stdout } = await ok(`get policysource platform -o jsonpath=${ready}.status}`);
      return stdout === 'False' ? true : undefined;
    });
    const said = await eventually(async () => {
      const { code, stderr } = await kubectl('create service clusterip shop --tcp=80 --dry-run=server');
      return code === 0 ? undefined : stderr;
    });
    expect(said).toContain('PolicySource platform');
    await ok('create serviceaccount unaffected');

    const repo = await sekisho.repository('policies', {
      'policy/services.rego':
        'package main\nimport rego.v1\ndeny contains msg if {\n  input.spec.type == "NodePort"\n  msg := "no node ports"\n}\n',
    });
    await eventually(async () => {
      const { stdout } = await ok(`get policysource platform -o jsonpath=${ready}.status}`);
      return stdout === 'True' ? true : undefined;
    });
    await ok('create service clusterip shop --tcp=80 --dry-run=server');
    expect(await refused('create service nodeport shop --tcp=80')).toContain('no node ports');

    await repo.push({ 'policy/services.rego': null });
    await eventually(async () => {
      const { stdout } = await ok(`get policysource platform -o jsonpath=${ready}.message}`);
      return stdout.includes('no policies') && stdout.includes('count on') ? true : undefined;
    });
    expect(await refused('create service nodeport shop --tcp=80')).toContain('no node ports');
  });

  test('a policy that denies everything can be taken back, and the cluster lives', async () => {
    await applied(template('DenyAll', 'package denyall\nviolation[{"msg": "no"}] { true }'));
    await eventually(async () => ((await kubectl('get denyall')).code === 0 ? true : undefined));
    await applied('{apiVersion: constraints.gatekeeper.sh/v1beta1, kind: DenyAll, metadata: {name: everything}}');
    await untilCounts('gatekeeper/DenyAll/everything');
    expect(await refused('create namespace lost')).toContain('[everything] no');
    expect(await refused('apply -f -', waiver('way-out', '2099-01-01', '*'))).toContain('[everything] no');
    await ok('create configmap own -n argocd');
    await ok('create configmap system -n kube-system');
    await applied(
      '{apiVersion: argoproj.io/v1alpha1, kind: AppProject, metadata: {name: shop, namespace: argocd}, spec: {}}',
    );
    await ok('wait --for=condition=Ready node --all --timeout=30s');
    await ok('delete denyall everything');
    await ok('delete constrainttemplate denyall');
    await eventually(async () =>
      (await kubectl('get crd denyall.constraints.gatekeeper.sh')).code === 0 ? undefined : true,
    );
    await eventually(async () => ((await kubectl('create namespace found')).code === 0 ? true : undefined));
  });
});

test('after a restart policies count from the first write on', async () => {
  const dataDir = sekisho.dataDir;
  await sekisho.close();
  sekisho = await startSekisho({ dataDir });
  expect(await refused('create configmap shop')).toContain('the label owner is missing');
  expect(await refused('create service nodeport shop --tcp=80')).toContain('no node ports');
});

interface AuditEntry {
  readonly actor: { readonly user: string };
  readonly object: { readonly name: string };
}

interface TemplateStatus {
  readonly created?: boolean;
  readonly byPod?: readonly { readonly errors?: readonly { readonly message: string }[] }[];
}
