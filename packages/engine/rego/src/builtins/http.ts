import { anyType, fn, objectOf, stringType } from '../types/construct.ts';
import { type ObjectValue, sortedKeys, valueAt } from '../value/object.ts';
import { mapKeyOf, type Value } from '../value/value.ts';
import { type Builtin, type BuiltinContext, BuiltinFault } from './builtin.ts';
import { builtinFault, objectOperand, typeFault } from './operand.ts';
import { checkHostAllowed } from './outside.ts';

const NAME = 'http.send';
const REQUIRED = ['method', 'url'];
const KNOWN = new Set([
  ...REQUIRED,
  ...['body', 'raw_body', 'headers', 'enable_redirect', 'max_retry_attempts', 'timeout', 'raise_error', 'cache'],
  ...['force_json_decode', 'force_yaml_decode', 'force_cache', 'force_cache_duration_seconds', 'caching_mode'],
  ...['cache_ignored_headers', 'tls_use_system_certs', 'tls_ca_cert', 'tls_ca_cert_file', 'tls_ca_cert_env_variable'],
  ...['tls_client_cert', 'tls_client_cert_file', 'tls_client_cert_env_variable', 'tls_client_key'],
  ...['tls_client_key_file', 'tls_client_key_env_variable', 'tls_insecure_skip_verify', 'tls_server_name'],
]);

/** One request per evaluation and request object; what the request is made with is the caller's. */
function send(context: BuiltinContext, value: Value): Value {
  const request = objectOperand(NAME, 1, value);
  checkParameters(request);
  const key = `${NAME} ${String(mapKeyOf(request))}`;
  const known = context.memo.get(key);
  if (known !== undefined) return known as Value;
  const response = perform(context, request);
  context.memo.set(key, response);
  return response;
}

function checkParameters(request: ObjectValue): void {
  const keys = sortedKeys(request);
  const unknown = keys.filter((key) => typeof key !== 'string' || !KNOWN.has(key));
  if (unknown.length > 0) throw typeFault(NAME, `operand 1 invalid request parameters(s): ${listed(unknown)}`);
  const missing = REQUIRED.filter((name) => valueAt(request, name) === undefined);
  if (missing.length > 0) throw typeFault(NAME, `operand 1 missing required request parameters(s): ${listed(missing)}`);
  for (const name of REQUIRED) {
    if (typeof valueAt(request, name) !== 'string') throw builtinFault(NAME, `"${name}" must be a string`);
  }
}

function listed(names: readonly Value[]): string {
  return `{${names.map((name) => JSON.stringify(name)).join(', ')}}`;
}

function perform(context: BuiltinContext, request: ObjectValue): Value {
  const url = valueAt(request, 'url') as string;
  checkHostAllowed(context, NAME, hostOf(url));
  const { httpSend } = context.outside;
  if (httpSend === undefined) throw builtinFault(NAME, 'this evaluation was given no way to send requests');
  try {
    return httpSend(request);
  } catch (error) {
    if (error instanceof BuiltinFault || !(error instanceof Error)) throw error;
    if (valueAt(request, 'raise_error') !== false) throw builtinFault(NAME, error.message);
    return { status_code: 0, error: { code: 'eval_http_send_network_error', message: error.message } };
  }
}

function hostOf(url: string): string {
  if (!URL.canParse(url)) throw builtinFault(NAME, `parse ${JSON.stringify(url)}: missing protocol scheme`);
  const { protocol, hostname } = new URL(url);
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw builtinFault(NAME, `unsupported protocol scheme "${protocol.slice(0, -1)}"`);
  }
  // Brackets of IPv6 are the URL's, not the host's.
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

export const HTTP_BUILTINS: readonly Builtin[] = [
  {
    name: NAME,
    type: fn([objectOf(stringType, anyType)], objectOf(anyType, anyType)),
    nondeterministic: true,
    evaluate: (context, request) => send(context, request as Value),
  },
];
