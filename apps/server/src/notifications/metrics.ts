import type { NotificationOutbox, StoredNotification } from '@sekisho/store';
import { Counter, Gauge, type Registry } from 'prom-client';
import { scrapeQuestion } from '../telemetry/scrape-question.ts';
import type { AttemptResult } from './sender.ts';

/** Series of notifications; what waits is counted at each scrape. */
export function observeNotifications(
  registry: Registry,
  outbox: Pick<NotificationOutbox, 'waiting'>,
): { note(message: StoredNotification, result: AttemptResult): void } {
  const registers = [registry];
  const ask = scrapeQuestion(() => outbox.waiting());
  new Gauge({
    name: 'sekisho_notifications_pending',
    help: 'Notifications that wait to be delivered, by service.',
    labelNames: ['service'],
    registers,
    async collect() {
      // While the store is away nobody knows, and the series are absent.
      const waiting = (await ask()) ?? [];
      this.reset();
      for (const { service, count } of waiting) this.set({ service }, count);
    },
  });
  const deliveries = new Counter({
    name: 'sekisho_notification_deliveries_total',
    help: 'Notifications that were delivered (succeeded="true") or have failed for good.',
    labelNames: ['trigger', 'service', 'succeeded'],
    registers,
  });
  const attempts = new Counter({
    name: 'sekisho_notification_attempts_total',
    help: 'Attempts to deliver a notification, by result: delivered, postponed (another one follows) or failed.',
    labelNames: ['service', 'result'],
    registers,
  });
  return {
    note({ trigger, service }, result) {
      attempts.inc({ service, result });
      if (result !== 'postponed') deliveries.inc({ trigger, service, succeeded: String(result === 'delivered') });
    },
  };
}
