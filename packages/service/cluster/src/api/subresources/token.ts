import type { Call, Result } from '../call.ts';
import { type ServerContext, timestamp } from '../server-context.ts';
import { published } from '../verbs/read.ts';
import { isRecord } from '../write/decode.ts';
import { reviewedBody } from '../write/reviewed.ts';

const DEFAULT_SECONDS = 3600;
const MIN_SECONDS = 600;
const MAX_SECONDS = 365 * 24 * 3600;

const TOKEN_REQUEST = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest' };

/** POST /serviceaccounts/NAME/token: a bearer token of the service account that expires. */
export async function requestToken(context: ServerContext, call: Call): Promise<Result> {
  const account = published(call);
  const given = isRecord(call.request.body) ? call.request.body : {};
  const body = await reviewedBody(context, call, TOKEN_REQUEST, given);
  const spec = isRecord(body['spec']) ? body['spec'] : {};
  const asked = typeof spec['expirationSeconds'] === 'number' ? spec['expirationSeconds'] : DEFAULT_SECONDS;
  const seconds = Math.min(Math.max(asked, MIN_SECONDS), MAX_SECONDS);
  const expiresAt = context.clock.now() + seconds * 1000;
  const { name = '', namespace = '' } = account.object.metadata;
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
  const token = await context.issueToken(`system:serviceaccount:${namespace}:${name}`, groups, expiresAt);
  return {
    kind: 'value',
    status: 201,
    body: {
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: { name, namespace, creationTimestamp: timestamp(context.clock.now()) },
      spec: {
        audiences: ['https://kubernetes.default.svc'],
        boundObjectRef: null,
        ...spec,
        expirationSeconds: seconds,
      },
      status: { token, expirationTimestamp: timestamp(expiresAt) },
    },
  };
}
