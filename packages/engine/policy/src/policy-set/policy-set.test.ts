import type { KubeObject } from '@sekisho/kube';
import { describe, expect, it, test } from 'vitest';
import { documentsOf } from '../gatekeeper/testing/documents.ts';
import { compilePolicySet, type PolicySetOptions } from './compile-policy-set.ts';
import { createSurroundings } from './surroundings.ts';
import { constraint, NO_PRIVILEGED, PRIVILEGED, pod, stackroxPolicy } from './testing/policies.ts';
import type { GateContext, GateRequest, PolicyBundle } from './types.ts';

function setOf(text: string, bundles: readonly PolicyBundle[] = [], options: PolicySetOptions = {}) {
  return compilePolicySet({ documents: documentsOf(text), bundles }, options);
}

function contextOf(objects: readonly KubeObject[] = [], rest: Partial<GateContext> = {}): GateContext {
  const surroundings = createSurroundings();
  for (const object of objects) surroundings.put(object);
  return { gate: 'sync', now: Date.UTC(2026, 0, 1), surroundings, ...rest };
}

function namespace(name: string, labels: Record<string, string> = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}

const creation = (object: KubeObject): GateRequest => ({ object });

describe('constraints', () => {
  it('deny, with id, policy, subject and field', () => {
    const set = setOf(NO_PRIVILEGED);
    expect(set.diagnostics).toEqual([]);
    expect(set.policies[0]).toMatchObject({
      id: 'gatekeeper/NoPrivileged/none',
      policy: { kind: 'gatekeeper', name: 'NoPrivileged', rule: 'none' },
      action: 'deny',
      gates: ['check', 'sync', 'admission', 'audit'],
      kinds: ['Pod'],
      readsSurroundings: false,
    });
    const origin = { file: 'web.yaml', line: 3 };
    expect(set.judge({ object: PRIVILEGED, origin }, contextOf())).toMatchObject([
      {
        decision: 'deny',
        severity: 'high',
        policyId: 'gatekeeper/NoPrivileged/none',
        subject: { kind: 'Pod', namespace: 'shop', name: 'web', origin },
        message: 'web is privileged',
      },
    ]);
    expect(set.judge(creation(pod({})), contextOf())).toEqual([]);
  });

  test.each([
    ['{enforcementAction: warn}', { check: 'warn', sync: 'warn', admission: 'warn', audit: 'warn' }],
    ['{enforcementAction: dryrun}', { check: 'allow', sync: 'allow', admission: 'allow', audit: 'allow' }],
    [scoped('deny', 'validation.gatekeeper.sh'), { check: 'deny', sync: 'deny', admission: 'deny' }],
    [scoped('warn', 'audit.gatekeeper.sh'), { audit: 'warn' }],
    [scoped('deny', 'sync.sekisho.dev'), { sync: 'deny' }],
    [scoped('deny', 'gator.gatekeeper.sh'), { check: 'deny' }],
    [scoped('warn', '*'), { check: 'warn', sync: 'warn', admission: 'warn', audit: 'warn' }],
  ])('%s', (spec, expected) => {
    const set = setOf(constraint(spec));
    const found = (['check', 'sync', 'admission', 'audit'] as const).flatMap((gate) =>
      set.judge(creation(PRIVILEGED), contextOf([], { gate })).map(({ decision }) => [gate, decision]),
    );
    expect(Object.fromEntries(found)).toEqual(expected);
    expect(set.policies[0]?.gates).toEqual(Object.keys(expected));
  });

  it('are asked about what expansions lead to', () => {
    const set = setOf(`${NO_PRIVILEGED}${EXPANSION}`);
    const deployment: KubeObject = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'shop' },
      spec: { template: { metadata: { labels: { app: 'web' } }, spec: PRIVILEGED['spec'] } },
    };
    expect(set.judge(creation(deployment), contextOf())).toMatchObject([
      { message: '[Implied by pods] web-pod is privileged', decision: 'warn', subject: { kind: 'Deployment' } },
    ]);
    expect(set.concerns({ gate: 'sync', group: 'apps', kind: 'Deployment' })).toBe(true);
    expect(set.concerns({ gate: 'sync', group: 'networking.k8s.io', kind: 'Ingress' })).toBe(false);
  });

  it('leave out namespaces that Config excludes', () => {
    const config = `
---
apiVersion: config.gatekeeper.sh/v1alpha1
kind: Config
metadata: {name: config, namespace: gatekeeper-system}
spec: {match: [{excludedNamespaces: [sho*], processes: [webhook]}]}
`;
    const set = setOf(`${NO_PRIVILEGED}${config}`);
    expect(set.judge(creation(PRIVILEGED), contextOf())).toEqual([]);
    expect(set.judge(creation(PRIVILEGED), contextOf([], { gate: 'audit' }))).toHaveLength(1);
  });

  it('see the objects that are to be there together', () => {
    const set = setOf(UNIQUE_HOST);
    const ingress = (name: string): KubeObject => ({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name, namespace: 'shop' },
      spec: { rules: [{ host: 'shop.example' }] },
    });
    const context = contextOf();
    expect(set.policies[0]?.readsSurroundings).toBe(true);
    expect(set.needs).toContainEqual({ group: 'networking.k8s.io', version: 'v1', kind: 'Ingress' });
    expect(set.judge(creation(ingress('a')), context)).toEqual([]);
    expect(set.judgeTogether([ingress('a'), ingress('b')].map(creation), context)).toHaveLength(2);
    expect(set.judgeTogether([creation(ingress('a'))], contextOf([ingress('b')]))).toHaveLength(1);
    // Nothing stays behind.
    expect(set.judge(creation(ingress('a')), context)).toEqual([]);
  });
});

