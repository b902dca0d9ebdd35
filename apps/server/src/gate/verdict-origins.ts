import { isSekishoError, type Origin, redactUrl } from '@sekisho/base';
import { createFieldOrigins, type FieldOrigins } from '@sekisho/policy/asking';
import type { Application } from '../applications/application.ts';
import type { Rendered } from '../applications/merged-sources.ts';
import type { Sources } from '../applications/sources.ts';
import { createTurns } from '../turns.ts';

const MAX_FILE_BYTES = 4 * 1024 * 1024;
/** Files that may hold a patch: of more than these only those near the object's are looked into. */
const MAX_OTHERS = 200;

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
