import { list, text } from '../json.ts';
import { hrefs, pushEvent, refChange } from '../push.ts';
import { hubSignatureRefusal } from '../signature.ts';
import type { SenderRules } from '../types.ts';

/** Bitbucket Data Center (Server). @see Atlassian's documentation "Event payload" and "Manage webhooks" */
export const bitbucketServer: SenderRules = {
  sender: 'bitbucket-server',
  recognises: ({ headers }) => headers['x-event-key'] !== undefined && headers['x-hook-uuid'] === undefined,
  refusal({ headers, body }, secret) {
    if (secret.type !== 'shared') return 'the secret is not of the right kind';
    return hubSignatureRefusal('X-Hub-Signature', headers['x-hub-signature'], secret.secret, body);
  },
  read({ headers }, body) {
    const event = headers['x-event-key'] ?? '';
    if (event === 'diagnostics:ping') return { kind: 'ping' };
    if (event !== 'repo:refs_changed') return { kind: 'other', event };
    return pushEvent({
      repositories: hrefs(body, 'repository', 'links', 'clone'),
      changes: list(body, 'changes').map((change) =>
        refChange(text(change, 'ref', 'id') ?? text(change, 'refId'), text(change, 'fromHash'), text(change, 'toHash')),
      ),
      pusher: text(body, 'actor', 'name'),
    });
  },
};
