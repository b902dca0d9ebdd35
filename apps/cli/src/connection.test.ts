import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TempDir, tempDir } from '@sekisho/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ConnectionFlags, connect } from './connection.ts';

// Which server is asked, and with whose token.

let folder: TempDir;
let here: Server;
let elsewhere: Server;
const heard: string[] = [];
beforeAll(async () => {
  folder = await tempDir('sekisho-connection-');
  const open = async (name: string) => {
    const server = createServer((request, response) => {
      heard.push(`${name} ${request.headers.authorization ?? 'nobody'}`);
      response.setHeader('content-type', 'application/json').end('{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return server;
  };
  [here, elsewhere] = await Promise.all([open('here'), open('elsewhere')]);
  mkdirSync(join(folder.path, 'data'));
  write('data/client.json', { server: urlOf(here), token: 'of-the-machine', kubeconfig: '/none' });
  write('signed-in-here.json', {
    current: 'me',
    contexts: { me: { server: `${urlOf(here)}/`, token: 'of-alice' }, far: { server: urlOf(elsewhere), token: 'far' } },
  });
  write('signed-in-elsewhere.json', { current: 'far', contexts: { far: { server: urlOf(elsewhere), token: 'far' } } });
});
afterAll(async () => {
  here?.close();
  elsewhere?.close();
  await folder?.remove();
});

const urlOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const write = (name: string, value: object) => writeFileSync(join(folder.path, name), JSON.stringify(value));

async function ask(env: { data?: boolean; config?: string; token?: string }, flags: ConnectionFlags): Promise<string> {
  heard.length = 0;
  const connection = connect(flags, {
    ...(env.data === true ? { SEKISHO_DATA: join(folder.path, 'data') } : { SEKISHO_DATA: '' }),
    SEKISHO_CONFIG: join(folder.path, env.config ?? 'none.json'),
    ...(env.token === undefined ? {} : { SEKISHO_TOKEN: env.token }),
  });
  await connection.api.get('/');
  return heard.join();
}

describe('a command', () => {
  test('asks the server of the data folder, as the machine’s owner', async () => {
    expect(await ask({ data: true }, {})).toBe('here Bearer of-the-machine');
  });

  test('asks it as who signed in there, once somebody did', async () => {
    expect(await ask({ data: true, config: 'signed-in-here.json' }, {})).toBe('here Bearer of-alice');
    expect(await ask({ data: true, config: 'signed-in-elsewhere.json' }, {})).toBe('here Bearer of-the-machine');
  });

  test('asks the server of a context, and the one that is named first', async () => {
    expect(await ask({ data: true, config: 'signed-in-here.json' }, { context: 'far' })).toBe('elsewhere Bearer far');
    expect(await ask({ config: 'signed-in-here.json' }, { server: urlOf(elsewhere) })).toBe('elsewhere Bearer far');
  });

  test('takes a token from the environment for whatever server', async () => {
    expect(await ask({ data: true, token: 'given' }, {})).toBe('here Bearer given');
    expect(await ask({ token: 'given' }, { server: urlOf(elsewhere) })).toBe('elsewhere Bearer given');
  });

  test('shows no server the token of another one', async () => {
    const attempt = ask({ data: true }, { server: urlOf(elsewhere) });
    await expect(attempt).rejects.toMatchObject({
      code: 'NOT_SIGNED_IN',
      hint: expect.stringContaining('sekisho login'),
    });
    expect(heard).toEqual([]);
  });
});
