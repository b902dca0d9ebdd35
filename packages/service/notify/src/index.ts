export { createNotifier } from './notifier.ts';
export type { Delivered, Delivery, Notifier, NotifyService, Thread } from './types.ts';
