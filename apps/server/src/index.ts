import type { startAdmissionWebhook as StartAdmissionWebhook } from './admission-webhook/start.ts';
import type { startServer as StartServer } from './server.ts';

export type { AdmissionWebhook, AdmissionWebhookOptions } from './admission-webhook/start.ts';
export { defaultConfig, type ServerConfig } from './config.ts';
export type { Server, StartProgress } from './server.ts';

/** Loaded when it is started: it has many parts. */
export const startServer: typeof StartServer = async (...given) => (await import('./server.ts')).startServer(...given);

/** Loaded when it is started: it needs few parts of the server. */
export const startAdmissionWebhook: typeof StartAdmissionWebhook = async (...given) =>
  (await import('./admission-webhook/start.ts')).startAdmissionWebhook(...given);
