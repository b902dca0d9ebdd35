import { isSekishoError, messageOf, SekishoError } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import type { CommandContext } from './command-context.ts';
import { ExitCode } from './exit-code.ts';
import { print } from './output/print.ts';
import { printable } from './output/text.ts';
import type { ProjectEdit, ProjectSpec } from './project-edits.ts';

/** What the server says of a project that was written. */
interface ProjectChanged {
  readonly project: KubeObject;
  readonly faults: readonly { readonly message: string }[];
  readonly broken: readonly { readonly namespace: string; readonly name: string; readonly message: string }[];
}

/** Somebody else may have changed the project meanwhile: then the edit is done anew. */
const ATTEMPTS = 5;

export function projectPath(name: string): string {
  return `/api/v1/projects/${encodeURIComponent(name)}`;
}

/** @throws SekishoError KUBE_NOT_FOUND that names the project */
export async function namingProject<T>(name: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!isSekishoError(error, 'KUBE_NOT_FOUND')) throw error;
    throw new SekishoError('KUBE_NOT_FOUND', `There is no project ${name}.`, {
      cause: error,
      hint: 'See which there are: sekisho proj list.',
    });
  }
}

/** The rules of a project as they are stored. @throws SekishoError KUBE_NOT_FOUND */
export async function readProject({ connection, signal }: CommandContext, name: string): Promise<KubeObject> {
  const answer = await namingProject(name, () => connection.api.get(projectPath(name), signal));
  return (answer as { project: KubeObject }).project;
}

/**
 * Changes the rules of a project, and says what came of it.
 *
 * @param done what is printed when something was changed
 * @throws SekishoError PROJECT_INVALID | KUBE_NOT_FOUND | KUBE_CONFLICT | PROJECT_ENTRY_MISSING
 */
export async function editProject(
  context: CommandContext,
  name: string,
  edit: ProjectEdit,
  done: string,
): Promise<ExitCode> {
  const { connection, signal, progress } = context;
  for (let attempt = 1; ; attempt++) {
    const { metadata, ...object } = await readProject(context, name);
    const spec = (object['spec'] ?? {}) as ProjectSpec;
    const next = applied(edit, spec);
    if (next === spec) {
      progress.done('It is so already.');
      return ExitCode.ok;
    }
    const { resourceVersion } = metadata;
    try {
      const body = { metadata: { resourceVersion }, spec: next };
      tell(context, (await connection.api.send('PUT', projectPath(name), body, signal)) as ProjectChanged, done);
      return ExitCode.ok;
    } catch (error) {
      if (!isSekishoError(error, 'KUBE_CONFLICT') || attempt === ATTEMPTS) throw error;
    }
  }
}

/** Prints what was done, and on standard error what the server warns of. */
export function tell({ progress }: CommandContext, { faults, broken }: ProjectChanged, done: string): void {
  print(done);
  for (const { message } of faults) progress.done(`warning: ${printable(message)}`);
  for (const { namespace, name, message } of broken) {
    progress.done(`warning: ${namespace}/${name} is not synced any more: ${printable(message)}`);
  }
}

function applied(edit: ProjectEdit, spec: ProjectSpec): ProjectSpec {
  try {
    return edit(spec);
  } catch (error) {
    if (error instanceof RangeError) throw new SekishoError('PROJECT_ENTRY_MISSING', `${messageOf(error)}.`);
    throw error;
  }
}
