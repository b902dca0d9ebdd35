import { SekishoError } from '@sekisho/base';
import { applicationPath, readApplication } from '../application-request.ts';
import { viewOf } from '../applications.ts';
import { askForName } from '../ask-for-name.ts';
import type { CommandContext } from '../command-context.ts';
import { ExitCode } from '../exit-code.ts';

/** `sekisho app confirm NAME`: says what is deleted, and asks for the name on a terminal unless `--yes`. */
export async function appConfirm(
  { connection, signal, progress }: CommandContext,
  flags: { namespace: string; yes?: boolean },
  name: string,
): Promise<ExitCode> {
  const application = await readApplication(connection.api, { namespace: flags.namespace, name, signal });
  const { operationPhase, operationMessage, conditions } = viewOf(application);
  const isDeleted = application.metadata.deletionTimestamp !== undefined;
  const isWaiting = operationPhase === 'Running' && /confirmation/.test(operationMessage);
  if (!isDeleted && !isWaiting) {
    throw new SekishoError('NOTHING_TO_CONFIRM', `No deletion of ${name} waits for a confirmation.`, {
      hint: 'A sync that waits says so in `sekisho app get`.',
    });
  }
  const question = isWaiting
    ? operationMessage
    : (conditions.find(({ type }) => type === 'DeletionError')?.message ?? `${name} is being deleted`);
  if (flags.yes !== true) {
    await askForName(name, { action: 'Confirm', what: question, signal });
  }
  await connection.api.post(applicationPath(flags.namespace, name, '/confirm'), {}, signal);
  progress.done(`${name}: confirmed`);
  return ExitCode.ok;
}
