import type { Call, Result } from '../call.ts';
import type { ServerContext } from '../server-context.ts';
import { get } from '../verbs/read.ts';
import { patch } from '../write/patch.ts';
import { update } from '../write/update.ts';

/** Approving or denying a certificate request changes its conditions, which are part of its status. */
export async function approveRequest(context: ServerContext, call: Call): Promise<Result> {
  const asStatus: Call = { ...call, subresource: 'status' };
  switch (call.request.method) {
    case 'PUT':
      return update(context, asStatus, { subresource: 'approval' });
    case 'PATCH':
      return patch(context, asStatus, { subresource: 'approval' });
    default:
      return get(context, call);
  }
}