function scoped(action: string, point: string): string {
  return `{enforcementAction: scoped, scopedEnforcementActions: [{action: ${action}, enforcementPoints: [{name: '${point}'}]}]}`;
}

const EXPANSION = `
---
apiVersion: expansion.gatekeeper.sh/v1beta1
kind: ExpansionTemplate
metadata: {name: pods}
spec:
  applyTo: [{groups: [apps], versions: [v1], kinds: [Deployment]}]
  templateSource: spec.template
  enforcementAction: warn
  generatedGVK: {group: '', version: v1, kind: Pod}
`;

const UNIQUE_HOST = `
apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata:
  name: uniquehost
  annotations:
    metadata.gatekeeper.sh/requires-sync-data: '[[{"groups": ["networking.k8s.io"], "versions": ["v1"], "kinds": ["Ingress"]}]]'
spec:
  crd: {spec: {names: {kind: UniqueHost}}}
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package uniquehost
        violation[{"msg": msg}] {
          host := input.review.object.spec.rules[_].host
          other := data.inventory.namespace[ns][_].Ingress[name]
          other.spec.rules[_].host == host
          not same(other)
          msg := sprintf("%v has %v", [name, host])
        }
        same(other) {
          other.metadata.name == input.review.object.metadata.name
        }
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: UniqueHost
metadata: {name: hosts}
`;

