import { Readable } from 'node:stream';
import { SekishoError } from '@sekisho/base';
import { z } from 'zod';
import type { ApplicationController } from '../applications/controller.ts';
import { resourceTree } from '../applications/tree.ts';
import { keyOf } from './application-detail.ts';
import { onApplication, read } from './applications.ts';
import type { Routes } from './server.ts';
import { notOfApplication } from './tree-objects.ts';

const logsQuery = z.object({
  pod: z.string().min(1).max(253),
  namespace: z
    .string()
    .max(253)
    .optional()
    .meta({ description: 'Of the pod; default: wherever the pod of this name is.' }),
  container: z.string().max(253).optional().meta({ description: 'Default: the only one, or the first.' }),
  tail: z.coerce.number().int().min(0).max(10_000).default(500).meta({ description: 'Lines from the end.' }),
  since: z.coerce.number().int().min(1).max(31_536_000).optional().meta({ description: 'Seconds back.' }),
  previous: z.enum(['true', 'false']).default('false').meta({ description: 'Of the container before its restart.' }),
  follow: z.enum(['true', 'false']).default('false'),
});

/** Bytes of one answer: a log that is longer ends there, with a line that says so. */
const MAX_BYTES = 16 * 1024 * 1024;
const READ_MS = 60_000;
const FOLLOW_MS = 60 * 60_000;

/** Logs of pods, straight from their cluster. Pods of the embedded cluster are simulated: their log says that. */
export function applicationLogRoutes(options: {
  applications: ApplicationController;
  controlNamespace: string;
}): Routes {
  const { applications } = options;
  const get = onApplication('get', options, 'logs');
  return (api) => {
    api.get(
      '/api/v1/applications/:namespace/:name/logs',
      get({ summary: "A pod's log; with `follow`, as it grows", query: logsQuery, produces: 'text/plain' }),
      async (request, reply) => {
        const query = read(logsQuery, request.query);
        const { application, destination } = await applications.open(keyOf(request.params));
        const pods = resourceTree(application, destination, () => undefined).filter(
          ({ kind, group, name, namespace }) =>
            kind === 'Pod' && group === '' && name === query.pod && namespace === (query.namespace ?? namespace),
        );
        const [pod] = pods;
        if (pod === undefined) {
          const namespace = query.namespace ?? '';
          throw notOfApplication(application, { group: '', kind: 'Pod', namespace, name: query.pod });
        }
        const follow = query.follow === 'true';
        const ended = new AbortController();
        // Of the caller: it closed the page.
        request.raw.once('close', () => ended.abort());
        reply.raw.once('close', () => ended.abort());
        const response = await destination.client.request({
          method: 'GET',
          path: `/api/v1/namespaces/${encodeURIComponent(pod.namespace)}/pods/${encodeURIComponent(pod.name)}/log`,
          query: {
            tailLines: String(query.tail),
            limitBytes: String(MAX_BYTES),
            ...(query.container === undefined ? {} : { container: query.container }),
            ...(query.since === undefined ? {} : { sinceSeconds: String(query.since) }),
            ...(query.previous === 'true' ? { previous: 'true' } : {}),
            ...(follow ? { follow: 'true' } : {}),
          },
          accept: '*/*',
          signal: AbortSignal.any([ended.signal, AbortSignal.timeout(follow ? FOLLOW_MS : READ_MS)]),
        });
        if (response.stream === undefined) {
          throw new SekishoError('LOGS_UNAVAILABLE', `The cluster gives no log of ${pod.name}.`, {
            details: { status: 502 },
          });
        }
        // Never a page: what a program prints must not run in a browser.
        reply.header('x-content-type-options', 'nosniff').header('cache-control', 'no-store');
        const events = request.headers.accept?.includes('text/event-stream') === true;
        reply.type(events ? 'text/event-stream; charset=utf-8' : 'text/plain; charset=utf-8');
        const bounded = bound(response.stream);
        return reply.send(Readable.from(events ? asEvents(bounded) : bounded, { objectMode: false }));
      },
    );
  };
}

async function* bound(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let left = MAX_BYTES;
  for await (const chunk of stream) {
    yield chunk.subarray(0, left);
    left -= chunk.byteLength;
    if (left > 0) continue;
    yield new TextEncoder().encode(`\n(the log goes on; an answer ends after ${MAX_BYTES} bytes)\n`);
    return;
  }
}

const MAX_LINE = 64 * 1024;

/** One `data` line for each line; a line that never ends is cut in pieces. */
async function* asEvents(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  const toFrame = (line: string) => `data: ${line.replace(/\r/g, '')}\n\n`;
  let rest = '';
  for await (const chunk of stream) {
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    while (rest.length > MAX_LINE) {
      lines.push(rest.slice(0, MAX_LINE));
      rest = rest.slice(MAX_LINE);
    }
    if (lines.length > 0) yield encoder.encode(lines.map(toFrame).join(''));
  }
  if (rest !== '') yield encoder.encode(toFrame(rest));
  yield encoder.encode('event: end\ndata: {}\n\n');
}
