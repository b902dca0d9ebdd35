import { createHash, createHmac } from 'node:crypto';
import { civilAt, formatTime, UTC } from '@sekisho/base';
import { anyType, fn, numberType, objectOf, stringType } from '../types/construct.ts';
import { toJson } from '../value/json.ts';
import { forEachEntry, ObjectBuilder, type ObjectValue, valueAt } from '../value/object.ts';
import type { Value } from '../value/value.ts';
import type { Builtin } from './builtin.ts';
import { bigIntOperand, builtinFault, objectOperand, typeFault } from './operand.ts';

const NAME = 'providers.aws.sign_req';
const REQUEST_KEYS = ['method', 'url'];
const CONFIG_KEYS = ['aws_access_key', 'aws_region', 'aws_secret_access_key', 'aws_service'];
/** Proxies change these on the way. */
const UNSIGNED_HEADERS = new Set(['authorization', 'user-agent', 'x-amzn-trace-id']);
const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';

/** The request of `http.send` with the headers of AWS Signature Version 4. */
function signRequest(requestValue: Value, configValue: Value, time: Value): Value {
  const request = objectOperand(NAME, 1, requestValue);
  const config = objectOperand(NAME, 2, configValue);
  const ns = bigIntOperand(NAME, 3, time, 'number');
  checkStrings(request, 1, REQUEST_KEYS, 'request');
  checkStrings(config, 2, CONFIG_KEYS, 'AWS config');
  if (ns > (1n << 63n) - 1n || ns < -(1n << 63n))
    throw builtinFault(NAME, 'could not convert time_ns value into a unix timestamp');
  const stamp = formatTime('20060102T150405Z', civilAt(ns, UTC), 0, () => 'UTC');
  const url = parseUrl(valueAt(request, 'url') as string);
  const payloadHash = isPayloadSigned(config) ? sha256(bodyOf(request)) : UNSIGNED_PAYLOAD;
  const headers = new Map<string, string>();
  const kept = new ObjectBuilder();
  const given = valueAt(request, 'headers');
  if (given !== undefined) {
    forEachEntry(objectOperand(NAME, 1, given), (name, value) => {
      // A header that is no text goes out empty.
      const text = typeof value === 'string' ? value : '';
      kept.set(name, text);
      if (typeof name === 'string') headers.set(name.toLowerCase(), text);
    });
  }
  const service = valueAt(config, 'aws_service') as string;
  const session = valueAt(config, 'aws_session_token');
  const added: [string, string][] = [
    ['host', url.host],
    ['x-amz-date', stamp],
  ];
  // Only where the service wants the hash as a header; it is part of the signature anyway.
  if (service === 's3' || service === 'glacier') added.push(['x-amz-content-sha256', payloadHash]);
  if (typeof session === 'string') added.push(['x-amz-security-token', session]);
  for (const [name, value] of added) {
    // What the request brought is signed as it was, though it goes out anew.
    if (!headers.has(name)) headers.set(name, value);
    kept.set(name, value);
  }
  kept.set('Authorization', authorization(request, config, url, headers, payloadHash, stamp));
  const signed = new ObjectBuilder();
  forEachEntry(request, (key, value) => signed.set(key, value));
  signed.set('headers', kept.build());
  return signed.build();
}

function authorization(
  request: ObjectValue,
  config: ObjectValue,
  url: Target,
  headers: ReadonlyMap<string, string>,
  payloadHash: string,
  stamp: string,
): string {
  const names = [...headers.keys()].filter((name) => !UNSIGNED_HEADERS.has(name)).sort();
  const canonical = [
    // As they are written: OPA neither sorts the query nor changes the method.
    valueAt(request, 'method') as string,
    url.path,
    url.query,
    ...names.map((name) => `${name}:${headers.get(name)}`),
    '',
    names.join(';'),
    payloadHash,
  ].join('\n');
  const setting = (name: string) => valueAt(config, name) as string;
  const date = stamp.slice(0, 8);
  const scope = `${date}/${setting('aws_region')}/${setting('aws_service')}/aws4_request`;
  const text = `AWS4-HMAC-SHA256\n${stamp}\n${scope}\n${sha256(canonical)}`;
  let key: Buffer | string = `AWS4${setting('aws_secret_access_key')}`;
  for (const part of [date, setting('aws_region'), setting('aws_service'), 'aws4_request']) {
    key = createHmac('sha256', key).update(part).digest();
  }
  const signature = createHmac('sha256', key).update(text).digest('hex');
  const credential = `Credential=${setting('aws_access_key')}/${scope}`;
  return `AWS4-HMAC-SHA256 ${credential},SignedHeaders=${names.join(';')},Signature=${signature}`;
}

interface Target {
  readonly host: string;
  /** Escaped; empty where the URL has none. */
  readonly path: string;
  readonly query: string;
}

function parseUrl(text: string): Target {
  const parts = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*([^?#]*)(?:\?([^#]*))?/i.exec(text);
  if (parts === null || !URL.canParse(text)) throw builtinFault(NAME, `parse ${JSON.stringify(text)}: invalid URL`);
  const { host, pathname } = new URL(text);
  return { host, path: parts[1] === '' ? '' : pathname, query: parts[2] ?? '' };
}

function bodyOf(request: ObjectValue): string {
  const raw = valueAt(request, 'raw_body');
  if (raw !== undefined) return typeof raw === 'string' ? raw : toJson(raw);
  const body = valueAt(request, 'body');
  return body === undefined ? '' : toJson(body);
}

function isPayloadSigned(config: ObjectValue): boolean {
  const disabled = valueAt(config, 'disable_payload_signing');
  if (disabled !== undefined && typeof disabled !== 'boolean') {
    throw typeFault(NAME, "operand 2 invalid value for 'disable_payload_signing' in AWS config");
  }
  return disabled !== true;
}

function checkStrings(object: ObjectValue, position: number, names: readonly string[], what: string): void {
  const missing = names.filter((name) => valueAt(object, name) === undefined);
  if (missing.length > 0) {
    throw typeFault(NAME, `operand ${position} missing required ${what} parameters(s): ${listed(missing)}`);
  }
  const wrong = names.filter((name) => typeof valueAt(object, name) !== 'string');
  if (wrong.length > 0) {
    throw typeFault(NAME, `operand ${position} invalid values for required ${what} parameters(s): ${listed(wrong)}`);
  }
}

function listed(names: readonly string[]): string {
  return `{${names.map((name) => JSON.stringify(name)).join(', ')}}`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export const AWS_BUILTINS: readonly Builtin[] = [
  {
    name: NAME,
    type: fn([objectOf(stringType, anyType), objectOf(stringType, anyType), numberType], objectOf(anyType, anyType)),
    evaluate: (_, request, config, time) => signRequest(request as Value, config as Value, time as Value),
  },
];
