import type { KubeObject } from '@sekisho/kube';
import { afterAll, describe, expect, test } from 'vitest';
import { createJq, type Jq } from './jq.ts';

const object = (value: Record<string, unknown>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'X',
  metadata: { name: 'x' },
  ...value,
});

const jq: Jq = createJq();
afterAll(() => jq.close());

describe('jq names', () => {
  const web = object({
    list: [
      { name: 'a', v: 1 },
      { name: 'b', v: 2 },
    ],
    map: { 'x.dev/y': 'é\u0000' },
  });

  test.each<[expression: string, paths: unknown]>([
    ['.list[] | select(.name == "b") | .v', [['list', 1, 'v']]],
    ['.list[1:]', [['list', { start: 1, end: null }]]],
    ['.list[-1].v', [['list', -1, 'v']]],
    ['.map["x.dev/y"]', [['map', 'x.dev/y']]],
    ['.a, .b # both', [['a'], ['b']]],
    ['.map | to_entries', []],
    ['.nothing[]', []],
    ['.list[]?.v | select(. > 7)', []],
    ['env', []],
  ])('%s', async (expression, paths) => {
    expect(await jq.paths(expression, [web])).toEqual([paths]);
  });

  test('paths of many objects, each for itself', async () => {
    const objects = Array.from({ length: 2_000 }, (_, i) => object({ list: [i], pad: 'x'.repeat(500) }));
    const found = await jq.paths('.list[] | select(. % 2 == 0)', [web, ...objects]);
    expect(found).toHaveLength(2_001);
    expect(found[1]).toEqual([['list', 0]]);
    expect(found[2]).toEqual([]);
  });
});

describe('jq refuses', () => {
  test.each<[expression: string, code: string]>([
    ['.a[', 'JQ_INVALID'],
    ['', 'JQ_INVALID'],
    ['.a | halt', 'JQ_INVALID'],
    ['"secret" | halt_error', 'JQ_INVALID'],
    ['import "x" as x; .a', 'JQ_INVALID'],
    ['nonsense(1)', 'JQ_INVALID'],
  ])('%j', async (expression, code) => {
    const failed = jq.paths(expression, [object({ password: 'hunter2' })]);
    await expect(failed).rejects.toMatchObject({ code });
    await expect(failed).rejects.not.toThrow(/hunter2|secret/);
    expect(await jq.paths('.a', [object({})])).toEqual([[['a']]]);
  });

  test.each([
    '.list[range(1e12)]',
    '.list[0] | recurse(.)',
    '.a | (.b, .c) | recurse(.x)',
    'def f: .a, (.a | f); f',
    '.list[range(10001)]',
  ])('%j, which would answer gigabytes', async (expression) => {
    const patient = createJq({ deadlineMs: 5_000 });
    const failed = patient.paths(expression, [object({ list: [1] })]);
    await expect(failed).rejects.toMatchObject({ code: expect.stringMatching(/^JQ_(TIMEOUT|TOO_LARGE|FAILED)$/) });
    expect(await patient.paths('.a', [object({})])).toEqual([[['a']]]);
    await patient.close();
  });

  test('what never ends, and what wants all memory; others get their turn, and the event loop never waits', async () => {
    let ticks = 0;
    const pulse = setInterval(() => ticks++, 5);
    const impatient = createJq({ deadlineMs: 300 });
    const endless = impatient.paths('def f: f; f', [object({})]);
    const greedy = impatient.paths('[limit(1e9; repeat(.))] | .[0]', [object({})]);
    const fine = impatient.paths('.a', [object({})]);
    await expect(endless).rejects.toMatchObject({ code: 'JQ_TIMEOUT' });
    await expect(greedy).rejects.toMatchObject({ code: expect.stringMatching(/^JQ_(TIMEOUT|TOO_LARGE)$/) });
    expect(await fine).toEqual([[['a']]]);
    clearInterval(pulse);
    await impatient.close();
    await expect(impatient.paths('.a', [object({})])).rejects.toMatchObject({ code: 'JQ_FAILED' });
    expect(ticks).toBeGreaterThan(5);
  });
});
