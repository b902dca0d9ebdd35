import { formatDiagnostic } from '@sekisho/base';
import { describe, expect, it, test } from 'vitest';
import { compileGatekeeper } from './policies.ts';
import { isSynced } from './sync.ts';
import { documentsOf, OBJECTION, objection } from './testing/documents.ts';

function faultsOf(text: string): string[] {
  return compileGatekeeper(documentsOf(text)).diagnostics.map(formatDiagnostic);
}

function template(rego: string, rest = ''): string {
  const indented = rego.replaceAll('\n', '\n      ');
  return `apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: odd}
spec:
  crd: {spec: {names: {kind: Odd}}}
  targets:
  - target: admission.k8s.gatekeeper.sh
    rego: |
      ${indented}
${rest}`;
}

describe('templates', () => {
  it('are named by the line and column of their file', () => {
    expect(faultsOf(template('package odd\n\nviolation[{"msg": msg}] {\n  msg := missing\n}'))).toEqual([
      'policies.yaml:12:9: ConstraintTemplate odd: spec.targets[0].rego: var missing is unsafe (GATEKEEPER_TEMPLATE_REGO)',
      'policies.yaml:12:9: ConstraintTemplate odd: spec.targets[0].rego: var msg is unsafe (GATEKEEPER_TEMPLATE_REGO)',
    ]);
  });

  it('of a cluster are told with line and column of the Rego', () => {
    const [document] = documentsOf(template('package odd\n\nviolation[{"msg": "x"}] {\n  not_there(1)\n}'));
    const { diagnostics } = compileGatekeeper([{ object: (document as NonNullable<typeof document>).object }]);
    expect(diagnostics.map(({ message }) => message)).toEqual([
      'ConstraintTemplate odd: spec.targets[0].rego: line 4, column 3: undefined function not_there',
    ]);
  });

  test.each([
    ['package odd\n\nviolation[{"msg": msg}] {', 'GATEKEEPER_TEMPLATE_REGO'],
    ['package odd\n\ndeny[msg] { msg := "no" }', 'has no rule `violation'],
    [
      'package odd\n\nviolation[{"msg": "a"}] { data.secrets.x }',
      'reads data.secrets; only data.inventory and data.lib',
    ],
    ['package odd\n\nviolation[{"msg": "a"}] { x := "secrets"; data[x] }', 'reads data as a whole'],
    ['package odd\n\nviolation[{"msg": "a"}] { not_there(1) }', 'not_there'],
  ])('%s', (rego, fault) => {
    expect(faultsOf(template(rego)).join('\n')).toContain(fault);
  });

  it('have libraries below lib', () => {
    const good = 'package odd\nimport data.lib.names\nviolation[{"msg": msg}] { msg := names.text }';
    expect(faultsOf(template(good, '    libs: ["package lib.names\\ntext = \\"a\\" { true }"]\n'))).toEqual([]);
    expect(faultsOf(template(good, '    libs: ["package names\\ntext = \\"a\\" { true }"]\n')).join()).toContain(
      'package names must begin with lib',
    );
  });

  it('tell all faults at once, and others go on', () => {
    const text = `${template('package odd\nfirst { data.x }\nsecond { data.y }').replace('name: odd', 'name: other')}---\n${OBJECTION}`;
    const { templates, diagnostics } = compileGatekeeper(documentsOf(text));
    expect([...templates.keys()]).toEqual(['Objection']);
    expect(diagnostics).toHaveLength(4);
  });

  it('for engines that nobody knows are not evaluated, and say so', () => {
    const text = `apiVersion: templates.gatekeeper.sh/v1\nkind: ConstraintTemplate\nmetadata: {name: odd}\nspec:\n  crd: {spec: {names: {kind: Odd}}}\n  targets:\n  - target: admission.k8s.gatekeeper.sh\n    code: [{engine: Prose, source: {}}]\n`;
    expect(faultsOf(text)).toEqual([
      'policies.yaml:8:5: ConstraintTemplate odd: spec.targets[0].code: is written for Prose, which is not evaluated (GATEKEEPER_ENGINE_UNSUPPORTED)',
    ]);
  });

  test.each(['spec: {}', 'spec: []', 'spec: {targets: 5}', 'spec: {targets: [null], crd: 7}', 'spec: null'])(
    'of an odd shape have faults: %s',
    (spec) => {
      const text = `apiVersion: templates.gatekeeper.sh/v1\nkind: ConstraintTemplate\nmetadata: {name: odd}\n${spec}\n`;
      expect(faultsOf(text)).not.toEqual([]);
    },
  );
});

