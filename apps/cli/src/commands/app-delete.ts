import { SekishoError } from '@sekisho/base';
import { applicationPath, readApplication } from '../application-request.ts';
import { watchApplication } from '../application-watch.ts';
import { viewOf } from '../applications.ts';
import { askForName } from '../ask-for-name.ts';
import type { CommandContext } from '../command-context.ts';
import { ExitCode } from '../exit-code.ts';

interface Flags {
  readonly namespace: string;
  readonly cascade: string;
  readonly yes?: boolean;
  readonly wait: boolean;
}

/** `sekisho app delete NAME`: says how much goes, and asks for the name on a terminal unless `--yes`. */
export async function appDelete(
  { connection, signal, progress }: CommandContext,
  flags: Flags,
  name: string,
): Promise<ExitCode> {
  const { namespace } = flags;
  const cascade = flags.cascade !== 'false';
  const application = await readApplication(connection.api, { namespace, name, signal });
  const count = viewOf(application).resources.length;
  const resources = count === 1 ? 'its 1 resource' : `its ${count} resources`;
  const effect = `${resources} ${cascade ? (count === 1 ? 'is deleted' : 'are deleted') : count === 1 ? 'stays' : 'stay'}`;
  if (flags.yes !== true) await askForName(name, { action: 'Delete', what: effect, signal });

  await connection.api.send('DELETE', applicationPath(namespace, name, `?cascade=${cascade}`), undefined, signal);

  if (!flags.wait) {
    progress.done(`${name} is being deleted; ${effect}`);
    return ExitCode.ok;
  }
  try {
    for await (const left of watchApplication(connection.api, { name, namespace, signal })) {
      if (left === undefined) break;
      progress.show(`deleting ${name}: ${viewOf(left).resources.length} resources left`);
    }
  } catch (error) {
    if (!(error instanceof SekishoError && error.code === 'KUBE_NOT_FOUND')) throw error;
  }
  progress.done(`${name} is deleted; ${effect.replace(/(is|are) deleted$/, '$1 gone')}`);
  return ExitCode.ok;
}
