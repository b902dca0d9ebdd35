import { SekishoError } from '@sekisho/base';
import { watchApplication } from '../application-watch.ts';
import { type ApplicationView, viewOf } from '../applications.ts';
import type { CommandContext } from '../command-context.ts';
import { isTimeUp } from '../duration.ts';
import { ExitCode } from '../exit-code.ts';

interface Flags {
  readonly namespace: string;
  readonly sync?: boolean;
  readonly health?: boolean;
}

/**
 * `sekisho app wait NAME`: until Synced and Healthy (or one of the two).
 *
 * @throws SekishoError WAIT_TIMED_OUT with what it is instead
 */
export async function appWait(
  { connection, signal, progress }: CommandContext,
  flags: Flags,
  name: string,
): Promise<ExitCode> {
  const { namespace } = flags;
  const both = flags.sync !== true && flags.health !== true;
  let view: ApplicationView | undefined;
  const wait = async () => {
    for await (const application of watchApplication(connection.api, { name, namespace, signal })) {
      if (application === undefined) {
        progress.done(`${name} was deleted`);
        return ExitCode.notGood;
      }
      view = viewOf(application);
      const isSynced = view.sync === 'Synced' && !isBusy(view);
      const isEnough = isSynced || !(both || flags.sync === true);
      if (isEnough && (view.health === 'Healthy' || !(both || flags.health === true))) {
        progress.done(`${name} is ${view.sync} and ${view.health}`);
        return ExitCode.ok;
      }
      progress.show(`waiting for ${name}: ${view.sync}, ${view.health}${reason(view)}`);
    }
    return ExitCode.notGood;
  };
  try {
    return await wait();
  } catch (error) {
    if (view === undefined || !isTimeUp(signal)) throw error;
    throw new SekishoError('WAIT_TIMED_OUT', `${name} is still ${view.sync} and ${view.health}${reason(view)}.`, {
      hint: `See why: sekisho app get ${name}. Give more time with --timeout.`,
    });
  }
}

function isBusy({ operationPhase }: ApplicationView): boolean {
  return operationPhase === 'Running' || operationPhase === 'Terminating';
}

function reason(view: ApplicationView): string {
  const error = view.conditions.find(({ type }) => type.endsWith('Error'));
  const text = error?.message || (isBusy(view) ? view.operationMessage : '') || view.healthMessage;
  return text === '' ? '' : ` (${text})`;
}
