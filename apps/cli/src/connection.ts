import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { messageOf, SekishoError } from '@sekisho/base';
import type { KubeClient } from '@sekisho/client';
import { contextFor, contextNamed, isSameServer, readJson, type ServerEntry } from './config-file.ts';

/** How to reach a server: its own API, and the Kubernetes API that holds the Applications. */
export interface Connection {
  readonly api: SekishoApi;
  /** Opens the Kubernetes API; the connection closes it. */
  kube(): Promise<KubeClient>;
  close(): Promise<void>;
}

/** Requests to Sekisho's own API. */
export interface SekishoApi {
  readonly server: string;
  get(path: string, signal?: AbortSignal): Promise<unknown>;
  post(path: string, body: unknown, signal?: AbortSignal): Promise<unknown>;
  /** Any other method, with or without a body. */
  send(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<unknown>;
  /** An answer that is read while it comes: an export, a log, a stream of events. */
  open(path: string, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
}

export interface ConnectionFlags {
  readonly server?: string;
  readonly token?: string;
  readonly context?: string;
  readonly data?: string;
}

/**
 * Finds the server, first match wins: `--server` (or SEKISHO_SERVER), a context of the config file by name, the data folder
 * of a server on this machine (SEKISHO_DATA, or `.sekisho` here or above), the current context. Who asks: `--token` (or
 * SEKISHO_TOKEN), or what is known for that very server; a sign-in there counts more than the data folder. A token is never
 * sent to another server than the one that gave it.
 *
 * @throws SekishoError SERVER_UNKNOWN | NOT_SIGNED_IN | CONFIG_UNREADABLE
 */
export function connect(flags: ConnectionFlags, env: NodeJS.ProcessEnv = process.env): Connection {
  const entry = findServer(flags, env);
  const closers: (() => Promise<void>)[] = [];
  return {
    api: createApi(entry),
    async kube() {
      if (entry.kubeconfig === undefined) {
        throw new SekishoError(
          'KUBECONFIG_UNKNOWN',
          'This command needs the Kubernetes API, and no kubeconfig is known.',
          {
            hint: 'Add `kubeconfig` to the context in the config file, or run where the data folder is.',
          },
        );
      }
      // Most commands ask Sekisho's own API alone; loading this takes longer than the whole rest of them.
      const { createClient, createHttpTransport, loadKubeconfig } = await import('@sekisho/client');
      const transport = createHttpTransport(await loadKubeconfig({ path: entry.kubeconfig }));
      closers.push(() => transport.close());
      return createClient(transport, { fieldManager: 'sekisho-cli', userAgent: 'sekisho-cli' });
    },
    async close() {
      await Promise.all(closers.map((close) => close()));
    },
  };
}

function findServer(flags: ConnectionFlags, env: NodeJS.ProcessEnv): ServerEntry {
  // An empty variable counts as one that isn't set.
  const server = flags.server || env['SEKISHO_SERVER'] || undefined;
  const token = flags.token || env['SEKISHO_TOKEN'] || undefined;
  const kubeconfig = env['SEKISHO_KUBECONFIG'] || undefined;
  if (server !== undefined && token !== undefined) {
    return { server, token, ...(kubeconfig === undefined ? {} : { kubeconfig }) };
  }
  const named = flags.context === undefined ? undefined : contextNamed(flags.context, env);
  const local = named === undefined ? localServer(flags.data || env['SEKISHO_DATA'] || undefined) : undefined;
  const current = named === undefined ? contextNamed(undefined, env) : undefined;
  const known = [named, current, local].filter((entry) => entry !== undefined);
  const wanted = server ?? named?.server ?? local?.server ?? current?.server;
  if (wanted === undefined) {
    throw new SekishoError('SERVER_UNKNOWN', 'No Sekisho server is known here.', {
      hint: 'Start one with `npm start`, run in the folder that holds .sekisho, or sign in: sekisho login SERVER.',
    });
  }
  const found = known.find((entry) => isSameServer(entry.server, wanted)) ?? contextFor(wanted, env);
  if (token !== undefined) return { ...found, server: wanted, token };
  if (found !== undefined) return { ...found, server: wanted };
  throw new SekishoError('NOT_SIGNED_IN', `Nobody is signed in at ${wanted} here.`, {
    hint: `sekisho login ${wanted}, or give a token in SEKISHO_TOKEN.`,
  });
}

/** The file that a running server leaves in its data folder. */
function localServer(data: string | undefined): ServerEntry | undefined {
  if (data !== undefined) return readEntry(join(resolve(data), 'client.json'));
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    const path = join(folder, '.sekisho', 'client.json');
    if (existsSync(path)) return readEntry(path);
    if (dirname(folder) === folder) return undefined;
  }
}

function readEntry(path: string): ServerEntry {
  return readJson(path) as ServerEntry;
}

/** @param entry without a token for what anybody may ask */
export function createApi({ server, token }: Pick<ServerEntry, 'server'> & { readonly token?: string }): SekishoApi {
  async function respond(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(new URL(path, server), {
        method,
        headers: {
          'user-agent': 'sekisho-cli',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (cause) {
      if (signal?.aborted === true) throw signal.reason;
      throw new SekishoError('SERVER_UNREACHABLE', `The server ${server} does not answer: ${networkReason(cause)}.`, {
        cause,
        retryable: true,
        hint: 'Is it running? `npm start` starts it.',
      });
    }
    if (response.ok) return response;
    const problem = (await response.json().catch(() => ({}))) as { code?: string; title?: string; hint?: string };
    throw new SekishoError(problem.code ?? 'SERVER_ERROR', problem.title ?? `The server answered ${response.status}.`, {
      ...(problem.hint === undefined ? {} : { hint: problem.hint }),
    });
  }
  async function request(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<unknown> {
    const response = await respond(method, path, body, signal);
    return response.json().catch(() => ({}));
  }
  return {
    server: server.replace(/\/+$/, ''),
    get: (path, signal) => request('GET', path, undefined, signal),
    post: (path, body, signal) => request('POST', path, body, signal),
    send: request,
    async open(path, signal) {
      const { body } = await respond('GET', path, undefined, signal);
      return body ?? new Blob([]).stream();
    },
  };
}

/** What the network said, in words; `fetch failed` alone helps nobody. */
function networkReason(error: unknown): string {
  let deepest = error;
  while (deepest instanceof Error && deepest.cause !== undefined) deepest = deepest.cause;
  switch ((deepest as NodeJS.ErrnoException).code) {
    case 'ECONNREFUSED':
      return 'nothing listens there';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'its name is not known';
    default:
      return messageOf(deepest);
  }
}
