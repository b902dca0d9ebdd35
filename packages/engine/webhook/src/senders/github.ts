import { text } from '../json.ts';
import { hubPush } from '../push.ts';
import { hubSignatureRefusal } from '../signature.ts';
import type { SenderRules } from '../types.ts';

/** @see GitHub's documentation "Webhook events and payloads" and "Validating webhook deliveries" */
export const github: SenderRules = {
  sender: 'github',
  recognises: ({ headers }) => headers['x-github-event'] !== undefined,
  refusal({ headers, body }, secret) {
    if (secret.type !== 'shared') return 'the secret is not of the right kind';
    // The older SHA-1 header is not enough: GitHub sends both.
    return hubSignatureRefusal('X-Hub-Signature-256', headers['x-hub-signature-256'], secret.secret, body);
  },
  read({ headers }, body) {
    const event = headers['x-github-event'] ?? '';
    if (event === 'ping') return { kind: 'ping' };
    return event === 'push' ? hubPush(body, text(body, 'pusher', 'name')) : { kind: 'other', event };
  },
};
