import { createInterface } from 'node:readline/promises';
import { SekishoError } from '@sekisho/base';
import { watchApplication } from '../application-watch.ts';
import { APPLICATIONS, viewOf } from '../applications.ts';
import type { CommandContext } from '../command-context.ts';
import { ExitCode } from '../exit-code.ts';
import { namingApplication } from '../not-found.ts';

const CASCADE_FINALIZER = 'resources-finalizer.argocd.argoproj.io';

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
  const kube = await connection.kube();
  const application = await namingApplication(name, namespace, () =>
    kube.get(APPLICATIONS, name, namespace, { signal }),
  );
  const count = viewOf(application).resources.length;
  const resources = count === 1 ? 'its 1 resource' : `its ${count} resources`;
  const effect = `${resources} ${cascade ? (count === 1 ? 'is deleted' : 'are deleted') : count === 1 ? 'stays' : 'stay'}`;
  if (flags.yes !== true) await confirm(name, effect, signal);

  const others = (application.metadata.finalizers ?? []).filter(
    (finalizer) => !finalizer.startsWith(CASCADE_FINALIZER),
  );
  const finalizers = cascade ? [...others, CASCADE_FINALIZER] : others;
  await kube.patch(APPLICATIONS, name, namespace, { kind: 'merge', body: { metadata: { finalizers } } }, { signal });
  await kube.delete(APPLICATIONS, name, namespace, { signal });

  if (!flags.wait) {
    progress.done(`${name} is being deleted; ${effect}`);
    return ExitCode.ok;
  }
  try {
    for await (const left of watchApplication(kube, { name, namespace, signal })) {
      if (left === undefined) break;
      progress.show(`deleting ${name}: ${viewOf(left).resources.length} resources left`);
    }
  } catch (error) {
    if (!(error instanceof SekishoError && error.code === 'KUBE_NOT_FOUND')) throw error;
  }
  progress.done(`${name} is deleted; ${effect.replace(/(is|are) deleted$/, '$1 gone')}`);
  return ExitCode.ok;
}

async function confirm(name: string, effect: string, signal: AbortSignal): Promise<void> {
  if (!process.stdin.isTTY) {
    throw new SekishoError('USAGE', `Deleting ${name} must be confirmed: ${effect}.`, {
      hint: 'Give --yes when nobody can answer.',
    });
  }
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await prompt.question(
      `Delete ${name}? ${effect[0]?.toUpperCase()}${effect.slice(1)}. Type its name to go on: `,
      { signal },
    );
    if (answer.trim() !== name) throw new SekishoError('USAGE', 'That was not the name; nothing was deleted.');
  } finally {
    prompt.close();
  }
}
