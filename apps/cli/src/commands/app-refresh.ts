import { applicationPath } from '../application-request.ts';
import { watchApplication } from '../application-watch.ts';
import { viewOf } from '../applications.ts';
import type { CommandContext } from '../command-context.ts';
import { ExitCode } from '../exit-code.ts';
import { namingApplication } from '../not-found.ts';

const REFRESH_ANNOTATION = 'argocd.argoproj.io/refresh';

/** `sekisho app refresh NAME`: looks at git and the cluster now, and says what was found. */
export async function appRefresh(
  { connection, signal, progress }: CommandContext,
  flags: { namespace: string; hard?: boolean; wait: boolean },
  name: string,
): Promise<ExitCode> {
  const { namespace } = flags;
  const path = applicationPath(namespace, name, '/refresh');
  await namingApplication(name, namespace, () => connection.api.post(path, { hard: flags.hard === true }, signal));
  if (!flags.wait) return ExitCode.ok;
  for await (const application of watchApplication(connection.api, { name, namespace, signal })) {
    if (application === undefined) {
      progress.done(`${name} was deleted`);
      return ExitCode.notGood;
    }
    if (application.metadata.annotations?.[REFRESH_ANNOTATION] !== undefined) continue;
    const { sync, health } = viewOf(application);
    progress.done(`${name} is ${sync} and ${health}`);
    return ExitCode.ok;
  }
  return ExitCode.notGood;
}
