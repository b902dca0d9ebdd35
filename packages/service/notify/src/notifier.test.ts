import type { AddressInfo } from 'node:net';
import { type RecordedRequest, type RecordingServer, recordingServer, type ScriptedReply } from '@sekisho/testkit';
import { SMTPServer } from 'smtp-server';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createNotifier, type Delivery, type Notifier, type NotifyService } from './index.ts';

let notifier: Notifier;
let server: RecordingServer;
let url: string;
let seen: RecordedRequest[];
let reply: (request: RecordedRequest) => ScriptedReply;

beforeEach(async () => {
  notifier = createNotifier();
  reply = () => ({ body: 'ok' });
  server = await recordingServer((request) => reply(request));
  ({ url, requests: seen } = server);
});
afterEach(async () => {
  await notifier.close();
  await server.close();
});

const delivery = (service: NotifyService, more: Partial<Delivery> = {}): Delivery => ({
  id: 'delivery-1',
  service,
  recipient: 'ops',
  text: 'web is Degraded\nno pods',
  fields: {},
  ...more,
});
const deliver = (one: Delivery, signal = AbortSignal.timeout(10_000)) => notifier.deliver(one, signal);

describe('slack by its API', () => {
  const slack = (): NotifyService => ({
    name: 'slack',
    type: 'slack',
    settings: { token: 'xoxb-secret', apiURL: url },
  });
  beforeEach(() => {
    reply = () => ({ body: JSON.stringify({ ok: true, ts: '1.2', channel: 'C1' }) });
  });

  test('posts a message', async () => {
    const sent = await deliver(
      delivery(slack(), { fields: { slack: { blocks: '[{"type":"divider"}]', username: 'sekisho' } } }),
    );
    expect(sent).toEqual({ thread: { ts: '1.2', channel: 'C1', text: 'web is Degraded\nno pods' } });
    expect(seen).toMatchObject([{ path: '/chat.postMessage', headers: { authorization: 'Bearer xoxb-secret' } }]);
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({
      channel: 'ops',
      text: 'web is Degraded\nno pods',
      blocks: [{ type: 'divider' }],
      username: 'sekisho',
    });
  });

  test('answers in the thread of an incident, and the first message says how it stands', async () => {
    const { thread } = await deliver(delivery(slack()));
    await deliver(
      delivery(slack(), { text: 'web is well again', closes: true, ...(thread === undefined ? {} : { thread }) }),
    );
    expect(seen.map(({ path }) => path)).toEqual(['/chat.postMessage', '/chat.update', '/chat.postMessage']);
    expect(JSON.parse(seen[1]?.body ?? '')).toEqual({
      channel: 'C1',
      ts: '1.2',
      text: ':white_check_mark: ~web is Degraded~\nweb is well again',
    });
    expect(JSON.parse(seen[2]?.body ?? '')).toMatchObject({
      channel: 'C1',
      thread_ts: '1.2',
      text: 'web is well again',
    });
  });

  test('answers in the thread also when the first message can not be changed any more', async () => {
    const { thread } = await deliver(delivery(slack()));
    reply = ({ path }) => ({
      body: JSON.stringify(path === '/chat.update' ? { ok: false, error: 'message_not_found' } : { ok: true }),
    });
    await deliver(delivery(slack(), { closes: true, ...(thread === undefined ? {} : { thread }) }));
    expect(seen.at(-1)).toMatchObject({ path: '/chat.postMessage' });
  });

  test.each<[string, ScriptedReply, object]>([
    [
      'too many requests',
      { status: 429, headers: { 'retry-after': '30' } },
      { code: 'NOTIFY_UNAVAILABLE', retryable: true, details: { retryAfterMs: 30_000 } },
    ],
    [
      'a wait without end',
      { status: 429, headers: { 'retry-after': '999999999' } },
      { details: { retryAfterMs: 3_600_000 } },
    ],
    ['a fault of its own', { status: 503 }, { code: 'NOTIFY_UNAVAILABLE', retryable: true }],
    [
      'a passing error',
      { body: '{"ok":false,"error":"internal_error"}' },
      { code: 'NOTIFY_UNAVAILABLE', retryable: true },
    ],
    ['no JSON', { body: '<html>' }, { code: 'NOTIFY_UNAVAILABLE' }],
    [
      'an unknown channel',
      { body: '{"ok":false,"error":"channel_not_found"}' },
      { code: 'NOTIFY_REFUSED', retryable: false, message: expect.stringContaining('ops: channel_not_found') },
    ],
    [
      'a token that is no longer valid',
      { body: '{"ok":false,"error":"token_revoked"}' },
      { code: 'NOTIFY_MISCONFIGURED' },
    ],
    ['a cut connection', { cut: true }, { code: 'NOTIFY_UNAVAILABLE', retryable: true }],
    ['a redirect', { status: 302, headers: { location: 'http://127.0.0.1:1/' } }, { code: 'NOTIFY_REFUSED' }],
    ['an endless answer', { body: 'x'.repeat(1_000_000) }, { code: 'NOTIFY_UNAVAILABLE' }],
  ])('%s', async (_name, given, wanted) => {
    reply = () => given;
    const failed = await deliver(delivery(slack())).catch((error: unknown) => error);
    expect(failed).toMatchObject(wanted);
    expect(String(failed)).not.toContain('xoxb-secret');
  });

  test('a server that stalls is left when the time is up', async () => {
    reply = () => ({ stall: true });
    const over = new AbortController();
    const waiting = deliver(delivery(slack()), over.signal);
    await expect.poll(() => seen.length).toBe(1);
    over.abort(new Error('closing'));
    await expect(waiting).rejects.toThrow('closing');
  });

  test('without a token, or with a template that gives no JSON, it says what to mend', async () => {
    const bare = { ...slack(), settings: { apiURL: url } };
    await expect(deliver(delivery(bare))).rejects.toMatchObject({
      code: 'NOTIFY_MISCONFIGURED',
      message: 'the service slack: token is missing',
    });
    await expect(deliver(delivery(slack(), { fields: { slack: { blocks: 'x' } } }))).rejects.toThrow(
      'slack.blocks is no JSON',
    );
  });
});

