import { createHmac } from 'node:crypto';
import { silentLogger } from '@sekisho/base';
import type { WebhookSecrets } from '@sekisho/webhook';
import { fastify } from 'fastify';
import { describe, expect, test } from 'vitest';
import type { NewAuditEntry } from '../audit/audit.ts';
import { createWebhooks } from '../webhooks/webhooks.ts';
import { hookRoutes } from './hooks.ts';
import { toProblem } from './problem.ts';
import { createTokenAccess, guardRoutes } from './route.ts';

const SECRET = 'webhook-secret';
const secrets: WebhookSecrets = { github: { type: 'shared', secret: SECRET } };

function setUp(options: { refresh?: (repoURL: string) => Promise<void>; addresses?: string[] } = {}) {
  const fetched: string[] = [];
  const audited: NewAuditEntry[] = [];
  const results: string[] = [];
  const webhooks = createWebhooks({
    secrets: async () => secrets,
    sources: {
      addresses: () => options.addresses ?? ['git@forge.example:org/config.git', 'https://forge.example/org/other'],
      refresh: async ({ repoURL }) => {
        fetched.push(repoURL);
        await options.refresh?.(repoURL);
      },
    },
    audit: { record: (entry) => audited.push(entry) },
    onResult: (sender, result) => results.push(`${sender} ${result}`),
    now: () => Date.now(),
    logger: silentLogger,
  });
  const app = fastify();
  app.setErrorHandler((error, _request, reply) => {
    const problem = toProblem(error);
    reply.code(problem.status).send(problem);
  });
  guardRoutes(app, { access: createTokenAccess('token') });
  hookRoutes(webhooks)(app);
  const post = (url: string, body: string | Buffer, headers: Record<string, string> = {}) =>
    app.inject({ method: 'POST', url, payload: body, headers: { 'content-type': 'application/json', ...headers } });
  const push = (after: string, { url = '/hooks/github', secret = SECRET } = {}) => {
    const body = JSON.stringify({
      ref: 'refs/heads/main',
      after: after.repeat(40),
      repository: { clone_url: 'https://forge.example/org/config.git' },
      pusher: { name: 'alice' },
    });
    const signature = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
    return post(url, body, { 'x-github-event': 'push', 'x-hub-signature-256': signature });
  };
  return { app, webhooks, fetched, audited, results, post, push };
}

describe('a webhook', () => {
  test.each(['/hooks/github', '/api/webhook'])('of a push to %s makes what it names be fetched', async (url) => {
    const { push, fetched, audited, results } = setUp();
    const response = await push('a', { url });
    expect([response.statusCode, response.json()]).toEqual([202, { result: 'accepted', repositories: 1 }]);
    expect(fetched).toEqual(['git@forge.example:org/config.git']);
    expect(audited).toMatchObject([{ action: 'repository.push', actor: { user: 'github:alice', method: 'webhook' } }]);
    expect(results).toEqual(['github accepted']);
  });

  test('that is forged is refused, and nothing is fetched or shown', async () => {
    const { push, fetched, audited, results } = setUp();
    const response = await push('a', { secret: 'guess' });
    expect([response.statusCode, response.json().code]).toEqual([401, 'WEBHOOK_SIGNATURE_INVALID']);
    expect(response.body).not.toContain(SECRET);
    expect([fetched, audited]).toEqual([[], []]);
    expect(results).toEqual(['github WEBHOOK_SIGNATURE_INVALID']);
  });

  test('that comes again does nothing', async () => {
    const { push, fetched } = setUp();
    await push('a');
    expect((await push('a')).json()).toEqual({ result: 'duplicate', repositories: 0 });
    expect((await push('b')).json()).toEqual({ result: 'accepted', repositories: 1 });
    expect(fetched).toHaveLength(2);
  });

  test('of a repository that nobody follows is taken and ignored', async () => {
    const { push, fetched } = setUp({ addresses: ['https://forge.example/org/config-2'] });
    expect((await push('a')).json()).toEqual({ result: 'ignored', repositories: 0 });
    expect(fetched).toEqual([]);
  });

  test('of a forge without a secret, or of none, is refused with what to do', async () => {
    const { post } = setUp();
    const gitlab = await post('/hooks/gitlab', '{}', { 'x-gitlab-event': 'Push Hook', 'x-gitlab-token': 'x' });
    expect([gitlab.statusCode, gitlab.json()]).toMatchObject([
      403,
      { code: 'WEBHOOK_SECRET_MISSING', hint: expect.stringContaining('webhook.gitlab.secret') },
    ]);
    expect((await post('/hooks/github', '{}')).json()).toMatchObject({ code: 'WEBHOOK_SENDER_UNKNOWN', status: 400 });
    expect((await post('/hooks/unknown', '{}')).statusCode).toBe(404);
  });

  test('with a body of 100 MB is refused before it is read', async () => {
    const { post } = setUp();
    const response = await post('/hooks/github', Buffer.alloc(100 * 1024 * 1024), { 'x-github-event': 'push' });
    expect(response.statusCode).toBe(413);
  });
});

test('sixteen pushes while a fetch runs cost one more fetch, and a failed one is not lost', async () => {
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const { push, fetched, webhooks } = setUp({
    refresh: async () => {
      await gate;
      throw new Error('the forge is away');
    },
  });
  await Promise.all([...'0123456789abcdef'].map((digit) => push(digit)));
  expect(fetched).toHaveLength(1);
  open();
  await expect.poll(() => fetched.length).toBe(2);
  await webhooks.close();
  expect(fetched).toHaveLength(2);
});
