import { describe, expect, it } from 'vitest';
import { compilePolicy, type Policy } from '../index.ts';
import { RegoSet, type Value } from '../value/value.ts';
import { createDecisionLogEntry, type Decision, type DecisionLogOptions } from './decision-log.ts';

function policyOf(rules: string): Policy {
  const { policy, faults } = compilePolicy({ modules: [{ file: 'log.rego', text: `package system.log\n${rules}` }] });
  expect(faults).toEqual([]);
  return policy as Policy;
}

const DECISION: Decision = {
  decisionId: '4ca636c1',
  timestamp: '2026-11-21T20:35:38.988447049Z',
  path: 'app/allow',
  input: { user: 'bob', password: 'secret', list: [1, 2, 3], obj: { a: 1, 'b/c': 2 } },
  result: { allow: true, token: 't' },
  labels: { app: 'a' },
  ndBuiltinCache: { 'rand.intn': { '["x",10]': 7 } },
};

function log(rules: string, more: Partial<Decision> = {}, options: DecisionLogOptions = {}) {
  return createDecisionLogEntry({ ...DECISION, ...more }, { policy: policyOf(rules), ...options });
}

function entryFor(mask: string, more: Partial<Decision> = {}): Record<string, Value> {
  const logged = log(`mask contains ${mask}`, more);
  if (logged.kind !== 'entry') throw new Error(JSON.stringify(logged));
  expect(JSON.parse(logged.json)).toEqual(JSON.parse(JSON.stringify(logged.entry)));
  return logged.entry;
}

describe('createDecisionLogEntry', () => {
  it('writes what OPA writes', () => {
    const logged = createDecisionLogEntry({
      ...DECISION,
      revisions: { main: 'r1' },
      requestedBy: '127.0.0.1:1',
      metrics: { timer_rego_query_eval_ns: 5 },
      result: new RegoSet().add(2).add(1),
    });
    expect(logged).toMatchObject({
      kind: 'entry',
      entry: {
        labels: { app: 'a' },
        decision_id: '4ca636c1',
        bundles: { main: { revision: 'r1' } },
        path: 'app/allow',
        input: DECISION.input,
        result: [1, 2],
        nd_builtin_cache: DECISION.ndBuiltinCache,
        requested_by: '127.0.0.1:1',
        timestamp: DECISION.timestamp,
        metrics: { timer_rego_query_eval_ns: 5 },
      },
    });
  });

  it('leaves out what is not there', () => {
    const { decisionId, timestamp } = DECISION;
    expect(createDecisionLogEntry({ decisionId, timestamp, query: 'x = 1' })).toEqual({
      kind: 'entry',
      entry: { labels: {}, decision_id: decisionId, query: 'x = 1', timestamp },
      json: `{"decision_id":"${decisionId}","labels":{},"query":"x = 1","timestamp":"${timestamp}"}`,
    });
  });

  it.each<[mask: string, wanted: object]>([
    ['"/input/password"', { erased: ['/input/password'], input: { user: 'bob', list: [1, 2, 3] } }],
    ['"/input/list/1"', { erased: ['/input/list/1'], input: { list: [1, 3] } }],
    ['"/input/obj/b~1c"', { erased: ['/input/obj/b~1c'], input: { obj: { a: 1 } } }],
    ['{"op": "remove", "path": "/result/token"}', { erased: ['/result/token'], result: { allow: true } }],
    ['{"op": "upsert", "path": "/input/user", "value": "***"}', { masked: ['/input/user'], input: { user: '***' } }],
    [
      '{"op": "upsert", "path": "/input/new/deep", "value": 1}',
      { masked: ['/input/new/deep'], input: { new: { deep: 1 } } },
    ],
    [
      '{"op": "upsert", "path": "/input/list/0", "value": 7}',
      { masked: ['/input/list/0'], input: { list: [7, 2, 3] } },
    ],
    ['{"op": "upsert", "path": "/result", "value": input.path}', { masked: ['/result'], result: 'app/allow' }],
    ['"/nd_builtin_cache/rand.intn"', { erased: ['/nd_builtin_cache/rand.intn'], nd_builtin_cache: {} }],
  ])('puts the mask %s on', (mask, wanted) => {
    expect(entryFor(mask)).toMatchObject(wanted);
    expect(DECISION.input).toMatchObject({ password: 'secret', list: [1, 2, 3] });
  });

  it('takes whole members out, and tells only what was there', () => {
    expect(entryFor('"/input"')).not.toHaveProperty('input');
    expect(entryFor('"/input/none/deep"')).not.toHaveProperty('erased');
    expect(entryFor('"/result"', { result: undefined as never })).not.toHaveProperty('erased');
  });

  it('reads masks from an array, too, in its order', () => {
    const logged = log('mask := ["/result", "/input/password"]');
    expect(logged).toMatchObject({ entry: { erased: ['/result', '/input/password'] } });
  });

  it.each([
    'mask contains "/labels/app"',
    'mask contains "/input/password/"\nmask contains {"op": "upsert", "path": "/input/user/x", "value": 1}',
    'mask contains {"op": "move", "path": "/input/user"}',
    'mask contains "input"',
    'mask contains 7',
    'mask := true',
    'mask := x if some x in [["/a"], ["/b"]]',
    'mask contains x if some x in numbers.range(1, 1000000)',
  ])('shows nothing when it can not mask: %s', (rules) => {
    const logged = log(rules, {}, { evaluation: { limits: { steps: 1_000 } } });
    expect(logged).toMatchObject({ kind: 'failed', fault: { code: 'DECISION_LOG_MASK' } });
    expect(JSON.stringify(logged)).not.toContain('secret');
  });

  it('drops what the policy says', () => {
    expect(log('drop if input.path == "app/allow"\nmask contains 7')).toEqual({ kind: 'dropped' });
    expect(log('drop if input.path == "other"').kind).toBe('entry');
    expect(log('skip := true', {}, { dropPath: ['system', 'log', 'skip'] })).toEqual({ kind: 'dropped' });
  });

  it('leaves results of built-ins out when the entry is too large, and refuses what is too large still', () => {
    const cache = { 'rand.intn': { '["x",10]': 'x'.repeat(1_000) } };
    const logged = log('', { ndBuiltinCache: cache }, { maxBytes: 500 });
    expect(logged).toMatchObject({ kind: 'entry', entry: { path: 'app/allow' } });
    expect(logged).not.toHaveProperty('entry.nd_builtin_cache');
    expect(log('', {}, { maxBytes: 100 })).toMatchObject({ fault: { code: 'DECISION_LOG_TOO_LARGE' } });
    expect(log('', { input: 'é'.repeat(20_000) })).toMatchObject({ fault: { code: 'DECISION_LOG_TOO_LARGE' } });
  });
});
