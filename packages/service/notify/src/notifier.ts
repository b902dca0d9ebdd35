import { createMailer } from './email.ts';
import { deliverToSlack } from './slack.ts';
import { deliverToTeams } from './teams.ts';
import type { Notifier } from './types.ts';
import { deliverToWebhook } from './webhook.ts';

/** Delivers single messages. When and how often to try is the caller's. */
export function createNotifier(): Notifier {
  const mailer = createMailer();
  return {
    async deliver(delivery, signal) {
      switch (delivery.service.type) {
        case 'slack':
          return deliverToSlack(delivery, signal);
        case 'webhook':
          return deliverToWebhook(delivery, signal);
        case 'teams':
          return deliverToTeams(delivery, signal);
        case 'email':
          return mailer.deliver(delivery, signal);
      }
    },
    close: () => mailer.close(),
  };
}
