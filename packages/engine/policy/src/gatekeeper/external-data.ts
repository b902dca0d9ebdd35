import { type Builtin, BuiltinFault, type PlainObject, type Value } from '@sekisho/rego';

/** What a Provider is asked, as in a ProviderRequest. */
export interface ExternalDataRequest {
  readonly provider: string;
  readonly keys: readonly Value[];
}

/** What it answered, as `external_data` gives it to Rego. */
export interface ExternalDataResponse {
  readonly responses: readonly (readonly [key: Value, value: Value])[];
  readonly errors: readonly (readonly [key: Value, message: string])[];
  readonly statusCode: number;
  readonly systemError: string;
}

/** The only way out to Providers. It answers at once: who asks them has fetched before. */
export type ExternalData = (request: ExternalDataRequest) => ExternalDataResponse;

const anyType = { kind: 'any', of: [] } as const;

/** The built-in `external_data({"provider": …, "keys": […]})`. Without a door outside it answers with a system error. */
export function externalDataBuiltin(ask: ExternalData | undefined): Builtin {
  return {
    name: 'external_data',
    type: { kind: 'function', args: [anyType], result: anyType },
    nondeterministic: true,
    evaluate: (_context, request) => {
      const { provider, keys } = (request ?? {}) as { provider?: Value; keys?: Value };
      if (typeof provider !== 'string' || !Array.isArray(keys))
        throw new BuiltinFault('eval_type_error', 'external_data: needs {"provider": name, "keys": [key, …]}');
      return asValue(ask?.({ provider, keys: keys as readonly Value[] }) ?? closed(provider));
    },
  };
}

function closed(provider: string): ExternalDataResponse {
  return { responses: [], errors: [], statusCode: 500, systemError: `provider ${provider} can't be asked from here` };
}

function asValue({ responses, errors, statusCode, systemError }: ExternalDataResponse): PlainObject {
  return { responses, errors, status_code: statusCode, system_error: systemError } as PlainObject;
}