describe('bundles of Rego', () => {
  const REGO = `package main
import rego.v1

deny_privileged contains {"msg": msg, "severity": "critical", "remediation": "Drop it."} if {
  some c in input.spec.containers
  c.securityContext.privileged
  msg := sprintf("%s is privileged", [c.name])
}
warn contains "no owner" if not input.metadata.labels.owner
exception contains ["privileged"] if input.metadata.namespace == data.exempt
`;
  const bundle: PolicyBundle = {
    name: 'platform',
    format: 'rego',
    files: [
      { text: REGO, origin: { file: 'policy/main.rego' } },
      { text: 'exempt: legacy', origin: { file: 'policy/data.yaml' } },
    ],
  };

  it('are asked as Conftest asks them', () => {
    const set = setOf('', [bundle]);
    expect(set.diagnostics).toEqual([]);
    expect(set.policies[0]).toMatchObject({ id: 'rego/platform/main', action: 'deny' });
    expect(set.judge(creation(PRIVILEGED), contextOf())).toMatchObject([
      {
        decision: 'deny',
        severity: 'critical',
        policy: { kind: 'rego', name: 'platform', rule: 'main.deny_privileged' },
        message: 'web is privileged',
        fields: ['spec.containers[name=web].securityContext.privileged'],
        remediation: 'Drop it.',
      },
      { decision: 'warn', message: 'no owner', policy: { rule: 'main.warn' } },
    ]);
    const legacy = { ...PRIVILEGED, metadata: { name: 'web', namespace: 'legacy', labels: { owner: 'a' } } };
    expect(set.judge(creation(legacy), contextOf())).toEqual([]);
  });

  it('follow action, gates and match of their source', () => {
    const set = setOf('', [
      { ...bundle, action: 'dryrun', gates: ['audit'], match: { kinds: [{ apiGroups: [''], kinds: ['Pod'] }] } },
    ]);
    expect(set.policies[0]).toMatchObject({ action: 'dryrun', gates: ['audit'], kinds: ['Pod'] });
    expect(set.judge(creation(PRIVILEGED), contextOf())).toEqual([]);
    const audited = set.judge(creation(PRIVILEGED), contextOf([], { gate: 'audit' }));
    expect(audited.map(({ decision }) => decision)).toEqual(['allow', 'allow']);
    expect(set.concerns({ gate: 'audit', group: '', kind: 'ConfigMap' })).toBe(false);
  });

  test.each([
    ['a rule that does not compile', 'package main\ndeny contains x if y', 'POLICY_SOURCE_REGO'],
    ['no Rego at all', 'package main\ndeny {', 'POLICY_SOURCE_REGO'],
    [
      'a built-in that asks elsewhere',
      'package main\ndeny contains "x" if http.send({"url": "https://example.org"})',
      'POLICY_SOURCE_REGO',
    ],
    ['nothing to ask', 'package other\ndeny contains "x" if true', 'POLICY_SOURCE_EMPTY'],
  ])('%s', (_, text, code) => {
    const files = [{ text, origin: { file: 'a.rego' } }];
    const set = setOf(NO_PRIVILEGED, [{ name: 'broken', format: 'rego', files }]);
    expect(set.diagnostics.map((fault) => fault.code)).toContain(code);
    expect(set.policies.map(({ id }) => id)).toContain('gatekeeper/NoPrivileged/none');
  });

  test.each([
    ['results without a message', 'deny contains {"why": "x"} if true'],
    ['conflicts', 'deny contains x if x := both\nboth := 1 if true\nboth := 2 if true'],
    ['more steps than there are', 'deny contains "x" if count(numbers.range(1, 1000000)) > 0'],
  ])('deny when they give no answer: %s', (_, rule) => {
    const files = [{ text: `package main\n${rule}`, origin: { file: 'a.rego' } }];
    const set = setOf('', [{ name: 'faulty', format: 'rego', files }]);
    const verdicts = set.judge(creation(PRIVILEGED), contextOf([], { limits: { steps: 10_000 } }));
    expect(verdicts).toMatchObject([{ decision: 'deny', undecided: true, policyId: 'rego/faulty/main' }]);
    expect(verdicts[0]?.message).toContain('faulty gave no answer');
  });
});

