import type { Sender } from '@sekisho/webhook';

/** What generators call the forges that send webhooks. */
const PROVIDERS: Readonly<Record<Sender, readonly string[]>> = {
  github: ['github'],
  gitlab: ['gitlab'],
  gitea: ['gitea'],
  bitbucket: ['bitbucket'],
  'bitbucket-server': ['bitbucketServer'],
  azuredevops: ['azureDevOps', 'azuredevops'],
};

/** Whether a generator with this provider asks the kind of forge that sent a webhook. */
export function isProviderOf(provider: string, sender: Sender): boolean {
  return PROVIDERS[sender].includes(provider);
}
