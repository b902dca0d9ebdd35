import { formatDiagnostic, stringifyYaml } from '@sekisho/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatPolicies, formatPolicy, parsePolicies } from './parse-policies.ts';

const valid = {
  id: 'a',
  name: 'A policy',
  categories: ['Security'],
  lifecycleStages: ['DEPLOY'],
  severity: 'LOW_SEVERITY',
  policyVersion: '1.1',
  policySections: [{ policyGroups: [{ fieldName: 'Privileged Container', values: [{ value: 'true' }] }] }],
};

function faultsOf(change: object): string[] {
  return parsePolicies(JSON.stringify({ ...valid, ...change })).diagnostics.map(
    ({ code, message }) => `${code} ${message}`,
  );
}
function sections(...groups: object[]): object {
  return { policySections: [{ policyGroups: groups }] };
}
function group(fieldName: string, ...values: string[]): object {
  return { fieldName, values: values.map((value) => ({ value })) };
}
const runtime = { lifecycleStages: ['RUNTIME'], eventSource: 'DEPLOYMENT_EVENT' };
const audit = { lifecycleStages: ['RUNTIME'], eventSource: 'AUDIT_LOG_EVENT' };

describe('parsePolicies', () => {
  it('reads one policy, a list, an export, and YAML', () => {
    const texts = [valid, [valid], { policies: [valid] }].flatMap((value) => [
      JSON.stringify(value),
      stringifyYaml(value),
    ]);
    for (const text of texts) {
      const { policies, diagnostics } = parsePolicies(text);
      expect(diagnostics).toEqual([]);
      expect(policies.map(formatPolicy)).toEqual([valid]);
    }
  });

  it('takes names as in the .proto file, numbers of enumerations, null and defaults', () => {
    const { id, name, categories } = valid;
    const { policies, diagnostics } = parsePolicies(
      JSON.stringify({
        id,
        name,
        categories,
        lifecycle_stages: [0],
        severity: 1,
        policy_version: '1.1',
        policy_sections: [
          { policy_groups: [{ field_name: 'Privileged Container', boolean_operator: 0, values: [{ value: 'true' }] }] },
        ],
        disabled: false,
        exclusions: null,
        notifiers: [],
      }),
    );
    expect(diagnostics).toEqual([]);
    expect(policies.map(formatPolicy)).toEqual([valid]);
  });

  it('keeps what it does not know, at every level, and says so', () => {
    const strange = {
      ...valid,
      newField: { a: [1] },
      policySections: [{ policyGroups: [{ ...group('Host PID', 'true'), hint: 'x' }] }],
    };
    const { policies, diagnostics } = parsePolicies(JSON.stringify(strange));
    expect(diagnostics.map(({ code, severity }) => [code, severity])).toEqual([
      ['STACKROX_UNKNOWN_FIELD', 'warning'],
      ['STACKROX_UNKNOWN_FIELD', 'warning'],
    ]);
    expect(JSON.parse(formatPolicies(policies))).toEqual({ policies: [strange] });
  });

  it('keeps a field named __proto__ as any other', () => {
    const text = JSON.stringify(valid).replace('{', '{"__proto__":{"disabled":true},');
    const { policies } = parsePolicies(text);
    expect(policies[0]?.disabled).toBe(false);
    expect(JSON.stringify(policies.map(formatPolicy))).toContain('"__proto__":{"disabled":true}');
  });

  it('leaves out a policy with errors, tells all of them with their place, and reads the others', () => {
    const text = JSON.stringify(
      { policies: [valid, { ...valid, name: 1, severity: 'SEVERE', disabled: 'yes', lastUpdated: 'now' }] },
      null,
      2,
    );
    const { policies, diagnostics } = parsePolicies(text, 'p.json');
    expect(policies).toHaveLength(1);
    expect(diagnostics.map(formatDiagnostic)).toEqual([
      'p.json:31:7: policies[1].name: must be text (STACKROX_TYPE)',
      expect.stringMatching(/^p\.json:38:7: policies\[1\]\.severity: must be one of UNSET_SEVERITY, /),
      expect.stringContaining('policies[1].disabled: must be true or false'),
      expect.stringContaining('policies[1].lastUpdated: must be a time like'),
    ]);
  });

  it.each<[string, object, string]>([
    ['an old version', { policyVersion: '1' }, 'STACKROX_POLICY_INVALID policyVersion: '],
    ['a short name', { name: 'abc' }, 'STACKROX_POLICY_INVALID name: '],
    ['no severity', { severity: 'UNSET_SEVERITY' }, 'STACKROX_POLICY_INVALID severity: '],
    ['a category twice', { categories: ['a', 'a'] }, 'STACKROX_POLICY_INVALID categories: '],
    ['no stage', { lifecycleStages: [] }, 'STACKROX_STAGE_INVALID lifecycleStages: '],
    ['no section', { policySections: [] }, 'STACKROX_POLICY_INVALID policySections: '],
    ['no group', sections(), 'STACKROX_POLICY_INVALID policySections[0].policyGroups: '],
    ['an event source at DEPLOY', { eventSource: 'DEPLOYMENT_EVENT' }, 'STACKROX_STAGE_INVALID eventSource: '],
    [
      'none at RUNTIME',
      { ...runtime, eventSource: undefined, ...sections(group('Process Name', 'x')) },
      'STACKROX_STAGE_INVALID eventSource: ',
    ],
    ['nothing that runs at RUNTIME', runtime, 'STACKROX_STAGE_INVALID policySections: '],
    [
      'a container at BUILD',
      { lifecycleStages: ['BUILD', 'DEPLOY'] },
      'STACKROX_STAGE_INVALID policySections[0].policyGroups[0].fieldName: ',
    ],
    [
      'a process at DEPLOY',
      sections(group('Process Name', 'x')),
      'STACKROX_STAGE_INVALID policySections[0].policyGroups[0].fieldName: ',
    ],
    [
      'an unknown criterion',
      sections(group('Host Name', 'x')),
      'STACKROX_CRITERION_UNKNOWN policySections[0].policyGroups[0].fieldName: ',
    ],
    [
      'a criterion twice',
      sections(group('Host PID', 'true'), group('Host PID', 'true')),
      'STACKROX_CRITERION_INVALID policySections[0].policyGroups[1]: ',
    ],
    ['no value', sections(group('Host PID')), 'STACKROX_CRITERION_INVALID policySections[0].policyGroups[0].values: '],
    [
      'two values',
      sections(group('Host PID', 'true', 'false')),
      'STACKROX_CRITERION_INVALID policySections[0].policyGroups[0].values: ',
    ],
    [
      'a negation',
      sections({ ...group('Host PID', 'true'), negate: true }),
      'STACKROX_CRITERION_INVALID policySections[0].policyGroups[0].negate: ',
    ],
    [
      'a capability added and dropped',
      sections(group('Add Capabilities', 'KILL'), group('Drop Capabilities', 'KILL')),
      'STACKROX_CRITERION_INVALID policySections: ',
    ],
    ['an exclusion of nothing', { exclusions: [{ name: 'x' }] }, 'STACKROX_EXCLUSION_INVALID exclusions[0]: '],
    [
      'an image excluded at DEPLOY',
      { exclusions: [{ image: { name: 'x' } }] },
      'STACKROX_EXCLUSION_INVALID exclusions[0].image: ',
    ],
    ['an empty scope', { scope: [{}] }, 'STACKROX_EXCLUSION_INVALID scope[0]: '],
    [
      'a namespace twice',
      { scope: [{ namespace: 'a', namespaceLabel: { key: 'b' } }] },
      'STACKROX_EXCLUSION_INVALID scope[0]: ',
    ],
    [
      'a scope that is no expression',
      { scope: [{ namespace: '(' }] },
      'STACKROX_EXCLUSION_INVALID scope[0].namespace: ',
    ],
    [
      'an audit policy without a verb',
      { ...audit, ...sections(group('Kubernetes Resource', 'SECRETS')) },
      'STACKROX_CRITERION_INVALID policySections[0]: ',
    ],
    [
      'an audit policy that enforces',
      {
        ...audit,
        enforcementActions: ['FAIL_KUBE_REQUEST_ENFORCEMENT'],
        ...sections(group('Kubernetes Resource', 'SECRETS'), group('Kubernetes API Verb', 'GET')),
      },
      'STACKROX_STAGE_INVALID enforcementActions: ',
    ],
    [
      'a process and a flow',
      { ...runtime, ...sections(group('Process Name', 'x'), group('Unexpected Network Flow Detected', 'true')) },
      'STACKROX_CRITERION_INVALID policySections[0]: ',
    ],
    [
      'a user without an action',
      { ...runtime, ...sections(group('Kubernetes User Name', 'x')) },
      'STACKROX_CRITERION_INVALID policySections[0]: ',
    ],
    [
      'an enforcement for another stage',
      { enforcementActions: ['FAIL_BUILD_ENFORCEMENT'] },
      'STACKROX_ENFORCEMENT_UNUSED enforcementActions[0]: ',
    ],
  ])('says of %s what is wrong', (_, change, fault) => {
    expect(faultsOf(change)).toEqual([expect.stringContaining(fault)]);
  });

  it.each([
    ['CVE', '('],
    ['CVE', ' '],
    ['CVE', '((a{100}){100}){100}'],
    ['CVE', 'a'.repeat(10_001)],
    ['CVSS', '=> 7'],
    ['CVSS', 'high'],
    ['Severity', '>= HIGH'],
    ['Image Age', '1.5'],
    ['Fixable', 'yes'],
    ['Image Component', 'apt'],
    ['Dockerfile Line', 'RUNS=x'],
    ['Environment Variable', 'SECRET_KEY=key=value'],
    ['Environment Variable', 'RAW=key'],
    ['Add Capabilities', 'ALL'],
    ['Seccomp Profile Type', 'Default'],
    ['Minimum RBAC Permissions', '>= DEFAULT'],
    ['Image Signature Verified By', 'cosign'],
  ])('refuses the value of %s: %s', (fieldName, value) => {
    expect(faultsOf(sections(group(fieldName, value)))).toEqual([expect.stringContaining('STACKROX_VALUE_INVALID')]);
  });

  it('answers whatever it is given', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        parsePolicies(text);
      }),
      { numRuns: 200 },
    );
    const odd = fc.dictionary(fc.constantFrom(...Object.keys(valid), 'exclusions', 'scope', 'extra'), fc.jsonValue());
    fc.assert(
      fc.property(odd, (change) => {
        for (const policy of parsePolicies(JSON.stringify({ ...valid, ...change })).policies) formatPolicy(policy);
      }),
      { numRuns: 200 },
    );
  });
});
