import { shortRevision } from '../applications.ts';
import type { CommandContext } from '../command-context.ts';
import { ExitCode } from '../exit-code.ts';
import { namingApplication } from '../not-found.ts';

/** `sekisho app resume NAME`: exit 2 when nothing is held. */
export async function appResume(
  { connection, signal, progress }: CommandContext,
  { namespace, revision }: { readonly namespace: string; readonly revision?: string },
  name: string,
): Promise<ExitCode> {
  const path = `/api/v1/applications/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}/resume`;
  const wish = revision === undefined ? {} : { revision };
  const resume = () => connection.api.post(path, wish, signal);
  const { lifted } = (await namingApplication(name, namespace, resume)) as { lifted: string[] };
  const names = lifted.map((revisions) => revisions.split('+').map(shortRevision).join('+'));
  progress.done(`${name}: ${names.join(', ')} may be applied again`);
  return ExitCode.ok;
}