test('slack by an incoming webhook', async () => {
  await deliver(delivery({ name: 'slack', type: 'slack', settings: { webhookURL: `${url}/services/secret-part` } }));
  expect(seen).toMatchObject([
    { path: '/services/secret-part', body: JSON.stringify({ text: 'web is Degraded\nno pods' }) },
  ]);
  reply = () => ({ status: 404 });
  const failed = deliver(
    delivery({ name: 'slack', type: 'slack', settings: { webhookURL: `${url}/services/secret-part` } }),
  );
  await expect(failed).rejects.not.toThrow('secret-part');
});

describe('webhook', () => {
  const settings = () => ({
    url: `${url}/base/`,
    headers: [{ name: 'X-Key', value: 'k' }],
    basicAuth: { username: 'u', password: 'p' },
  });

  test('sends what the template says', async () => {
    const fields = {
      webhook: { audit: { method: 'put', path: 'events?x=1', body: '{"a":1}' }, other: { body: 'no' } },
    };
    await deliver(delivery({ name: 'audit', type: 'webhook', settings: settings() }, { fields }));
    expect(seen).toMatchObject([
      {
        method: 'PUT',
        path: '/base/events?x=1',
        body: '{"a":1}',
        headers: { 'x-key': 'k', authorization: 'Basic dTpw', 'x-sekisho-delivery': 'delivery-1' },
      },
    ]);
  });

  test('and without a template the text', async () => {
    await deliver(delivery({ name: 'audit', type: 'webhook', settings: settings() }));
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({
      id: 'delivery-1',
      text: 'web is Degraded\nno pods',
      recipient: 'ops',
    });
  });

  test.each(['', 'no url', 'file:///etc/passwd'])('an address that is none: %j', async (address) => {
    await expect(deliver(delivery({ name: 'a', type: 'webhook', settings: { url: address } }))).rejects.toMatchObject({
      code: 'NOTIFY_MISCONFIGURED',
    });
  });
});

