import type { Call, Result } from '../call.ts';
import type { ServedResource } from '../served-resource.ts';
import type { ServerContext } from '../server-context.ts';
import { isRecord } from '../write/decode.ts';

const REVIEWS = new Set([
  'authentication.k8s.io/selfsubjectreviews',
  'authentication.k8s.io/tokenreviews',
  'authorization.k8s.io/localsubjectaccessreviews',
  'authorization.k8s.io/selfsubjectaccessreviews',
  'authorization.k8s.io/selfsubjectrulesreviews',
  'authorization.k8s.io/subjectaccessreviews',
]);

/** Questions that are asked by POST and never stored. */
export function isReview({ info }: ServedResource): boolean {
  return REVIEWS.has(`${info.group}/${info.resource}`);
}

/** Every identity with a valid token may do everything in this version, and that is what these answer. */
export function answerReview(context: ServerContext, call: Call): Result {
  const { info, apiVersion } = call.resource;
  const body = isRecord(call.request.body) ? call.request.body : {};
  const spec = isRecord(body['spec']) ? body['spec'] : {};
  const metadata = { ...(isRecord(body['metadata']) ? body['metadata'] : {}), creationTimestamp: null };
  const answer = (status: Record<string, unknown>, withSpec = true): Result => ({
    kind: 'value',
    status: 201,
    body: { apiVersion, kind: info.kind, metadata, ...(withSpec ? { spec } : {}), status },
  });
  switch (info.resource) {
    case 'selfsubjectreviews':
      return answer({ userInfo: { username: call.identity.user, groups: call.identity.groups } }, false);
    case 'tokenreviews': {
      const token = typeof spec['token'] === 'string' ? spec['token'] : '';
      const found = context.authenticate(token);
      if (found === undefined) return answer({ user: {}, error: '[invalid bearer token]' });
      return answer({ authenticated: true, user: { username: found.user, groups: found.groups } });
    }
    case 'selfsubjectrulesreviews':
      return answer({
        resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
        nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
        incomplete: false,
      });
    default:
      return answer({ allowed: true });
  }
}
