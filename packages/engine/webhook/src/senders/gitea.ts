import { text } from '../json.ts';
import { hubPush } from '../push.ts';
import { equal, hmacHex } from '../signature.ts';
import type { SenderRules } from '../types.ts';

/**
 * Gitea, Forgejo and Gogs. They send GitHub's headers as well, so they must be asked first.
 *
 * @see Gitea's documentation "Webhooks"
 */
export const gitea: SenderRules = {
  sender: 'gitea',
  recognises: ({ headers }) => eventOf(headers) !== undefined,
  refusal({ headers, body }, secret) {
    if (secret.type !== 'shared') return 'the secret is not of the right kind';
    const given = headers['x-forgejo-signature'] ?? headers['x-gitea-signature'] ?? headers['x-gogs-signature'];
    if (given === undefined) return 'the header X-Gitea-Signature is missing';
    return equal(given.toLowerCase(), hmacHex(secret.secret, body))
      ? undefined
      : 'X-Gitea-Signature does not fit the body and the secret';
  },
  read({ headers }, body) {
    const event = eventOf(headers) ?? '';
    if (event !== 'push') return { kind: 'other', event };
    return hubPush(body, text(body, 'pusher', 'login') ?? text(body, 'pusher', 'username'));
  },
};

function eventOf(headers: Readonly<Record<string, string | undefined>>): string | undefined {
  return headers['x-forgejo-event'] ?? headers['x-gitea-event'] ?? headers['x-gogs-event'];
}