describe('best practice', () => {
  const PROFILE = `
apiVersion: sekisho.dev/v1alpha1
kind: BestPracticeProfile
metadata: {name: default}
spec: {denyFrom: critical}
`;
  const deployment = (labels: Record<string, string>): KubeObject => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop' },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'web:1' }] } },
    },
  });
  const service = (labels: Record<string, string>): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { selector: labels },
  });

  it('is asked by a profile alone', () => {
    expect(setOf('').judge(creation(PRIVILEGED), contextOf())).toEqual([]);
    const [verdict] = setOf(PROFILE)
      .judge(creation(PRIVILEGED), contextOf())
      .filter(({ decision }) => decision === 'deny');
    expect(verdict).toMatchObject({ policyId: 'best-practice/default', severity: 'critical' });
  });

  it('looks for other objects only where they can be', () => {
    const set = setOf(PROFILE);
    const rules = (verdicts: ReturnType<typeof set.judge>) => verdicts.map(({ policy }) => policy.rule);
    const alone = rules(set.judge(creation(deployment({ app: 'web' })), contextOf()));
    expect(alone).not.toContain('pod-networkpolicy');
    expect(alone).toContain('container-resources');
    const together = [deployment({ app: 'web' }), service({ app: 'api' })].map(creation);
    expect(rules(set.judgeTogether(together, contextOf()))).toEqual(
      expect.arrayContaining(['pod-networkpolicy', 'service-targets-pod', 'deployment-has-poddisruptionbudget']),
    );
    const policy: KubeObject = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'all', namespace: 'shop' },
      spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
    };
    expect(set.needs).toContainEqual({ group: 'networking.k8s.io', version: 'v1', kind: 'NetworkPolicy' });
    expect(rules(set.judgeTogether(together, contextOf([policy])))).not.toContain('pod-networkpolicy');
  });

  it('is that of the first profile that matches', () => {
    const set = setOf(`${PROFILE}
---
apiVersion: sekisho.dev/v1alpha1
kind: BestPracticeProfile
metadata: {name: a-legacy}
spec: {kubeScore: false, kubesec: false, podSecurity: {level: privileged}, match: {namespaces: [legacy]}}
`);
    const legacy = { ...PRIVILEGED, metadata: { name: 'web', namespace: 'legacy' } };
    expect(set.judge(creation(legacy), contextOf())).toEqual([]);
    expect(new Set(set.judge(creation(PRIVILEGED), contextOf()).map(({ policyId }) => policyId))).toEqual(
      new Set(['best-practice/default']),
    );
  });

  test.each([
    ['denyFrom', '{denyFrom: always}'],
    ['kubeScore', '{kubeScore: {ignored: [no-such-check]}}'],
    ['severities', '{severities: {kube-score/x: low}}'],
    ['severities', '{severities: {pod-security/privileged: huge}}'],
    ['podSecurity', '{podSecurity: {level: strict}}'],
    ['gates', '{gates: [lunch]}'],
    ['match', '{match: {kinds: Pod}}'],
  ])('a profile with a fault in %s counts for nothing', (field, spec) => {
    const set = setOf(PROFILE.replace('{denyFrom: critical}', spec));
    expect(set.diagnostics).toMatchObject([{ code: 'POLICY_PROFILE_INVALID', severity: 'error' }]);
    expect(set.diagnostics[0]?.message).toContain(`spec.${field}`);
    expect(set.judge(creation(PRIVILEGED), contextOf())).toEqual([]);
  });
});

describe('labels of namespaces', () => {
  const prefix = 'pod-security.kubernetes.io';
  const decisions = (object: KubeObject, labels: Record<string, string>, rest: Partial<GateRequest> = {}) =>
    setOf('')
      .judge({ object, ...rest }, contextOf([namespace('shop', labels)]))
      .map(({ decision, policy }) => `${policy.rule} ${decision}`);
  const deployment: KubeObject = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { template: { spec: PRIVILEGED['spec'] } },
  };

  it('deny pods, and warn of what makes them', () => {
    expect(decisions(PRIVILEGED, { [`${prefix}/enforce`]: 'baseline' })).toEqual(['privileged deny']);
    expect(decisions(deployment, { [`${prefix}/enforce`]: 'baseline' })).toEqual(['privileged warn']);
    expect(decisions(PRIVILEGED, { [`${prefix}/warn`]: 'baseline' })).toEqual(['privileged warn']);
    expect(decisions(deployment, { [`${prefix}/audit`]: 'baseline' })).toEqual(['privileged allow']);
    expect(decisions(PRIVILEGED, { [`${prefix}/enforce`]: 'privileged' })).toEqual([]);
    expect(decisions(PRIVILEGED, {})).toEqual([]);
  });

  it('know versions, and take a level that nobody knows for the strictest', () => {
    const user = pod({ runAsUser: 0, runAsNonRoot: true, allowPrivilegeEscalation: false });
    const restricted = (version: string) =>
      decisions(user, { [`${prefix}/enforce`]: 'restricted', [`${prefix}/enforce-version`]: version });
    expect(restricted('v1.22')).not.toContain('runAsUser deny');
    expect(restricted('v1.23')).toContain('runAsUser deny');
    expect(decisions(user, { [`${prefix}/enforce`]: 'paranoid' })).toContain('runAsUser deny');
  });

  it('leave updates alone that leave the pod as it is', () => {
    const update = (oldObject: KubeObject) =>
      decisions(PRIVILEGED, { [`${prefix}/enforce`]: 'baseline' }, { operation: 'UPDATE', oldObject });
    expect(update({ ...PRIVILEGED, metadata: { name: 'web', namespace: 'shop', labels: { a: 'b' } } })).toEqual([]);
    expect(update(pod({}))).toEqual(['privileged deny']);
  });

  it('count when the Namespace is one of the objects', () => {
    const set = setOf('');
    const together = [namespace('shop', { [`${prefix}/enforce`]: 'baseline' }), PRIVILEGED].map(creation);
    expect(set.judgeTogether(together, contextOf())).toMatchObject([{ decision: 'deny' }]);
  });
});