describe('teams', () => {
  const teams = (more: object = {}): NotifyService => ({
    name: 'teams',
    type: 'teams',
    settings: { recipientUrls: { ops: `${url}/hook` }, ...more },
  });

  test('a message card', async () => {
    reply = () => ({ body: '1' });
    await deliver(delivery(teams(), { fields: { teams: { title: 'web', facts: '[{"name":"a","value":"b"}]' } } }));
    expect(JSON.parse(seen[0]?.body ?? '')).toMatchObject({
      '@type': 'MessageCard',
      title: 'web',
      sections: [{ facts: [{ name: 'a' }] }],
    });
  });

  test('an adaptive card', async () => {
    await deliver(delivery(teams({ format: 'adaptive' })));
    expect(JSON.parse(seen[0]?.body ?? '')).toMatchObject({ attachments: [{ content: { type: 'AdaptiveCard' } }] });
  });

  test.each([
    [
      'Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429 with ContextId x',
      'NOTIFY_UNAVAILABLE',
    ],
    ['Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 413', 'NOTIFY_REFUSED'],
  ])('%s', async (body, code) => {
    reply = () => ({ body });
    await expect(deliver(delivery(teams()))).rejects.toMatchObject({ code });
  });

  test('an unknown channel', async () => {
    await expect(deliver(delivery(teams(), { recipient: 'none' }))).rejects.toMatchObject({
      code: 'NOTIFY_MISCONFIGURED',
    });
  });
});

describe('mail', () => {
  let smtp: SMTPServer;
  let mails: { from: string; to: string[]; text: string }[];
  let refuse: Error | undefined;
  let settings: Record<string, unknown>;

  beforeEach(async () => {
    mails = [];
    refuse = undefined;
    smtp = new SMTPServer({
      authOptional: true,
      allowInsecureAuth: true,
      onAuth: ({ username, password }, _session, done) =>
        done(password === 'right' ? null : Object.assign(new Error('no'), { responseCode: 535 }), { user: username }),
      onRcptTo: (_address, _session, done) => done(refuse),
      onData: (stream, session, done) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          const { mailFrom, rcptTo } = session.envelope;
          mails.push({
            from: mailFrom === false ? '' : mailFrom.address,
            to: rcptTo.map(({ address }) => address),
            text: Buffer.concat(chunks).toString(),
          });
          done();
        });
      },
    });
    smtp.on('error', () => {});
    await new Promise<void>((listening) => smtp.listen(0, '127.0.0.1', listening));
    const { port } = smtp.server.address() as AddressInfo;
    settings = { host: '127.0.0.1', port, from: 'sekisho@example.org', insecure_skip_verify: true };
  });
  afterEach(() => new Promise<void>((closed) => smtp.close(closed)));

  const mail = (more: Partial<Delivery> = {}, extra: object = {}) =>
    deliver(
      delivery(
        { name: 'email', type: 'email', settings: { ...settings, ...extra } },
        { recipient: 'ops@example.org', ...more },
      ),
    );

  test('is sent, and later ones answer it', async () => {
    const { thread } = await mail({ fields: { email: { subject: 'web is degraded', body: 'See the console.' } } });
    expect(mails).toMatchObject([{ from: 'sekisho@example.org', to: ['ops@example.org'] }]);
    expect(mails[0]?.text).toMatch(/Subject: web is degraded[\s\S]*See the console\./);
    await mail({ id: 'delivery-2', ...(thread === undefined ? {} : { thread }) });
    expect(mails[1]?.text).toContain('In-Reply-To: <delivery-1@sekisho>');
  });

  test('a subject can not add headers', async () => {
    await mail({ fields: { email: { subject: 'a\r\nBcc: eve@example.org' } } });
    expect(mails[0]?.to).toEqual(['ops@example.org']);
    expect(mails[0]?.text).not.toMatch(/^Bcc:/m);
  });

  test.each([
    ['a mailbox that is not there', 550, 'NOTIFY_REFUSED'],
    ['a full one', 452, 'NOTIFY_UNAVAILABLE'],
  ])('%s', async (_name, responseCode, code) => {
    refuse = Object.assign(new Error('said with secrets'), { responseCode });
    const failed = await mail().catch((error: unknown) => error);
    expect(failed).toMatchObject({ code });
    expect(String(failed)).not.toContain('said with secrets');
  });

  test('a wrong password, and a server that is away', async () => {
    await expect(mail({}, { username: 'u', password: 'wrong' })).rejects.toMatchObject({
      code: 'NOTIFY_MISCONFIGURED',
    });
    await mail({}, { username: 'u', password: 'right' });
    expect(mails).toHaveLength(1);
    await expect(mail({}, { port: 1 })).rejects.toMatchObject({ code: 'NOTIFY_UNAVAILABLE', retryable: true });
  });
});
