import type { CommandContext } from '../command-context.ts';
import { ExitCode } from '../exit-code.ts';
import { print } from '../output/print.ts';
import { printable } from '../output/text.ts';

/** `sekisho notify test`: prints what was sent. */
export async function notifyTest(
  { connection, signal, progress }: CommandContext,
  flags: { service: string; recipient: string; trigger?: string; app?: string; namespace: string },
): Promise<ExitCode> {
  const { service, recipient, trigger, app, namespace } = flags;
  const body = {
    service,
    recipient,
    ...(trigger === undefined ? {} : { trigger }),
    ...(app === undefined ? {} : { application: `${namespace}/${app}` }),
  };
  const { text } = (await connection.api.post('/api/v1/notifications/test', body, signal)) as { text: string };
  print(text.split('\n').map(printable).join('\n'));
  progress.done(`Delivered to ${recipient === '' ? service : `${service}:${recipient}`}.`);
  return ExitCode.ok;
}