describe('policies of StackRox', () => {
  const bundleOf = (policies: readonly object[], rest: Partial<PolicyBundle> = {}): PolicyBundle => ({
    name: 'acs',
    format: 'stackrox',
    files: [{ text: JSON.stringify({ policies }), origin: { file: 'acs.json' } }],
    ...rest,
  });
  const ask = (change: object, rest: Partial<PolicyBundle> = {}, objects: readonly KubeObject[] = []) => {
    const set = setOf('', [bundleOf([stackroxPolicy({ ...change })], rest)]);
    expect(set.diagnostics).toEqual([]);
    return set.judge(creation(PRIVILEGED), contextOf(objects));
  };
  const section = (fieldName: string, value: string) => ({
    policySections: [{ policyGroups: [{ fieldName, values: [{ value }] }] }],
  });

  it('deny where they enforce, and warn elsewhere', () => {
    expect(ask({})).toMatchObject([
      {
        decision: 'deny',
        severity: 'high',
        policyId: 'stackrox/Privileged workload',
        policy: { kind: 'stackrox', name: 'Privileged workload', rule: 'section 1', origin: { file: 'acs.json' } },
        fields: ['spec.containers[name=web].securityContext.privileged'],
        remediation: 'Drop it.',
      },
    ]);
    expect(ask({ enforcementActions: [] })[0]?.decision).toBe('warn');
    expect(ask({}, { action: 'warn' })[0]?.decision).toBe('warn');
    expect(ask({}, { action: 'dryrun' })[0]?.decision).toBe('allow');
    expect(ask({}, { match: { namespaces: ['other'] } })).toEqual([]);
  });

  it('deny what nobody can tell where they enforce; elsewhere it is noted', () => {
    expect(ask(section('CVE', '.*'))).toMatchObject([{ decision: 'deny', undecided: true }]);
    expect(ask({ ...section('CVE', '.*'), enforcementActions: [] })).toMatchObject([
      { decision: 'allow', undecided: true },
    ]);
  });

  it('look at Services and NetworkPolicies around', () => {
    const change = section('Has Ingress Network Policy', 'false');
    const policy: KubeObject = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'all', namespace: 'shop' },
      spec: { podSelector: {}, policyTypes: ['Ingress'] },
    };
    const set = setOf('', [bundleOf([stackroxPolicy(change)])]);
    expect(set.needs).toContainEqual({ group: 'networking.k8s.io', version: 'v1', kind: 'NetworkPolicy' });
    expect(set.policies[0]?.readsSurroundings).toBe(true);
    expect(ask(change)).toHaveLength(1);
    expect(ask(change, {}, [policy])).toEqual([]);
    expect(set.judgeTogether([PRIVILEGED, policy].map(creation), contextOf())).toEqual([]);
  });

  it('for BUILD alone are asked about images where people work', () => {
    const change = {
      lifecycleStages: ['BUILD'],
      enforcementActions: ['FAIL_BUILD_ENFORCEMENT'],
      ...section('Image Tag', '1'),
    };
    const set = setOf('', [bundleOf([stackroxPolicy(change)])]);
    expect(set.policies[0]?.gates).toEqual(['check']);
    expect(set.judge(creation(PRIVILEGED), contextOf([], { gate: 'check' }))).toMatchObject([
      { decision: 'deny', subject: { kind: 'Pod', name: 'web' } },
    ]);
  });

  it('are read from a SecurityPolicy, with the place of faults', () => {
    const { id: _, name: policyName, policyVersion: __, ...fields } = stackroxPolicy();
    const custom = (spec: object) =>
      `apiVersion: config.stackrox.io/v1alpha1\nkind: SecurityPolicy\nmetadata: {name: privileged, namespace: stackrox}\nspec: ${JSON.stringify(spec)}\n`;
    const set = setOf(custom({ policyName, ...fields }));
    expect(set.diagnostics).toEqual([]);
    expect(set.judge(creation(PRIVILEGED), contextOf())).toMatchObject([
      { decision: 'deny', policyId: 'stackrox/Privileged workload' },
    ]);
    const faulty = setOf(custom({ policyName: 'x', ...fields, severity: 'AWFUL' }));
    expect(faulty.diagnostics[0]).toMatchObject({ origin: { file: 'policies.yaml', line: 4 } });
    expect(faulty.diagnostics[0]?.message).toContain('SecurityPolicy privileged: spec.severity');
  });
});

