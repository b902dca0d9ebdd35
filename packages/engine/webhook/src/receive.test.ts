import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { receiveWebhook, type Sender, senders, type WebhookSecrets } from './index.ts';

const NOW = Date.parse('2021-02-25T14:22:10Z');
const A = 'a'.repeat(40);
const B = 'b'.repeat(40);
const ZERO = '0'.repeat(40);
const secrets: WebhookSecrets = {
  github: { type: 'shared', secret: 's3cret' },
  gitlab: { type: 'shared', secret: 's3cret' },
  gitea: { type: 'shared', secret: 's3cret' },
  bitbucket: { type: 'shared', secret: 's3cret' },
  'bitbucket-server': { type: 'shared', secret: 's3cret' },
  azuredevops: { type: 'basic', username: 'hook', password: 's3cret' },
};

function send(
  headers: Record<string, string>,
  body: unknown,
  options: { sender?: Sender; secrets?: WebhookSecrets } = {},
) {
  const bytes = typeof body === 'string' ? body : JSON.stringify(body);
  return receiveWebhook({ headers, body: Buffer.from(bytes) }, { secrets, now: NOW, ...options });
}

const hmac = (body: unknown, secret = 's3cret') =>
  createHmac('sha256', secret)
    .update(typeof body === 'string' ? body : JSON.stringify(body))
    .digest('hex');

const hubBody = {
  ref: 'refs/heads/main',
  before: A,
  after: B,
  repository: {
    clone_url: 'https://forge.example/o/r.git',
    ssh_url: 'git@forge.example:o/r.git',
    default_branch: 'main',
  },
  pusher: { name: 'alice', login: 'alice' },
};
const push = {
  kind: 'push',
  repositories: ['https://forge.example/o/r.git', 'git@forge.example:o/r.git'],
  changes: [{ ref: 'refs/heads/main', before: A, after: B }],
  defaultBranch: 'main',
  pusher: 'alice',
};

const signed: Record<Sender, (body: unknown) => Record<string, string>> = {
  github: (body) => ({ 'x-github-event': 'push', 'x-hub-signature-256': `sha256=${hmac(body)}` }),
  gitlab: () => ({ 'x-gitlab-event': 'Push Hook', 'x-gitlab-token': 's3cret' }),
  // Gitea sends GitHub's headers, too.
  gitea: (body) => ({ 'x-gitea-event': 'push', 'x-github-event': 'push', 'x-gitea-signature': hmac(body) }),
  bitbucket: (body) => ({
    'x-event-key': 'repo:push',
    'x-hook-uuid': '{1}',
    'x-hub-signature': `sha256=${hmac(body)}`,
  }),
  'bitbucket-server': (body) => ({ 'x-event-key': 'repo:refs_changed', 'x-hub-signature': `sha256=${hmac(body)}` }),
  azuredevops: () => ({
    'x-vss-activityid': '1',
    authorization: `Basic ${Buffer.from('hook:s3cret').toString('base64')}`,
  }),
};

const bodies: Record<Sender, unknown> = {
  github: hubBody,
  gitea: hubBody,
  gitlab: {
    object_kind: 'push',
    ref: 'refs/heads/main',
    before: A,
    after: B,
    user_username: 'alice',
    project: {
      git_http_url: 'https://forge.example/o/r.git',
      git_ssh_url: 'git@forge.example:o/r.git',
      default_branch: 'main',
    },
  },
  bitbucket: {
    actor: { nickname: 'alice' },
    repository: { links: { html: { href: 'https://forge.example/o/r' } } },
    push: {
      changes: [
        {
          old: { type: 'branch', name: 'main', target: { hash: A } },
          new: { type: 'branch', name: 'main', target: { hash: B } },
        },
      ],
    },
  },
  'bitbucket-server': {
    actor: { name: 'alice' },
    repository: {
      links: { clone: [{ href: 'https://forge.example/o/r.git' }, { href: 'git@forge.example:o/r.git' }] },
    },
    changes: [{ ref: { id: 'refs/heads/main' }, fromHash: A, toHash: B }],
  },
  azuredevops: {
    eventType: 'git.push',
    resource: {
      refUpdates: [{ name: 'refs/heads/main', oldObjectId: A, newObjectId: B }],
      repository: { remoteUrl: 'https://forge.example/o/r', defaultBranch: 'refs/heads/main' },
      pushedBy: { uniqueName: 'alice' },
    },
  },
};

