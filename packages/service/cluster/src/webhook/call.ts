import { Agent, request as httpsRequest } from 'node:https';
import { messageOf } from '@sekisho/base';
import type { ServiceReference, Webhook } from './configuration.ts';

/** A webhook gave no answer that could be used. `failurePolicy: Ignore` lets the write go on. */
export class WebhookFailure extends Error {
  override readonly name = 'WebhookFailure';
}

/** Finds where a service is reached: a base URL, or undefined. */
export type ResolveService = (service: ServiceReference) => string | undefined;

export interface WebhookCaller {
  /** Sends a review and gives the answer, parsed. @throws WebhookFailure */
  call(webhook: Webhook, review: unknown, signal: AbortSignal): Promise<unknown>;
  close(): void;
}

/** Reviews carry objects of up to 3 MiB; patches are objects in base64 at most. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/** Connections are kept between calls, a pool for each webhook. */
export function createWebhookCaller(resolve: ResolveService): WebhookCaller {
  const agents = new Map<string, Agent>();
  const agentOf = (ca: string | undefined, servername: string | undefined): Agent => {
    const key = `${servername ?? ''}\n${ca ?? ''}`;
    let agent = agents.get(key);
    if (agent === undefined) {
      // Certificates change; what was left behind by a configuration that is gone is not kept for ever.
      if (agents.size >= 64) for (const [old, unused] of [...agents].slice(0, 32)) destroy(agents, old, unused);
      agent = new Agent({
        keepAlive: true,
        maxFreeSockets: 8,
        minVersion: 'TLSv1.2',
        ...(ca === undefined ? {} : { ca }),
        ...(servername === undefined ? {} : { servername }),
      });
      agents.set(key, agent);
    }
    return agent;
  };
  return {
    call: async (webhook, review, signal) => {
      const { client, timeoutSeconds } = webhook;
      const { service } = client;
      const url = service === undefined ? urlOf(client.url) : serviceUrl(service, resolve);
      url.searchParams.set('timeout', `${timeoutSeconds}s`);
      const servername = service === undefined ? undefined : `${service.name}.${service.namespace}.svc`;
      const timeout = AbortSignal.timeout(timeoutSeconds * 1000);
      try {
        const options = { agent: agentOf(client.ca, servername), signal: AbortSignal.any([signal, timeout]) };
        return parse(await postAgain(url, Buffer.from(JSON.stringify(review)), options));
      } catch (error) {
        const why = timeout.aborted
          ? `no answer within ${timeoutSeconds}s (context deadline exceeded)`
          : messageOf(error);
        throw new WebhookFailure(`failed to call webhook: Post "${url.href}": ${why}`, { cause: error });
      }
    },
    close: () => {
      for (const [key, agent] of agents) destroy(agents, key, agent);
    },
  };
}

function destroy(agents: Map<string, Agent>, key: string, agent: Agent): void {
  agents.delete(key);
  // Requests under way end by themselves: only what waits for the next one is closed.
  for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
}

function urlOf(url: string | undefined): URL {
  try {
    return new URL(url ?? '');
  } catch {
    throw new WebhookFailure('failed to call webhook: clientConfig has no usable url');
  }
}

function serviceUrl(service: ServiceReference, resolve: ResolveService): URL {
  const base = resolve(service);
  if (base === undefined) {
    const { namespace, name, port } = service;
    throw new WebhookFailure(
      `failed to call webhook: service ${namespace}/${name}:${port} is not reached from this cluster: its pods are simulated; use clientConfig.url, or a Service of type ExternalName`,
    );
  }
  return new URL(service.path, base);
}

interface PostOptions {
  readonly agent: Agent;
  readonly signal: AbortSignal;
}

/** A connection that was kept may be closed by the other side in the moment in which it is used again. */
class StaleConnection extends Error {}

async function postAgain(url: URL, bytes: Buffer, options: PostOptions): Promise<Buffer> {
  for (;;) {
    try {
      return await post(url, bytes, options);
    } catch (error) {
      // Each of them leaves the pool, so this ends.
      if (!(error instanceof StaleConnection)) throw error;
    }
  }
}

/** Redirects are not followed: what a review holds goes where it was meant to. */
function post(url: URL, bytes: Buffer, options: PostOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/json',
      accept: 'application/json',
      'content-length': bytes.length,
      'user-agent': 'kube-apiserver-admission',
    };
    const sent = httpsRequest(url, { method: 'POST', headers, agent: options.agent, signal: options.signal });
    let answered = false;
    sent.on('error', (error: NodeJS.ErrnoException) => {
      const isStale = sent.reusedSocket && !answered && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      reject(isStale ? new StaleConnection(error.message) : error);
    });
    sent.on('response', (response) => {
      answered = true;
      const parts: Buffer[] = [];
      let size = 0;
      response.on('error', reject);
      response.on('data', (part: Buffer) => {
        size += part.length;
        if (size > MAX_ANSWER_BYTES) {
          reject(new Error(`the answer is longer than ${MAX_ANSWER_BYTES} bytes`));
          sent.destroy();
          return;
        }
        parts.push(part);
      });
      response.on('end', () => {
        const { statusCode = 0 } = response;
        const text = Buffer.concat(parts);
        if (statusCode === 200) resolve(text);
        else reject(new Error(`the server answers ${statusCode}: ${text.toString('utf8', 0, 256)}`));
      });
      response.on('close', () => reject(new Error('the answer broke off')));
    });
    sent.end(bytes);
  });
}

function parse(answer: Buffer): unknown {
  try {
    return JSON.parse(answer.toString('utf8'));
  } catch (error) {
    throw new Error(`the answer is not JSON: ${messageOf(error)}`);
  }
}