describe('constraints', () => {
  test.each([
    ['{parameters: {times: often}}', 'spec.parameters.times: Invalid value: "string"'],
    ['{parameters: [1]}', 'spec.parameters: must be an object'],
    ['{enforcementAction: shout}', 'must be deny, warn, dryrun or scoped, not "shout"'],
    ['{enforcementAction: scoped}', 'spec.scopedEnforcementActions: is required'],
    [
      '{enforcementAction: scoped, scopedEnforcementActions: [{action: shout, enforcementPoints: [{name: "*"}]}]}',
      'spec.scopedEnforcementActions[0].action: must be deny, warn or dryrun',
    ],
    ['{match: {kinds: Pod}}', 'spec.match.kinds: must be a list'],
    ['{match: {labelSelector: {matchExpressions: [{key: a, operator: Like}]}}}', 'spec.match.labelSelector'],
    ['{match: {source: Somewhere}}', 'spec.match.source'],
  ])('%s', (spec, fault) => {
    const faults = faultsOf(`${OBJECTION}${objection(spec)}`);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(fault);
    expect(faults[0]).toMatch(/^policies\.yaml:\d+:\d+: Constraint|^policies\.yaml:\d+:\d+: Objection first/);
  });

  it('need a template that works', () => {
    expect(faultsOf(objection('{}').slice(4))).toEqual([
      'policies.yaml:2:1: Objection first: kind: there is no ConstraintTemplate for Objection that works (GATEKEEPER_TEMPLATE_MISSING)',
    ]);
  });

  it('get the defaults of parameters that are there', () => {
    const text = `${OBJECTION}${objection('{parameters: {times: 1}}', 'a')}${objection('{}', 'b')}`;
    expect(compileGatekeeper(documentsOf(text)).constraints.map(({ parameters }) => parameters)).toEqual([
      { times: 1, to: 'nobody' },
      {},
    ]);
  });
});

it('reads which kinds are synced, and which namespaces are spared', () => {
  const { config, diagnostics } = compileGatekeeper(
    documentsOf(`apiVersion: config.gatekeeper.sh/v1alpha1
kind: Config
metadata: {name: config}
spec:
  sync: {syncOnly: [{version: v1, kind: Namespace}]}
  match: [{excludedNamespaces: [kube-*], processes: [audit, sync]}]
---
apiVersion: syncset.gatekeeper.sh/v1alpha1
kind: SyncSet
metadata: {name: more}
spec: {gvks: [{group: apps, version: v1, kind: Deployment}]}
---
apiVersion: config.gatekeeper.sh/v1alpha1
kind: Config
metadata: {name: another}
`),
  );
  expect(diagnostics.map(({ code }) => code)).toEqual(['GATEKEEPER_CONFIG_INVALID']);
  expect([config.isExcluded('kube-system', 'audit'), config.isExcluded('kube-system', 'webhook')]).toEqual([
    true,
    false,
  ]);
  const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'a', namespace: 'web' } };
  expect(isSynced(config, deployment)).toBe(true);
  expect(isSynced(config, { ...deployment, kind: 'StatefulSet' })).toBe(false);
  expect(isSynced(config, { ...deployment, metadata: { name: 'a', namespace: 'kube-system' } })).toBe(false);
});
