import { watchApplication } from '../application-watch.ts';
import { viewOf } from '../applications.ts';
import { ExitCode } from '../exit-code.ts';
import { createProgress } from '../output/progress.ts';
import type { CommandContext } from '../program.ts';

interface Flags {
  readonly namespace: string;
  readonly sync?: boolean;
  readonly health?: boolean;
}

/** `sekisho app wait NAME`: until Synced and Healthy (or one of the two). Degraded after a failed operation is exit 1. */
export async function appWait({ connection, signal }: CommandContext, flags: Flags, name: string): Promise<ExitCode> {
  const both = flags.sync !== true && flags.health !== true;
  const kube = await connection.kube();
  const progress = createProgress();
  for await (const application of watchApplication(kube, { name, namespace: flags.namespace, signal })) {
    if (application === undefined) {
      progress.done(`${name} was deleted`);
      return ExitCode.notGood;
    }
    const view = viewOf(application);
    const synced = view.sync === 'Synced' && view.operationPhase !== 'Running';
    if ((synced || !(both || flags.sync === true)) && (view.health === 'Healthy' || !(both || flags.health === true))) {
      progress.done(`${name} is ${view.sync} and ${view.health}`);
      return ExitCode.ok;
    }
    progress.show(
      `waiting for ${name}: ${view.sync}, ${view.health}${view.healthMessage === '' ? '' : ` (${view.healthMessage})`}`,
    );
  }
  return ExitCode.notGood;
}
