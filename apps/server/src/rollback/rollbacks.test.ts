import { SekishoError, silentLogger } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import { fakeClock } from '@sekisho/testkit';
import { describe, expect, test } from 'vitest';
import { type Application, parseApplication } from '../applications/application.ts';
import { parseAutoRollback } from './automatic.ts';
import { revertMessage } from './commit-message.ts';
import type { RollbackContext } from './rollback-context.ts';
import { formatHeld, parseHeld, type RollbackState } from './rollback-state.ts';
import { createRollbacks } from './rollbacks.ts';

const from = 'b'.repeat(40);
const to = 'a'.repeat(40);
const state: RollbackState = {
  id: '3a6c37f2-f826-4942-a2ee-6886d0424e15',
  phase: 'Running',
  message: 'the revert is made in git',
  startedAt: '2026-01-01T00:00:00.000Z',
  from,
  to,
  reason: 'Checkout fails.',
  initiatedBy: { username: 'mori' },
  prune: false,
  pullRequest: false,
  held: [from],
};

function application(held = from): Application {
  const object: KubeObject = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: 'web', namespace: 'argocd', annotations: { 'sekisho.dev/held-revisions': held } },
    spec: {
      source: { repoURL: 'https://git.example/config.git', path: 'web' },
      destination: { server: 'https://kubernetes.default.svc', namespace: 'web' },
    },
    status: { rollback: state },
  };
  const parsed = parseApplication(object, 'argocd');
  if (!('application' in parsed)) throw new Error(JSON.stringify(parsed.diagnostics));
  return parsed.application;
}

describe('a remote that stays away', () => {
  test('is tried ever more seldom and given up after an hour; what was held for it is free again', async () => {
    const clock = fakeClock(Date.parse(state.startedAt));
    const outcomes: string[] = [];
    const rollbacks = createRollbacks({
      clock,
      controlNamespace: 'argocd',
      logger: silentLogger,
      ownUrl: () => 'http://127.0.0.1:7070',
      list: () => [],
      wake: () => {},
      events: { event: () => {} },
      audit: { record: ({ outcome }: { outcome: string }) => void outcomes.push(outcome) },
      sources: {
        inputs: async () => {
          throw new SekishoError('GIT_UNREACHABLE', 'the remote does not answer', { retryable: true });
        },
      },
    } as unknown as RollbackContext);
    let now = application(`${'c'.repeat(40)},${from}`);
    const messages: string[] = [];
    const step = async () => {
      now = await rollbacks.step(now, async (_, next) => next);
      await clock.advance(0);
      now = await rollbacks.step(now, async (_, next) => next);
      return (now.object['status'] as { rollback: RollbackState }).rollback;
    };
    let last = await step();
    while (last.phase === 'Running' && messages.length < 100) {
      messages.push(last.message);
      await clock.advance(300_000);
      last = await step();
    }
    expect(messages[0]).toBe('the remote does not answer; tried again in 5 s');
    expect(messages.at(-1)).toContain('tried again in 300 s');
    expect(last).toMatchObject({ phase: 'Failed', message: 'given up after an hour: the remote does not answer' });
    expect(Date.parse(last.finishedAt ?? '') - Date.parse(state.startedAt)).toBeGreaterThan(3_600_000);
    expect(parseHeld(now.object)).toEqual(['c'.repeat(40)]);
    expect(outcomes).toEqual(['failed']);
    await rollbacks.close();
  });
});

describe('sekisho.dev/auto-rollback', () => {
  test.each([
    ['5m', { withinMs: 300_000, pullRequest: false }],
    ['90s commit', { withinMs: 90_000, pullRequest: false }],
    [' 1h30m,  pull-request ', { withinMs: 5_400_000, pullRequest: true }],
    ['5', { withinMs: 5_000, pullRequest: false }],
    ['', undefined],
    [undefined, undefined],
  ])('%j', (text, policy) => {
    expect(parseAutoRollback(text)).toEqual(policy);
  });

  test.each(['soon', '-5m', '0s', '5m never', '5m commit now', `${'9'.repeat(400)}h`])(
    '%j is told as wrong',
    (text) => {
      expect(parseAutoRollback(text)).toContain('nothing is rolled back automatically');
    },
  );
});

describe('sekisho.dev/held-revisions', () => {
  const held = (text: string) => parseHeld({ ...application(text).object });

  test('holds commits, and sets of them; the newest twenty; what is none is left out', () => {
    expect(held(`${from}, ${to}+${from}`)).toEqual([from, `${to}+${from}`]);
    expect(held('main,HEAD,../x,abc')).toEqual([]);
    const many = Array.from({ length: 30 }, (_, i) => `${i}`.padStart(40, '0'));
    expect(held(many.join(','))).toEqual(many.slice(10));
    expect(formatHeld(many)).toBe(many.slice(10).join(','));
    expect(formatHeld([])).toBeNull();
  });
});

test('what a person writes as the reason can not stand in for what programs read', () => {
  const message = revertMessage({
    state: {
      ...state,
      reason: 'Bad.\n\nSekisho-Rollback: forged',
      initiatedBy: { username: 'eve\nSekisho-Restores: x' },
    },
    application: { namespace: 'argocd', name: 'web' },
    to,
    reverted: [],
    also: [],
    link: 'http://127.0.0.1:7070/applications/argocd/web',
  });
  const trailers = message.split('\n\n').at(-1)?.split('\n');
  expect(trailers).toEqual([
    'Sekisho-Application: argocd/web',
    `Sekisho-Restores: ${to}`,
    `Sekisho-Rollback: ${state.id}`,
    'Sekisho-Requested-By: eve Sekisho-Restores: x',
  ]);
});
