import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { createForge, type ForgeKind, guessForge } from './index.ts';

const token = 's3cr3t-forge-token';
const wish = { head: 'sekisho/revert-web-1', base: 'main', title: 'Roll back web', body: 'Because.' };

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

let server: Server | undefined;
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((closed) => (server === undefined ? closed(undefined) : server.close(closed)));
  server = undefined;
});

type Answer = (seen: Seen, response: ServerResponse) => void;

/** A forge that records requests and answers as told. */
async function start(answer: Answer): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const { method = '', url = '', headers } = request;
      const entry = { method, url, headers, body: text === '' ? undefined : JSON.parse(text) };
      seen.push(entry);
      answer(entry, response);
    });
  });
  await new Promise<void>((listening) => server?.listen(0, '127.0.0.1', listening));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/team/config.git`, seen };
}

const json =
  (status: number, body: unknown): Answer =>
  (_, response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

const forge = (kind: ForgeKind, repoURL: string, timeoutMs = 5_000) => createForge({ kind, repoURL, token, timeoutMs });

const made = {
  github: { html_url: 'https://forge.example/team/config/pull/7', number: 7 },
  gitea: { html_url: 'https://forge.example/team/config/pulls/7', number: 7 },
  gitlab: { web_url: 'https://forge.example/team/config/-/merge_requests/7', iid: 7 },
} as const;

const expected = {
  github: { url: '/api/v3/repos/team/config/pulls', header: ['authorization', `Bearer ${token}`] },
  gitea: { url: '/api/v1/repos/team/config/pulls', header: ['authorization', `token ${token}`] },
  gitlab: { url: '/api/v4/projects/team%2Fconfig/merge_requests', header: ['private-token', token] },
} as const;

const kinds = ['github', 'gitlab', 'gitea'] as const;

describe.each(kinds)('createForge for %s', (kind) => {
  test('opens a pull request with the token', async () => {
    const { url, seen } = await start(json(201, made[kind]));
    const opened = await forge(kind, url).openPullRequest(wish);
    expect(opened).toMatchObject({ number: 7, existing: false });
    expect(opened.url).toContain('https://forge.example/team/config/');
    const [request] = seen;
    const [name, value] = expected[kind].header;
    expect(request).toMatchObject({ method: 'POST', url: expected[kind].url });
    expect(request?.headers[name]).toBe(value);
    expect(Object.values(request?.body as object)).toEqual(
      expect.arrayContaining([wish.head, wish.base, wish.title, wish.body]),
    );
  });

  test('gives the open one when there is one already', async () => {
    const branches =
      kind === 'gitlab'
        ? { source_branch: wish.head, target_branch: wish.base }
        : { head: { ref: wish.head }, base: { ref: wish.base } };
    const { url } = await start((seen, response) =>
      seen.method === 'POST'
        ? json(kind === 'github' ? 422 : 409, { message: 'exists' })(seen, response)
        : json(200, [{ ...made[kind], ...branches, number: 9, iid: 9 }])(seen, response),
    );
    expect(await forge(kind, url).openPullRequest(wish)).toMatchObject({ number: 9, existing: true });
  });

  test.each([
    [401, 'FORGE_AUTH', false],
    [403, 'FORGE_AUTH', false],
    [404, 'FORGE_REFUSED', false],
    [422, 'FORGE_REFUSED', false],
    [429, 'FORGE_UNREACHABLE', true],
    [502, 'FORGE_UNREACHABLE', true],
  ])('tells a refusal with status %i as %s', async (status, code, retryable) => {
    const { url } = await start(
      json(status, { message: `no, ${token}`, errors: [{ message: 'A branch is missing' }] }),
    );
    const error: unknown = await forge(kind, url)
      .openPullRequest(wish)
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code, retryable });
    expect(String(error)).not.toContain(token);
    if (status === 422) expect(String(error)).toContain('A branch is missing');
  });
});

const worlds: [string, Answer][] = [
  ['stalls', () => {}],
  ['stalls in the middle', (_, response) => void response.writeHead(201).write('{"html_url":')],
  ['hangs up', (_, response) => void response.destroy()],
];
test.each(worlds)('a forge that %s is told as unreachable, in time', async (_, answer) => {
  const { url } = await start(answer);
  await expect(forge('gitea', url, 100).openPullRequest(wish)).rejects.toMatchObject({
    code: 'FORGE_UNREACHABLE',
    retryable: true,
  });
});

test.each([
  ['nonsense', (_: Seen, response: ServerResponse) => void response.writeHead(201).end('<html>')],
  ['another shape', json(201, { html_url: 'javascript:alert(1)', number: 1 })],
] as [string, Answer][])('%s instead of a pull request is an error', async (_, answer) => {
  const { url } = await start(answer);
  await expect(forge('github', url).openPullRequest(wish)).rejects.toMatchObject({ code: 'FORGE_FAILED' });
});

test('a redirect is not followed: the token stays here', async () => {
  const { url, seen } = await start((_, response) => void response.writeHead(302, { location: '/elsewhere' }).end());
  await expect(forge('gitea', url).openPullRequest(wish)).rejects.toMatchObject({ code: 'FORGE_REFUSED' });
  expect(seen).toHaveLength(1);
});

test('the signal ends it', async () => {
  const { url } = await start(() => {});
  const controller = new AbortController();
  const opening = forge('gitea', url).openPullRequest({ ...wish, signal: controller.signal });
  controller.abort(new Error('enough'));
  await expect(opening).rejects.toThrow('enough');
});

test.each([
  ['https://github.com/team/config.git', 'github'],
  ['git@github.com:team/config.git', 'github'],
  ['https://gitlab.example.org/a/b/c', 'gitlab'],
  ['ssh://git@codeberg.org/team/config', 'gitea'],
  ['https://forgejo.example.org:3000/team/config.git', 'gitea'],
  ['https://git.example.org/team/config.git', undefined],
  ['embedded:config', undefined],
])('guessForge(%s) is %s', (address, kind) => {
  expect(guessForge(address)).toBe(kind);
});

test.each(['embedded:config', 'https://host/', 'https://user:secret@host/only', 'file:///a/b', ''])(
  '%j names no repository on a forge',
  (repoURL) => {
    const create = () => createForge({ kind: 'gitea', repoURL, token });
    expect(create).toThrow(expect.objectContaining({ code: 'FORGE_ADDRESS' }));
    expect(create).not.toThrow(/secret/);
  },
);
