import type { KubeObject } from '@sekisho/kube';
import { askForName } from '../ask-for-name.ts';
import type { CommandContext } from '../command-context.ts';
import { ExitCode } from '../exit-code.ts';
import { print } from '../output/print.ts';
import { namingSet, pathOf, viewOf } from './application-set.ts';

interface Flags {
  readonly namespace: string;
  readonly yes?: boolean;
}

/** `sekisho appset delete NAME`: says how much goes, and asks for the name on a terminal unless `--yes`. */
export async function appsetDelete(
  { connection, signal }: CommandContext,
  { namespace, yes }: Flags,
  name: string,
): Promise<ExitCode> {
  const path = pathOf(namespace, name);
  const { applicationSet } = (await namingSet(name, () => connection.api.get(path, signal))) as {
    applicationSet: KubeObject;
  };
  const count = viewOf(applicationSet).applications.length;
  const what =
    count === 1 ? 'the application that it owns goes, too' : `the ${count} applications that it owns go, too`;
  if (yes !== true) await askForName(name, { action: 'Delete', what, signal });
  await namingSet(name, () => connection.api.send('DELETE', path, undefined, signal));
  print(`applicationset ${name} deleted`);
  return ExitCode.ok;
}
