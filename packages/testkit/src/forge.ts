import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answers, type ForgeAnswer } from './forge-answers.ts';
import type { TestForgeKind, TestForgeRepository } from './forge-state.ts';

/** The listing part of a forge's REST API, in small pages, over a state that a test may change. */
export interface TestForge {
  /** What `api` of a generator names. */
  readonly url: string;
  repositories: TestForgeRepository[];
  /** Method, path and query of each request. */
  readonly requests: string[];
  /** Answers every request with this status until it is undefined again. */
  failWith: number | undefined;
  close(): Promise<void>;
}

const PAGE_SIZE = 2;

/** @param token what must be presented, as the kind wants it; default: nothing is asked for */
export async function startForge(
  kind: TestForgeKind,
  repositories: readonly TestForgeRepository[],
  token?: string,
): Promise<TestForge> {
  const { routes, authorization } = answers[kind];
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://forge');
    requests.push(`${request.method} ${request.url}`);
    const given = { ...request.headers }[authorization(token ?? '').name];
    const isKnown = token === undefined || given === authorization(token).value;
    const answer = forge.failWith ?? (isKnown ? find(url) : 401);
    if (typeof answer === 'number') {
      response.writeHead(answer, { 'content-type': 'application/json' }).end('{"message":"no"}');
      return;
    }
    response
      .writeHead(200, { 'content-type': 'application/json', ...answer.headers })
      .end(request.method === 'HEAD' ? '' : JSON.stringify(answer.body));
  });

  function find(url: URL): ForgeAnswer | number {
    for (const { path, answer } of routes) {
      const match = path.exec(url.pathname);
      if (match === null) continue;
      const parts = match.slice(1).map((part) => decodeURIComponent(part ?? ''));
      return answer({ repositories: forge.repositories, parts, query: url.searchParams, pageSize: PAGE_SIZE }) ?? 404;
    }
    return 404;
  }

  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const forge: TestForge = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    repositories: [...repositories],
    requests,
    failWith: undefined,
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
  return forge;
}