describe('admission policies', () => {
  const POLICY = `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: no-host-network}
spec:
  matchConstraints: {resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE, DELETE], resources: [pods]}]}
  validations: [{expression: 'has(object.spec) && !has(object.spec.hostNetwork)', message: no host network}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: all}
spec: {policyName: no-host-network, validationActions: [Deny]}
`;
  const open: KubeObject = { ...pod({}), spec: { hostNetwork: true } };

  it('are asked at every gate, about operations that they name', () => {
    const set = setOf(POLICY);
    expect(set.diagnostics).toEqual([]);
    expect(set.policies[0]).toMatchObject({ id: 'admission/no-host-network', action: 'deny', kinds: ['Pod'] });
    for (const gate of ['check', 'sync', 'admission', 'audit'] as const)
      expect(set.judge(creation(open), contextOf([], { gate }))).toMatchObject([
        { decision: 'deny', message: 'no host network', policyId: 'admission/no-host-network' },
      ]);
    expect(set.judge({ oldObject: open, operation: 'DELETE' }, contextOf())).toHaveLength(1);
    expect(set.judge({ object: open, oldObject: open, operation: 'UPDATE' }, contextOf())).toEqual([]);
    expect(set.concerns({ gate: 'admission', group: '', kind: 'Pod', operation: 'DELETE' })).toBe(true);
    expect(set.concerns({ gate: 'admission', group: 'apps', kind: 'Deployment' })).toBe(true);
    expect(set.concerns({ gate: 'admission', group: '', kind: 'Secret' })).toBe(false);
  });
});

describe('deletions', () => {
  it('are only asked about by policies that name them', () => {
    const named = NO_PRIVILEGED.replace(
      'target: admission.k8s.gatekeeper.sh',
      'target: admission.k8s.gatekeeper.sh\n      operations: [DELETE]',
    );
    const deletion: GateRequest = { oldObject: PRIVILEGED, operation: 'DELETE' };
    expect(setOf(NO_PRIVILEGED).judge(deletion, contextOf())).toEqual([]);
    expect(setOf(named).judge(deletion, contextOf())).toMatchObject([
      { decision: 'deny', subject: { name: 'web', namespace: 'shop' } },
    ]);
    expect(setOf(named).judge(creation(PRIVILEGED), contextOf())).toEqual([]);
    expect(setOf(NO_PRIVILEGED).judge({}, contextOf())).toEqual([]);
  });
});

