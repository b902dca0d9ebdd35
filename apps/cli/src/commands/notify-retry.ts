import type { CommandContext } from '../command-context.ts';
import { ExitCode } from '../exit-code.ts';

/** `sekisho notify retry ID`. */
export async function notifyRetry(
  { connection, signal, progress }: CommandContext,
  _flags: object,
  id: string,
): Promise<ExitCode> {
  const path = `/api/v1/notifications/deliveries/${encodeURIComponent(id)}/retry`;
  const { service, recipient } = (await connection.api.post(path, {}, signal)) as {
    service: string;
    recipient: string;
  };
  progress.done(`${recipient === '' ? service : `${service}:${recipient}`} is tried now; see: sekisho notify list`);
  return ExitCode.ok;
}
