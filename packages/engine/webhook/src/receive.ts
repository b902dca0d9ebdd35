import { createHash } from 'node:crypto';
import { isObject } from './json.ts';
import { azureDevops } from './senders/azure-devops.ts';
import { bitbucket } from './senders/bitbucket.ts';
import { bitbucketServer } from './senders/bitbucket-server.ts';
import { gitea } from './senders/gitea.ts';
import { github } from './senders/github.ts';
import { gitlab } from './senders/gitlab.ts';
import type { Sender, SenderRules, WebhookOutcome, WebhookRequest, WebhookSecrets } from './types.ts';

/** Gitea before GitHub: it sends the headers of both. */
const RULES: readonly SenderRules[] = [gitea, github, gitlab, bitbucket, bitbucketServer, azureDevops];

/**
 * Reads one webhook. Nothing of the body is looked at before its sender is proven; a sender without a secret is refused.
 *
 * @param sender whom the address is for; without it the headers decide
 * @param now ms since 1970, for signatures that carry a time
 */
export function receiveWebhook(
  request: WebhookRequest,
  options: { sender?: Sender | undefined; secrets: WebhookSecrets; now: number },
): WebhookOutcome {
  const rules = RULES.find((candidate) => candidate.recognises(request));
  if (rules === undefined || (options.sender !== undefined && rules.sender !== options.sender)) {
    return {
      accepted: false,
      code: 'WEBHOOK_SENDER_UNKNOWN',
      message: `The request has no headers of ${options.sender ?? 'a forge that is known here'}.`,
      hint: 'GitHub, GitLab, Gitea, Forgejo, Gogs, Bitbucket, Bitbucket Data Center and Azure DevOps are understood.',
    };
  }
  const { sender } = rules;
  const secret = options.secrets[sender];
  if (secret === undefined) {
    return {
      accepted: false,
      sender,
      code: 'WEBHOOK_SECRET_MISSING',
      message: `Webhooks of ${sender} are refused: no secret is set for them.`,
      hint: `Set ${secretKey(sender)} in the Secret argocd-secret, and the same at the forge.`,
    };
  }
  const refusal = rules.refusal(request, secret, options.now);
  if (refusal !== undefined) {
    return {
      accepted: false,
      sender,
      code: 'WEBHOOK_SIGNATURE_INVALID',
      message: `The webhook of ${sender} is not proven: ${refusal}.`,
      hint: `The secret at the forge must equal ${secretKey(sender)} in the Secret argocd-secret.`,
    };
  }
  const body = parse(request);
  const event = isObject(body) ? rules.read(request, body) : undefined;
  if (event === undefined) {
    return {
      accepted: false,
      sender,
      code: 'WEBHOOK_BODY_INVALID',
      message: `The body of the webhook of ${sender} is not what its event promises.`,
      hint: 'The content type must be application/json.',
    };
  }
  return { accepted: true, sender, event, digest: createHash('sha256').update(request.body).digest('hex') };
}

/** Keys in the Secret `argocd-secret`: Argo CD's where it has one. */
export function secretKey(sender: Sender): string {
  switch (sender) {
    case 'bitbucket-server':
      return 'webhook.bitbucketserver.secret';
    case 'azuredevops':
      return 'webhook.azuredevops.username and webhook.azuredevops.password';
    default:
      return `webhook.${sender}.secret`;
  }
}

function parse({ body }: WebhookRequest): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}
