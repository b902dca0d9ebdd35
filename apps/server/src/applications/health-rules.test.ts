import type { KubeObject } from '@sekisho/kube';
import { expect, test } from 'vitest';
import { readHealthRules } from './health-rules.ts';

function configMap(rules: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'sekisho-health', namespace: 'argocd' },
    data: { rules },
  };
}

const database = (ready: boolean): KubeObject => ({
  apiVersion: 'example.com/v1',
  kind: 'Database',
  metadata: { name: 'main' },
  status: { ready },
});

test('readHealthRules compiles rules that decide the health of their kind', () => {
  const { rules, diagnostics } = readHealthRules(
    configMap('- group: example.com\n  kind: Database\n  healthy: status.ready\n  message: \'"main database"\'\n'),
  );
  expect(diagnostics).toEqual([]);
  expect(rules?.evaluate('example.com', database(true))).toEqual({ status: 'Healthy', message: 'main database' });
  expect(rules?.evaluate('example.com', database(false))?.status).toBe('Progressing');
  expect(rules?.evaluate('', { ...database(true), apiVersion: 'v1' })).toBeUndefined();
});

test.each([
  ['no list', 'kind: Database', 'HEALTH_RULE_INVALID'],
  ['no kind', '- group: a', 'HEALTH_RULE_INVALID'],
  ['an unknown field', '- kind: A\n  lua: return 1', 'HEALTH_RULE_INVALID'],
  ['an expression that does not parse', '- kind: A\n  healthy: "status.("', 'HEALTH_RULE_INVALID'],
  ['broken YAML', '- [', 'YAML_SYNTAX'],
])('readHealthRules reports %s', (_title, text, code) => {
  expect(readHealthRules(configMap(text)).diagnostics.map((diagnostic) => diagnostic.code)).toContain(code);
});

test('readHealthRules keeps the good rules beside a faulty one', () => {
  const { rules, diagnostics } = readHealthRules(
    configMap(
      '- group: example.com\n  kind: Database\n  healthy: status.ready\n- kind: Broken\n  healthy: "("\n- kind: A\n  b: c\n',
    ),
  );
  expect(diagnostics).toHaveLength(2);
  expect(rules?.evaluate('example.com', database(true))?.status).toBe('Healthy');
});