describe('mutation', () => {
  const ASSIGN = `
apiVersion: mutations.gatekeeper.sh/v1
kind: Assign
metadata: {name: unprivileged}
spec:
  applyTo: [{groups: [''], versions: [v1], kinds: [Pod]}]
  location: 'spec.containers[name: *].securityContext.privileged'
  parameters: {assign: {value: false}}
---
apiVersion: config.gatekeeper.sh/v1alpha1
kind: Config
metadata: {name: config, namespace: gatekeeper-system}
spec: {match: [{excludedNamespaces: [legacy], processes: [mutation-webhook]}]}
---
`;

  it('comes before judging what belongs together', () => {
    const set = setOf(`${ASSIGN}${NO_PRIVILEGED}`);
    expect(set.judge(creation(PRIVILEGED), contextOf())).toHaveLength(1);
    expect(set.judgeTogether([creation(PRIVILEGED)], contextOf())).toEqual([]);
    const { object, changedBy } = set.mutate(creation(PRIVILEGED), contextOf());
    expect(changedBy).toEqual(['gatekeeper/Assign/unprivileged']);
    expect(object).toEqual(pod({ privileged: false }));
    expect(set.mutate(creation(object), contextOf()).object).toBe(object);
    expect(set.concerns({ gate: 'admission', group: '', kind: 'Pod', mutating: true })).toBe(true);
    expect(set.concerns({ gate: 'admission', group: '', kind: 'Secret', mutating: true })).toBe(false);
  });

  it('leaves deletions, subresources and excluded namespaces alone', () => {
    const set = setOf(ASSIGN);
    const legacy = { ...PRIVILEGED, metadata: { name: 'web', namespace: 'legacy' } };
    const requests: readonly GateRequest[] = [
      { oldObject: PRIVILEGED, operation: 'DELETE' },
      { object: PRIVILEGED, operation: 'UPDATE', subResource: 'status' },
      { object: legacy },
    ];
    for (const request of requests) expect(set.mutate(request, contextOf()).changedBy).toEqual([]);
  });

  it('that can not be done is a deny', () => {
    const set = setOf(
      ASSIGN.replace('  location:', '  match: {namespaceSelector: {matchLabels: {a: b}}}\n  location:'),
    );
    expect(set.mutate(creation(PRIVILEGED), contextOf()).error).toContain('missing Namespace');
    expect(set.judgeTogether([creation(PRIVILEGED)], contextOf())).toMatchObject([
      { decision: 'deny', undecided: true, policyId: 'gatekeeper/mutation' },
    ]);
  });
});

describe('several requests', () => {
  it('are answered as one by one, in their order', () => {
    const set = setOf(NO_PRIVILEGED, [
      {
        name: 'sx',
        format: 'stackrox',
        files: [{ text: JSON.stringify(stackroxPolicy()), origin: { file: 'sx.json' } }],
      },
    ]);
    expect(set.diagnostics).toEqual([]);
    const named = (name: string, object: KubeObject): KubeObject => ({
      ...object,
      metadata: { ...object.metadata, name },
    });
    const requests: readonly GateRequest[] = [
      creation(named('a', PRIVILEGED)),
      creation(namespace('shop')),
      {},
      creation(named('b', pod({}))),
      { oldObject: named('c', PRIVILEGED), operation: 'DELETE' },
      creation(named('d', PRIVILEGED)),
    ];
    const told = (ask: (context: GateContext) => unknown) => {
      const asked: string[] = [];
      ask(contextOf([], { gate: 'admission', onPolicy: (id) => asked.push(id) }));
      return asked.sort();
    };
    const context = contextOf([], { gate: 'admission' });
    const together = set.judgeEach(requests, context);
    expect(together).toEqual(requests.map((request) => set.judge(request, context)));
    expect(together.map((verdicts) => verdicts.map(({ subject }) => subject.name))).toMatchObject([
      ['a', 'a'],
      [],
      [],
      [],
      expect.any(Array),
      ['d', 'd'],
    ]);
    // Who gives each policy its time is told of each object.
    expect(told((own) => set.judgeEach(requests, own))).toEqual(
      told((own) => requests.map((request) => set.judge(request, own))),
    );
    expect(set.judgeEach([], context)).toEqual([]);
  });
});
