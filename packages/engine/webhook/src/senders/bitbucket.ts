import { at, list, text } from '../json.ts';
import { pushEvent, refChange } from '../push.ts';
import { hubSignatureRefusal } from '../signature.ts';
import type { SenderRules, WebhookRefChange } from '../types.ts';

/**
 * Bitbucket Cloud. Its payload names the repository's page only; git's addresses follow from it.
 *
 * @see Atlassian's documentation "Event payloads" and "Manage webhooks" (secure webhooks)
 */
export const bitbucket: SenderRules = {
  sender: 'bitbucket',
  recognises: ({ headers }) => headers['x-event-key'] !== undefined && headers['x-hook-uuid'] !== undefined,
  refusal({ headers, body }, secret) {
    if (secret.type !== 'shared') return 'the secret is not of the right kind';
    return hubSignatureRefusal('X-Hub-Signature', headers['x-hub-signature'], secret.secret, body);
  },
  read({ headers }, body) {
    const event = headers['x-event-key'] ?? '';
    if (event !== 'repo:push') return { kind: 'other', event };
    const page = text(body, 'repository', 'links', 'html', 'href');
    return pushEvent({
      repositories: [page, sshAddress(page)],
      changes: list(body, 'push', 'changes').map(change),
      pusher: text(body, 'actor', 'nickname') ?? text(body, 'actor', 'display_name'),
    });
  },
};

function change(value: unknown): WebhookRefChange | undefined {
  const side = at(value, 'new') ?? at(value, 'old');
  const folder = text(side, 'type') === 'tag' ? 'tags' : 'heads';
  const name = text(side, 'name');
  if (name === undefined) return undefined;
  return refChange(
    `refs/${folder}/${name}`,
    text(value, 'old', 'target', 'hash'),
    text(value, 'new', 'target', 'hash'),
  );
}

function sshAddress(page: string | undefined): string | undefined {
  const parts = /^https?:\/\/([^/]+)\/(.+?)\/?$/.exec(page ?? '');
  return parts === null ? undefined : `git@${parts[1]}:${parts[2]}.git`;
}
