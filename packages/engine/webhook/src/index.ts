export { receiveWebhook, secretKey } from './receive.ts';
export { repositoryName } from './same-repository.ts';
export {
  type PushEvent,
  type Sender,
  senders,
  type WebhookEvent,
  type WebhookOutcome,
  type WebhookRefChange,
  type WebhookRefusal,
  type WebhookRequest,
  type WebhookSecret,
  type WebhookSecrets,
} from './types.ts';
