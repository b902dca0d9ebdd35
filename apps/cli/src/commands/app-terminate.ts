import { SekishoError } from '@sekisho/base';
import { watchApplication } from '../application-watch.ts';
import { record, viewOf } from '../applications.ts';
import type { CommandContext } from '../command-context.ts';
import { isTimeUp } from '../duration.ts';
import { ExitCode } from '../exit-code.ts';
import { namingApplication } from '../not-found.ts';

/**
 * `sekisho app terminate NAME`: returns when the operation has ended.
 *
 * @throws SekishoError OPERATION_NOT_RUNNING | WAIT_TIMED_OUT
 */
export async function appTerminate(
  { connection, signal, progress }: CommandContext,
  flags: { namespace: string; wait: boolean },
  name: string,
): Promise<ExitCode> {
  const { namespace } = flags;
  const path = `/api/v1/applications/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}/terminate`;
  await namingApplication(name, namespace, () => connection.api.post(path, undefined, signal));
  if (!flags.wait) return ExitCode.ok;
  try {
    for await (const application of watchApplication(connection.api, { name, namespace, signal })) {
      if (application === undefined) {
        progress.done(`${name} was deleted`);
        return ExitCode.ok;
      }
      const { phase } = record(record(application['status'])['operationState']);
      const { operationMessage: message } = viewOf(application);
      if (phase !== 'Terminating' && (phase !== 'Running' || application['operation'] === undefined)) {
        progress.done(`${name}: ${phase}: ${message}`);
        return ExitCode.ok;
      }
      progress.show(`terminating ${name}: ${message}`);
    }
    return ExitCode.notGood;
  } catch (error) {
    if (!isTimeUp(signal)) throw error;
    throw new SekishoError('WAIT_TIMED_OUT', `The operation of ${name} has not ended yet.`, {
      hint: `See what it does: sekisho app get ${name}.`,
    });
  }
}
