import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Run } from '../shape.ts';

/**
 * Kills an embedded cluster at random moments under concurrent writes and checks, after each restart, that every
 * acknowledged create, update and delete is there and that revisions only grow.
 */
export const run: Run = async ({ args, seed, signal, progress }) => {
  const rounds = numberArgument(args, '--rounds') ?? 100;
  const writers = numberArgument(args, '--writers') ?? 16;
  const random = createRandom(seed);
  const dataDir = mkdtempSync(join(tmpdir(), 'sekisho-torture-'));
  const book = createBook();
  const started = performance.now();
  let kills = 0;
  try {
    for (; kills < rounds && !signal.aborted; kills += 1) {
      const server = await start(dataDir);
      await check(server, book);
      setTimeout(() => server.child.kill('SIGKILL'), 50 + random() * 400);
      const work = Array.from({ length: writers }, (_, writer) => write(server, book, kills, writer, random));
      await server.ended;
      await Promise.all(work);
      server.agent.destroy();
      if (kills % 10 === 9) {
        progress(`${kills + 1} kills, ${book.acknowledged} writes acknowledged, ${book.lost.length} lost`);
      }
    }
    const server = await start(dataDir);
    await check(server, book);
    server.child.kill('SIGKILL');
    await server.ended;
    server.agent.destroy();
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
  if (book.acknowledged === 0) book.lost.push('no write was acknowledged: nothing was tested');
  return {
    figures: [
      { name: 'kills', value: kills, unit: '' },
      { name: 'acknowledged writes', value: book.acknowledged, unit: '' },
      { name: 'acknowledged writes lost', value: book.lost.length, unit: '', goal: '0', met: book.lost.length === 0 },
      { name: 'time', value: Math.round((performance.now() - started) / 1000), unit: 's' },
    ],
    failures: book.lost.slice(0, 20),
    setting: { seed, writers },
  };
};

/** Numbers in [0, 1) that a seed repeats (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What the parent knows of one object: the last acknowledged state, and what was under way when the server died. */
interface Entry {
  acknowledged: State;
  pending: State | undefined;
  revision: number;
}

type State = { readonly value: string } | 'absent';

interface Book {
  readonly entries: Map<string, Entry>;
  readonly lost: string[];
  acknowledged: number;
  revision: number;
}

function createBook(): Book {
  return { entries: new Map(), lost: [], acknowledged: 0, revision: 0 };
}

interface Server {
  readonly child: ChildProcess;
  readonly url: string;
  readonly token: string;
  readonly agent: Agent;
  readonly revision: number;
  readonly ended: Promise<void>;
}

const PATH = '/api/v1/namespaces/default/configmaps';

async function start(dataDir: string): Promise<Server> {
  const script = fileURLToPath(new URL('./child/cluster.ts', import.meta.url));
  // `npm run torture` has just built everything: the built packages start much faster than their sources.
  const execArgv = process.execArgv.filter((argument) => !argument.startsWith('--conditions'));
  const child = spawn(process.execPath, [...execArgv, script, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([
    new Promise<string>((resolve) => lines.once('line', resolve)),
    ended.then(() => {
      throw new Error('the server ended before it was ready');
    }),
  ]);
  const { url, token, ca, revision } = JSON.parse(first) as {
    url: string;
    token: string;
    ca: string;
    revision: number;
  };
  return { child, url, token, agent: new Agent({ keepAlive: true, ca, maxSockets: 64 }), revision, ended };
}

/** Creates, updates and deletes objects of its own until the server is gone. */
async function write(server: Server, book: Book, round: number, writer: number, random: () => number): Promise<void> {
  for (let step = 0; ; step += 1) {
    const name = `w${writer}-${step % 7}-r${round % 3}`;
    const entry = book.entries.get(name) ?? { acknowledged: 'absent', pending: undefined, revision: 0 };
    book.entries.set(name, entry);
    const remove = entry.acknowledged !== 'absent' && random() < 0.25;
    const value = `${round}.${writer}.${step}`;
    entry.pending = remove ? 'absent' : { value };
    const object = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name },
      data: { value, filler: 'x'.repeat(200) },
    };
    const [method, path, body] = remove
      ? (['DELETE', `${PATH}/${name}`, undefined] as const)
      : entry.acknowledged === 'absent'
        ? (['POST', PATH, object] as const)
        : (['PUT', `${PATH}/${name}`, object] as const);
    let answer: Answer;
    try {
      answer = await call(server, method, path, body);
    } catch {
      return;
    }
    if (answer.status >= 300) {
      book.lost.push(`${method} ${name} answered ${answer.status}: ${JSON.stringify(answer.body).slice(0, 200)}`);
      return;
    }
    entry.acknowledged = entry.pending;
    entry.pending = undefined;
    entry.revision = Number(
      (answer.body as { metadata?: { resourceVersion?: string } }).metadata?.resourceVersion ?? entry.revision,
    );
    book.revision = Math.max(book.revision, entry.revision);
    book.acknowledged += 1;
  }
}

/** Compares what is stored with the book; a write whose answer was never seen may have happened or not. */
async function check(server: Server, book: Book): Promise<void> {
  if (server.revision < book.revision)
    book.lost.push(`the revision went back from ${book.revision} to ${server.revision}`);
  const { body } = await call(server, 'GET', PATH, undefined);
  const items = (body as { items: { metadata: { name: string; resourceVersion: string }; data: { value: string } }[] })
    .items;
  const found = new Map(items.map((item) => [item.metadata.name, item]));
  for (const [name, entry] of book.entries) {
    const item = found.get(name);
    const actual: State = item === undefined ? 'absent' : { value: item.data.value };
    const expected = [entry.acknowledged, ...(entry.pending === undefined ? [] : [entry.pending])];
    if (!expected.some((state) => same(state, actual))) {
      book.lost.push(`${name}: expected ${expected.map(show).join(' or ')}, found ${show(actual)}`);
    }
    if (
      item !== undefined &&
      same(entry.acknowledged, actual) &&
      entry.pending === undefined &&
      Number(item.metadata.resourceVersion) !== entry.revision
    ) {
      book.lost.push(`${name}: acknowledged at revision ${entry.revision}, found at ${item.metadata.resourceVersion}`);
    }
    entry.acknowledged = actual;
    entry.pending = undefined;
    entry.revision = item === undefined ? entry.revision : Number(item.metadata.resourceVersion);
  }
  for (const name of found.keys()) if (!book.entries.has(name)) book.lost.push(`${name}: was never written`);
}

function same(a: State, b: State): boolean {
  return a === 'absent' || b === 'absent' ? a === b : a.value === b.value;
}

function show(state: State): string {
  return state === 'absent' ? 'nothing' : state.value;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

function call(server: Server, method: string, path: string, body: unknown): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `${server.url}${path}`,
      {
        method,
        agent: server.agent,
        headers: {
          authorization: `Bearer ${server.token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('aborted', () => reject(new Error('cut off')));
        response.on('end', () => {
          try {
            resolve({ status: response.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString()) });
          } catch (error) {
            reject(error);
          }
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function numberArgument(args: readonly string[], name: string): number | undefined {
  const index = args.indexOf(name);
  const value = index < 0 ? undefined : Number(args[index + 1]);
  return value !== undefined && Number.isInteger(value) && value > 0 ? value : undefined;
}
