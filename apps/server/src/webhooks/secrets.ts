import { isSekishoError } from '@sekisho/base';
import type { KubeClient } from '@sekisho/client';
import { type Sender, senders, type WebhookSecret, type WebhookSecrets } from '@sekisho/webhook';
import { SECRETS } from '../applications/kinds.ts';

const SECRET_NAME = 'argocd-secret';

/**
 * Reads the secrets of webhooks from the Secret `argocd-secret`, under Argo CD's keys where it has them:
 * `webhook.<github|gitlab|gitea|bitbucket|bitbucketserver>.secret`, `webhook.azuredevops.username` and `.password`;
 * `webhook.gogs.secret` counts for Gitea when that has none.
 */
export async function readWebhookSecrets(client: KubeClient, namespace: string): Promise<WebhookSecrets> {
  let data: Readonly<Record<string, string>>;
  try {
    data = ((await client.get(SECRETS, SECRET_NAME, namespace))['data'] ?? {}) as Record<string, string>;
  } catch (error) {
    if (isSekishoError(error, 'KUBE_NOT_FOUND')) return {};
    throw error;
  }
  const value = (key: string) =>
    Buffer.from(data[`webhook.${key}`] ?? '', 'base64')
      .toString('utf8')
      .trim();
  const found: { [S in Sender]?: WebhookSecret } = {};
  for (const sender of senders) {
    const secret = sender === 'azuredevops' ? basic(value) : shared(value, sender);
    if (secret !== undefined) found[sender] = secret;
  }
  return found;
}

function shared(value: (key: string) => string, sender: Sender): WebhookSecret | undefined {
  const key = sender === 'bitbucket-server' ? 'bitbucketserver' : sender;
  const secret = value(`${key}.secret`) || (sender === 'gitea' ? value('gogs.secret') : '');
  return secret === '' ? undefined : { type: 'shared', secret };
}

function basic(value: (key: string) => string): WebhookSecret | undefined {
  const [username, password] = [value('azuredevops.username'), value('azuredevops.password')];
  return username === '' || password === '' ? undefined : { type: 'basic', username, password };
}
