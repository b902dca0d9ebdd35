import { isSekishoError, type Logger, messageOf } from '@sekisho/base';
import type { KubeClient } from '@sekisho/client';
import { RESOURCES_FINALIZER } from '@sekisho/sync';
import { APP_PROJECTS, APPLICATIONS } from '../applications/kinds.ts';
import type { ProjectBook } from './project-book.ts';

const RETRY_MS = 5_000;
const REQUEST_MS = 30_000;

/**
 * Lets go of AppProjects that are being deleted and carry Argo CD's finalizer, as soon as no Application names them: until
 * then their Applications keep their rules.
 *
 * @param options  isUsed: whether an Application that is known already names the project, the API is asked in the end;
 *                 onApplicationChange: told when that may have changed
 */
export function finalizeProjects(options: {
  book: ProjectBook;
  client: KubeClient;
  isUsed: (project: string) => boolean;
  onApplicationChange: (listener: () => void) => void;
  logger: Logger;
}): { close(): void } {
  const { book, client, isUsed, logger } = options;
  const ending = new Set<string>();
  const timers = new Set<NodeJS.Timeout>();
  let closed = false;

  async function letGo(name: string): Promise<void> {
    const object = book.get(name)?.object;
    const { finalizers = [], namespace, deletionTimestamp, resourceVersion } = object?.metadata ?? {};
    if (closed || deletionTimestamp === undefined || !finalizers.includes(RESOURCES_FINALIZER)) {
      ending.delete(name);
      return;
    }
    ending.add(name);
    if (isUsed(name)) return;
    const left = finalizers.filter((finalizer) => finalizer !== RESOURCES_FINALIZER);
    // Only this version: finalizers of others must not be lost.
    const body = { metadata: { resourceVersion, finalizers: left.length === 0 ? null : left } };
    const signal = AbortSignal.timeout(REQUEST_MS);
    try {
      // Right after a start not all Applications are known yet.
      const { items } = await client.list(APPLICATIONS, { signal });
      if (items.some(({ spec }) => ((spec ?? {}) as { project?: string }).project === name)) return;
      await client.patch(APP_PROJECTS, name, namespace, { kind: 'merge', body }, { signal });
      ending.delete(name);
    } catch (error) {
      if (isSekishoError(error, 'KUBE_NOT_FOUND') || closed) return;
      logger.warn({ project: name, error: messageOf(error) }, 'a project that nobody uses could not be let go yet');
      const timer = setTimeout(() => {
        timers.delete(timer);
        void letGo(name);
      }, RETRY_MS).unref();
      timers.add(timer);
    }
  }

  book.onChange((name) => void letGo(name));
  options.onApplicationChange(() => {
    for (const name of ending) void letGo(name);
  });
  for (const { name } of book.list()) void letGo(name);
  return {
    close() {
      closed = true;
      for (const timer of timers) clearTimeout(timer);
    },
  };
}
