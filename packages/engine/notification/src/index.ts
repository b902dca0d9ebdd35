export { readNotificationConfig } from './config.ts';
export { type Due, type DueInput, dueNotifications, exampleMessage } from './due.ts';
export type {
  DueNotification,
  IncidentStep,
  NotificationConfig,
  NotificationMessage,
  NotificationService,
  Recipient,
  ServiceType,
} from './types.ts';
