import type { KubeObject } from '@sekisho/kube';
import { describe, expect, it } from 'vitest';
import { compileHealthRules, type HealthRuleSpec, healthOf } from '../index.ts';

const widget = (status: Record<string, unknown>): KubeObject => ({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name: 'w', generation: 3 },
  spec: { replicas: 2 },
  status,
});
const check = (rule: Partial<HealthRuleSpec>, live: KubeObject) => {
  const { rules, errors } = compileHealthRules([{ group: 'example.com', kind: 'Widget', ...rule }]);
  expect(errors).toEqual([]);
  return healthOf(live, { custom: rules });
};

describe('compileHealthRules', () => {
  it('asks progressing, degraded, suspended, healthy in this order', () => {
    const all = { progressing: 'true', degraded: 'true', suspended: 'true', healthy: 'true' };
    expect(check(all, widget({}))?.status).toBe('Progressing');
    expect(check({ ...all, progressing: 'false' }, widget({}))?.status).toBe('Degraded');
    expect(check({ ...all, progressing: 'false', degraded: 'false' }, widget({}))?.status).toBe('Suspended');
    expect(check({ healthy: 'true', suspended: 'false' }, widget({}))?.status).toBe('Healthy');
  });
  it('is Progressing until the healthy expression holds, also while its fields are missing', () => {
    const rule = { healthy: "status.phase == 'Up'", message: "'phase ' + object.status.phase" };
    expect(check(rule, widget({}))).toEqual({ status: 'Progressing' });
    expect(check(rule, widget({ phase: 'Down' }))).toEqual({ status: 'Progressing', message: 'phase Down' });
    expect(check(rule, widget({ phase: 'Up' }))).toEqual({ status: 'Healthy', message: 'phase Up' });
  });
  it('reads whole numbers as int', () => {
    expect(check({ healthy: 'self.status.ready >= spec.replicas - 1' }, widget({ ready: 1 }))?.status).toBe('Healthy');
  });
  it('reads conditions with macros', () => {
    const rule = { degraded: "status.conditions.exists(c, c.type == 'Failed' && c.status == 'True')" };
    const live = widget({ conditions: [{ type: 'Failed', status: 'True' }] });
    expect(check(rule, live)?.status).toBe('Degraded');
    expect(check(rule, widget({ conditions: [] }))?.status).toBe('Healthy');
  });
  it('says Unknown when an expression is no bool or fails', () => {
    expect(check({ healthy: '1' }, widget({}))?.status).toBe('Unknown');
    expect(check({ healthy: "spec.replicas + 'a' == 'b'" }, widget({}))?.status).toBe('Unknown');
  });
  it.each([
    ['a syntax error', 'status.phase =='],
    ['too long', `${"'a' == ".repeat(600)}'a'`],
    ['loops nested too deep', 'spec.a.all(x, spec.a.all(y, spec.a.all(z, x == y && y == z)))'],
    ['too many loops', Array.from({ length: 9 }, () => 'spec.a.all(x, true)').join(' && ')],
  ])('returns an error for %s', (_name, expression) => {
    const { rules, errors } = compileHealthRules([{ group: 'example.com', kind: 'Widget', healthy: expression }]);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ group: 'example.com', kind: 'Widget', field: 'healthy' });
    expect(rules.evaluate('example.com', widget({}))).toBeUndefined();
  });
});
