import type { JsonRecord, PluginRequest } from '@sekisho/applicationset';
import { messageOf, redact, SekishoError } from '@sekisho/base';
import { z } from 'zod';
import type { ReferencedValues } from './referenced-values.ts';

const DEFAULT_SECONDS = 30;
const MAX_SECONDS = 300;
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

const answer = z.object({ output: z.object({ parameters: z.array(z.record(z.string(), z.unknown())).max(10_000) }) });

/**
 * Asks a service for parameters, as Argo CD does: `POST <baseUrl>/api/v1/getparams.execute` with a bearer token.
 *
 * @throws SekishoError GENERATOR_REFERENCE | GENERATOR_PLUGIN
 */
export async function askPlugin(
  request: PluginRequest,
  values: ReferencedValues,
  signal: AbortSignal,
): Promise<readonly JsonRecord[]> {
  const settings = await values.configMap(request.configMap, signal);
  const { baseUrl = '', requestTimeout = '' } = settings;
  const url = URL.parse(`${baseUrl.trim().replace(/\/+$/, '')}/api/v1/getparams.execute`);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new SekishoError(
      'GENERATOR_REFERENCE',
      `The ConfigMap ${request.configMap} has no baseUrl that is an address.`,
    );
  }
  const token = await tokenOf(settings['token'] ?? '', request.configMap, values, signal);
  const seconds = Math.min(Number(requestTimeout) > 0 ? Number(requestTimeout) : DEFAULT_SECONDS, MAX_SECONDS);
  const timer = AbortSignal.timeout(seconds * 1000);
  try {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({
        applicationSetName: request.applicationSet,
        input: { parameters: request.parameters },
      }),
      signal: AbortSignal.any([signal, timer]),
    });
    const text = await readBounded(response);
    if (response.status !== 200) throw new Error(`it answered with status ${response.status}: ${text.slice(0, 300)}`);
    const parsed = answer.safeParse(parse(text));
    if (parsed.success) return parsed.data.output.parameters;
    throw new Error('its answer has no output.parameters with a list of objects');
  } catch (cause) {
    signal.throwIfAborted();
    const reason = timer.aborted ? `it did not answer within ${seconds} s` : reasonOf(cause);
    throw new SekishoError(
      'GENERATOR_PLUGIN',
      redact(`The plugin at ${url.host} gave no parameters: ${reason}.`, [token]),
      {
        retryable: true,
      },
    );
  }
}

/** `$secret:key`, or `$key` of `argocd-secret`. A token that stands in the ConfigMap itself is refused: it can be read there. */
async function tokenOf(
  written: string,
  configMap: string,
  values: ReferencedValues,
  signal: AbortSignal,
): Promise<string> {
  const [, reference] = /^\$(.+)$/.exec(written.trim()) ?? [];
  if (reference === undefined) {
    throw new SekishoError('GENERATOR_REFERENCE', `The token in the ConfigMap ${configMap} names no Secret.`, {
      hint: 'Such as $plugin-secret:token.',
    });
  }
  const colon = reference.indexOf(':');
  const [secret, key] =
    colon < 0 ? ['argocd-secret', reference] : [reference.slice(0, colon), reference.slice(colon + 1)];
  return values.pluginSecret(secret, key, signal);
}

async function readBounded({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) throw new Error(`its answer has more than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What fetch throws says little; its cause says more. */
function reasonOf(error: unknown): string {
  return error instanceof Error && error.cause instanceof Error ? error.cause.message : messageOf(error);
}