describe.each(senders)('%s', (sender) => {
  const body = bodies[sender];

  it('reads a push that proves itself', () => {
    const outcome = send(signed[sender](body), body, { sender });
    expect(outcome).toMatchObject({
      accepted: true,
      sender,
      event: { kind: 'push', changes: push.changes, pusher: 'alice' },
    });
    expect(outcome.accepted && outcome.event.kind === 'push' && outcome.event.repositories[0]).toContain(
      'forge.example/o/r',
    );
  });

  it('refuses without credentials, with wrong ones, and without a secret of ours', () => {
    const headers = signed[sender](body);
    const without = Object.fromEntries(
      Object.entries(headers).filter(([name]) => !/signature|token|authorization/.test(name)),
    );
    const wrong = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [
        name,
        /signature|token|authorization/.test(name) ? `${value.slice(0, -1)}${value.endsWith('0') ? '1' : '0'}` : value,
      ]),
    );
    expect(send(without, body)).toMatchObject({ accepted: false, code: 'WEBHOOK_SIGNATURE_INVALID' });
    expect(send(wrong, body)).toMatchObject({ accepted: false, code: 'WEBHOOK_SIGNATURE_INVALID' });
    expect(send(headers, body, { secrets: {} })).toMatchObject({ accepted: false, code: 'WEBHOOK_SECRET_MISSING' });
    expect(JSON.stringify([send(without, body), send(wrong, body)])).not.toContain('s3cret');
  });

  it('refuses a body that is no push', () => {
    for (const bad of ['', '[]', 'null', '{', '{}', '"x"', '{"ref":1}', '\u0000', { ...hubBody, ref: 'main' }]) {
      expect(send(signed[sender](bad), bad)).toMatchObject({ accepted: false, code: 'WEBHOOK_BODY_INVALID' });
    }
  });

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        const outcome = send(signed[sender](text), text);
        expect(outcome.accepted ? outcome.event.kind : outcome.code).toMatch(
          /^(?:other|ping|push|WEBHOOK_BODY_INVALID)$/,
        );
      }),
      { numRuns: 200 },
    );
  });
});

it("agrees with the example of GitHub's documentation", () => {
  const headers = {
    'x-github-event': 'ping',
    'x-hub-signature-256': 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
  };
  const github = { type: 'shared', secret: "It's a Secret to Everybody" } as const;
  // Proven, and then found not to be JSON.
  expect(send(headers, 'Hello, World!', { secrets: { github } })).toMatchObject({ code: 'WEBHOOK_BODY_INVALID' });
});

it('does not take an older SHA-1 signature', () => {
  const headers = { 'x-github-event': 'push', 'x-hub-signature': `sha1=${createHmac('sha1', 's3cret').digest('hex')}` };
  expect(send(headers, hubBody)).toMatchObject({ code: 'WEBHOOK_SIGNATURE_INVALID' });
});

describe("GitLab's signed requests", () => {
  const secret = `whsec_${Buffer.from('a key of some bytes').toString('base64')}`;
  const body = JSON.stringify(bodies.gitlab);
  const headers = (at: number, text = body) => ({
    'x-gitlab-event': 'Push Hook',
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(at),
    'webhook-signature': `v1,AAAA v1,${createHmac('sha256', 'a key of some bytes').update(`msg_1.${at}.${text}`).digest('base64')}`,
  });
  const options = { secrets: { gitlab: { type: 'shared', secret } as const } };
  const now = Math.floor(NOW / 1000);

  it.each([
    ['now', headers(now), true],
    ['five minutes old', headers(now - 299), true],
    ['six minutes old', headers(now - 361), false],
    ['from the future', headers(now + 361), false],
    ['of another body', headers(now, '{}'), false],
    ['without a time', { ...headers(now), 'webhook-timestamp': 'soon' }, false],
  ])('%s', (_name, given, accepted) => {
    expect(send(given, body, options).accepted).toBe(accepted);
  });
});

it.each([
  ['made', { before: ZERO }, { ref: 'refs/heads/main', after: B }],
  ['deleted', { after: ZERO }, { ref: 'refs/heads/main', before: A }],
  ['a tag', { ref: 'refs/tags/v1' }, { ref: 'refs/tags/v1', before: A, after: B }],
])('a ref that is %s', (_name, change, wanted) => {
  const body = { ...hubBody, ...change };
  expect(send(signed.github(body), body)).toMatchObject({ event: { changes: [wanted] } });
});

it.each([
  ['github', { 'x-github-event': 'ping' }, { zen: 'x' }, { kind: 'ping' }],
  ['github', { 'x-github-event': 'pull_request' }, { number: 1 }, { kind: 'other', event: 'pull_request' }],
  ['gitlab', { 'x-gitlab-event': 'System Hook' }, bodies.gitlab, { kind: 'push' }],
  ['gitlab', { 'x-gitlab-event': 'Merge Request Hook' }, {}, { kind: 'other', event: 'Merge Request Hook' }],
  ['bitbucket-server', { 'x-event-key': 'diagnostics:ping' }, { test: true }, { kind: 'ping' }],
] as const)('%s %j', (sender, headers, body, event) => {
  expect(send({ ...signed[sender](body), ...headers }, body)).toMatchObject({ accepted: true, event });
});

it('wants the sender that the address is for', () => {
  expect(send(signed.github(hubBody), hubBody, { sender: 'gitlab' })).toMatchObject({ code: 'WEBHOOK_SENDER_UNKNOWN' });
  expect(send({}, hubBody)).toMatchObject({ code: 'WEBHOOK_SENDER_UNKNOWN' });
});

it('names equal bodies equally', () => {
  const digests = [hubBody, hubBody, { ...hubBody, after: 'c'.repeat(40) }].map((body) => {
    const outcome = send(signed.github(body), body);
    return outcome.accepted ? outcome.digest : '';
  });
  expect(digests[0]).toBe(digests[1]);
  expect(digests[0]).not.toBe(digests[2]);
});
