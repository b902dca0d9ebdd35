import { isSekishoError, type Origin, redactUrl } from '@sekisho/base';
import { createFieldOrigins, type Explanation, type FieldOrigins, type GateVerdict } from '@sekisho/policy';
import type { PolicyWorker } from '@sekisho/policy-worker';
import type { Application } from '../applications/application.ts';
import type { Rendered } from '../applications/merged-sources.ts';
import type { Sources } from '../applications/sources.ts';
import { createTurns } from '../turns.ts';
import { type GateLook, requestOf } from './gate-look.ts';

const MAX_FILE_BYTES = 4 * 1024 * 1024;
/** Files that may hold a patch: of more than these only those near the object's are looked into. */
const MAX_OTHERS = 200;

/** Why a verdict is what it is; undefined when that can't be told. */
export type Explainer = (
  verdict: GateVerdict,
  look: Pick<GateLook, 'asked' | 'cluster'>,
) => Promise<Explanation | undefined> | Explanation;

export function explainerOf(worker: Pick<PolicyWorker, 'explain'>, signal?: AbortSignal): Explainer {
  return async (verdict, look) => {
    const request = requestOf(verdict, look);
    if (request === undefined) return undefined;
    try {
      const place = { gate: 'sync', cluster: look.cluster } as const;
      return await worker.explain(verdict, request, signal === undefined ? place : { ...place, signal });
    } catch (error) {
      signal?.throwIfAborted();
      // The verdict stands also without it.
      if (isSekishoError(error)) return undefined;
      throw error;
    }
  };
}

/** Finds the lines of an application's fields in its repositories, at the commits that were rendered. */
export function originsIn(
  application: Application,
  rendered: Pick<Rendered, 'result'>,
  sources: Pick<Sources, 'repository'>,
): FieldOrigins {
  const giveWay = createTurns();
  const addresses = new Map(
    application.sources
      .filter(({ chart }) => chart === undefined)
      .map(({ repoURL }) => [redactUrl(repoURL), repoURL] as const),
  );
  const patches = rendered.result.files
    .filter(({ path, ref }) => ref === undefined && /\.ya?ml$/.test(path))
    .slice(0, MAX_OTHERS);
  return createFieldOrigins({
    async read({ repo, revision, file }) {
      const address = repo === undefined ? undefined : addresses.get(repo);
      if (address === undefined || revision === undefined) return undefined;
      try {
        const repository = await sources.repository(address);
        const bytes = await repository.tree(revision).read(file, { maxBytes: MAX_FILE_BYTES });
        return new TextDecoder().decode(bytes);
      } catch (error) {
        // The place of the object is known all the same.
        if (isSekishoError(error)) return undefined;
        throw error;
      }
    },
    others: ({ line: _, column: __, ...origin }): readonly Origin[] =>
      patches.map(({ realPath }) => ({ ...origin, file: realPath })),
    pause: async () => giveWay(),
  });
}
