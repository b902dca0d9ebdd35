import { createHmac } from 'node:crypto';
import { text } from '../json.ts';
import { pushEvent, refChange } from '../push.ts';
import { equal } from '../signature.ts';
import type { SenderRules, WebhookRequest } from '../types.ts';

/** A signed request that is older counts as replayed. */
const TOLERANCE_MS = 5 * 60_000;
const PUSHES = new Set(['Push Hook', 'Tag Push Hook']);

/**
 * GitLab sends the secret itself, or (newer) a signature after the Standard Webhooks specification.
 *
 * @see GitLab's documentation "Webhooks" and "Webhook events"
 */
export const gitlab: SenderRules = {
  sender: 'gitlab',
  recognises: ({ headers }) => headers['x-gitlab-event'] !== undefined,
  refusal(request, secret, now) {
    if (secret.type !== 'shared') return 'the secret is not of the right kind';
    const { headers } = request;
    if (headers['webhook-signature'] !== undefined) return signedRefusal(request, secret.secret, now);
    const given = headers['x-gitlab-token'];
    if (given === undefined) return 'the header X-Gitlab-Token is missing';
    return equal(given, secret.secret) ? undefined : 'X-Gitlab-Token is not the secret';
  },
  read({ headers }, body) {
    const hook = headers['x-gitlab-event'] ?? '';
    // A system hook tells all kinds of events under one name.
    const event = hook === 'System Hook' ? (text(body, 'object_kind') ?? text(body, 'event_name') ?? hook) : hook;
    if (!PUSHES.has(event) && event !== 'push' && event !== 'tag_push') return { kind: 'other', event };
    return pushEvent({
      repositories: [
        text(body, 'project', 'git_http_url'),
        text(body, 'project', 'git_ssh_url'),
        text(body, 'project', 'web_url') ?? text(body, 'project', 'homepage'),
      ],
      changes: [refChange(text(body, 'ref'), text(body, 'before'), text(body, 'after'))],
      defaultBranch: text(body, 'project', 'default_branch'),
      pusher: text(body, 'user_username') ?? text(body, 'user_name'),
    });
  },
};

function signedRefusal({ headers, body }: WebhookRequest, secret: string, now: number): string | undefined {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures = '' } = headers;
  if (id === undefined || timestamp === undefined || !/^\d{1,12}$/.test(timestamp)) {
    return 'webhook-id or webhook-timestamp is missing';
  }
  if (Math.abs(now - Number(timestamp) * 1000) > TOLERANCE_MS) return 'webhook-timestamp is more than 5 minutes off';
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : secret;
  const wanted = `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')}`;
  return signatures.split(' ').some((given) => equal(given, wanted))
    ? undefined
    : 'webhook-signature does not fit the body and the secret';
}
