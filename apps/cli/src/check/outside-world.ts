import { execFileSync } from 'node:child_process';
import { fromJson, type OutsideWorld, toJson, type Value } from '@sekisho/rego';
import { durationMs } from '../duration.ts';
import { renderTemplate } from './render-template.ts';
import type { CheckWorld } from './world.ts';

/** What policies may use: the environment (`opa.runtime().env`, as in Conftest), and of the network the hosts that were allowed. */
export function outsideWorld(allowNet: readonly string[], world: CheckWorld): OutsideWorld {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(world.env)) if (value !== undefined) env[name] = value;
  const runtime = { env, version: '', commit: '' };
  return {
    runtime,
    renderTemplate,
    ...(allowNet.length === 0 ? {} : { allowNet, lookupIpAddress, httpSend }),
  };
}

const MAX_MS = 60_000;
const DEFAULT_MS = 5000;
const MAX_BYTES = 64 * 1024 * 1024;

const LOOKUP = `
require('node:dns').lookup(question.name, { all: true }, (error, found) =>
  answer(error === null ? { addresses: found.map((item) => item.address) } : { error: 'no such host' }));`;

// A redirect is not followed: it could lead to a host that is not allowed.
const REQUEST = `
fetch(question.url, { ...question.options, redirect: 'manual', signal: AbortSignal.timeout(question.timeoutMs) })
  .then(async (response) => answer({
    status_code: response.status,
    status: response.status + ' ' + response.statusText,
    headers: Object.fromEntries([...response.headers].map(([name, value]) => [name, [value]])),
    raw_body: await response.text(),
  }))
  .catch((error) => answer({ error: String(error.cause?.message ?? error.message) }));`;

/** Evaluation does not wait: what takes time is done by a process of its own. */
function ask(script: string, question: object, timeoutMs: number): Record<string, unknown> {
  const frame = `
let text = '';
const answer = (value) => process.stdout.write(JSON.stringify(value));
process.stdin.on('data', (part) => { text += part; }).on('end', () => { const question = JSON.parse(text);${script} });`;
  let text: string;
  try {
    text = execFileSync(process.execPath, ['-e', frame], {
      input: JSON.stringify(question),
      timeout: timeoutMs + 1000,
      maxBuffer: MAX_BYTES,
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'ignore'],
    });
  } catch {
    throw new Error('the network did not answer');
  }
  const value = JSON.parse(text) as Record<string, unknown>;
  if (typeof value['error'] === 'string') throw new Error(value['error']);
  return value;
}

function lookupIpAddress(name: string): readonly string[] {
  return ask(LOOKUP, { name }, DEFAULT_MS)['addresses'] as string[];
}

/** @see OPA's reference of http.send: method, url, headers, body, raw_body, timeout, force_json_decode */
function httpSend(request: Value): Value {
  const {
    method,
    url,
    headers,
    body,
    raw_body: rawBody,
    timeout,
    force_json_decode: force,
  } = JSON.parse(toJson(request)) as Record<string, unknown>;
  const timeoutMs = Math.min(MAX_MS, timeoutOf(timeout));
  const content = typeof rawBody === 'string' ? rawBody : body === undefined ? undefined : JSON.stringify(body);
  const options = { method: String(method).toUpperCase(), headers: headers ?? {}, body: content };
  const response = ask(REQUEST, { url, options, timeoutMs }, timeoutMs);
  const type = (response['headers'] as Record<string, readonly string[]>)['content-type']?.[0] ?? '';
  const isJson = force === true || /^application\/(?:[\w.+-]+\+)?json\b/i.test(type);
  return fromJson({ ...response, ...(isJson ? { body: parsed(String(response['raw_body'])) } : {}) });
}

/** A duration, or nanoseconds. */
function timeoutOf(value: unknown): number {
  if (typeof value === 'number') return value / 1e6;
  return (typeof value === 'string' ? durationMs(value) : undefined) ?? DEFAULT_MS;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
