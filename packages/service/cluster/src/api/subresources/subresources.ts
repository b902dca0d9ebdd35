import type { Call, Result } from '../call.ts';
import type { ServerContext } from '../server-context.ts';
import { methodNotAllowed, StatusError, unknownPath } from '../status-error.ts';
import { approveRequest } from './approval.ts';
import { finalizeNamespace } from './finalize.ts';
import { bindPod, evictPod, podLog } from './pods.ts';
import { scale } from './scale.ts';
import { requestToken } from './token.ts';

/** Subresources other than status. */
export async function answerSubresource(context: ServerContext, call: Call): Promise<Result> {
  const { info } = call.resource;
  const { subresource = '', name } = call;
  if (!info.subresources.includes(subresource) || name === undefined) throw unknownPath();
  const { method } = call.request;
  const allow = (...methods: string[]): void => {
    if (!methods.includes(method)) throw methodNotAllowed();
  };
  switch (subresource) {
    case 'scale':
      allow('GET', 'PUT', 'PATCH');
      return scale(context, call);
    case 'binding':
      allow('POST');
      return bindPod(context, call);
    case 'eviction':
      allow('POST');
      return evictPod(context, call);
    case 'log':
      allow('GET');
      return podLog(context, call);
    case 'finalize':
      allow('PUT');
      return finalizeNamespace(context, call);
    case 'token':
      allow('POST');
      return requestToken(context, call);
    case 'approval':
      allow('GET', 'PUT', 'PATCH');
      return approveRequest(context, call);
    case 'ephemeralcontainers':
    case 'resize':
      allow('GET', 'PUT', 'PATCH');
      throw notSimulated(subresource);
    default:
      throw notSimulated(subresource);
  }
}

function notSimulated(what: string): StatusError {
  return new StatusError(501, 'NotImplemented', `pods are simulated on this cluster: ${what} is not available`);
}
