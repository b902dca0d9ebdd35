import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { silentLogger } from '@sekisho/base';
import { createGit } from '@sekisho/git';
import { tempDir } from '@sekisho/testkit';
import { cloneRepository, type PushedRepository } from './pushed-repository.ts';

/** A git server on another port that asks for a password. */
export interface RemoteGit {
  /** Makes a repository; `url` of the result is without credentials. */
  repository(name: string, files: Readonly<Record<string, string>>): Promise<PushedRepository>;
  /** The repository is no longer there. */
  lose(name: string): void;
  find(name: string): void;
  close(): Promise<void>;
}

/** @param intercept  answers a request itself when it gives true; what else a forge does, and faults */
export async function startRemoteGit(
  password: string,
  intercept: (request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean> = () => false,
): Promise<RemoteGit> {
  const folder = await tempDir('sekisho-remote-');
  const git = await createGit({ dataDir: join(folder.path, 'data'), logger: silentLogger });
  const lost = new Set<string>();
  const clones: PushedRepository[] = [];
  const server = createServer(async (request, response) => {
    if (await intercept(request, response)) return;
    const given = Buffer.from((request.headers.authorization ?? '').replace('Basic ', ''), 'base64').toString();
    if (!given.endsWith(`:${password}`)) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="remote"' }).end('no entry');
      return;
    }
    const name = /^\/git\/(.+?)\.git/.exec(request.url ?? '')?.[1] ?? '';
    if (lost.has(name)) {
      response.writeHead(404).end('not found');
      return;
    }
    git.embedded.handle(request, response, { user: 'remote', write: true }).catch(() => response.destroy());
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    async repository(name, files) {
      await git.embedded.create(name);
      const address = new URL(`/git/${name}.git`, base);
      const url = address.href;
      address.username = 'mori';
      address.password = password;
      const clone = await cloneRepository(address.href, url);
      clones.push(clone);
      await clone.push(files);
      return clone;
    },
    lose: (name) => void lost.add(name),
    find: (name) => void lost.delete(name),
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
      await git.close();
      for (const clone of clones) await clone.remove();
      await folder.remove();
    },
  };
}
