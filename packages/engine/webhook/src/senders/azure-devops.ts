import { list, text } from '../json.ts';
import { pushEvent, refChange } from '../push.ts';
import { equal } from '../signature.ts';
import type { SenderRules } from '../types.ts';

/** Azure DevOps service hooks: no signature, but basic authentication. @see Microsoft's documentation "Service hook events" */
export const azureDevops: SenderRules = {
  sender: 'azuredevops',
  recognises: ({ headers }) => headers['x-vss-activityid'] !== undefined,
  refusal({ headers }, secret) {
    if (secret.type !== 'basic') return 'the secret is not of the right kind';
    const given = headers['authorization'];
    if (given === undefined) return 'user name and password are missing';
    const wanted = `Basic ${Buffer.from(`${secret.username}:${secret.password}`).toString('base64')}`;
    return equal(given, wanted) ? undefined : 'user name or password is wrong';
  },
  read(_request, body) {
    const event = text(body, 'eventType');
    if (event === undefined) return undefined;
    if (event !== 'git.push') return { kind: 'other', event };
    return pushEvent({
      repositories: [text(body, 'resource', 'repository', 'remoteUrl'), text(body, 'resource', 'repository', 'sshUrl')],
      changes: list(body, 'resource', 'refUpdates').map((update) =>
        refChange(text(update, 'name'), text(update, 'oldObjectId'), text(update, 'newObjectId')),
      ),
      defaultBranch: text(body, 'resource', 'repository', 'defaultBranch'),
      pusher: text(body, 'resource', 'pushedBy', 'uniqueName'),
    });
  },
};
