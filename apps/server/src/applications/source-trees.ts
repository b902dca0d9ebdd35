import { createLru, redactUrl, SekishoError } from '@sekisho/base';
import type { Charts } from '@sekisho/charts';
import type { Repository, Revision } from '@sekisho/git';
import { archiveTree, type FileTree } from '@sekisho/render';
import type { ApplicationSource } from './application-source.ts';

/** The files of a source at one commit, or at one version of its chart. */
export interface SourceTree {
  readonly revision: Revision;
  /** Of a chart it is fetched by the first call. */
  tree(): Promise<FileTree>;
}

export interface SourceTrees {
  /** @throws SekishoError GIT_* | CHART_* | CHARTS_UNAVAILABLE | what a repository of charts could not do */
  open(
    source: ApplicationSource,
    options: { readonly revision?: string | undefined; readonly signal: AbortSignal },
  ): Promise<SourceTree>;
}

/** No range: nobody has to be asked what it means. */
const EXACT_VERSION = /^v?\d+\.\d+\.\d+(?:[-+].*)?$/;

/** Bytes of unpacked charts that are kept. */
const ARCHIVE_WEIGHT = 64 * 1024 * 1024;

export function createSourceTrees(options: {
  readonly repository: (repoURL: string) => Promise<Repository>;
  readonly charts: Pick<Charts, 'fetch' | 'resolve'> | undefined;
  /** Told of each repository of charts that is asked what a range of versions means. */
  readonly onRange: (repoURL: string) => void;
  /** Waits for a remote, but not for long; the work may go on without whoever waited. */
  readonly wait: <T>(repoURL: string, work: () => Promise<T>, signal: AbortSignal) => Promise<T>;
}): SourceTrees {
  const archives = createLru<string, { readonly tree: FileTree; readonly bytes: number }>({
    maxWeight: ARCHIVE_WEIGHT,
    // Text packs to about a quarter.
    weigh: ({ bytes }) => 1024 + bytes * 4,
  });

  async function openChart(source: ApplicationSource, wanted: string, signal: AbortSignal): Promise<SourceTree> {
    const { charts } = options;
    const { repoURL, chart: name = '' } = source;
    if (charts === undefined) {
      throw new SekishoError('CHARTS_UNAVAILABLE', 'This Sekisho fetches no charts.', {
        hint: 'Commit the chart, and name its folder with source.path.',
      });
    }
    const isExact = EXACT_VERSION.test(wanted);
    if (!isExact) options.onRange(repoURL);
    const version = isExact
      ? wanted
      : (await options.wait(repoURL, () => charts.resolve(repoURL, name, wanted), signal)).version;
    const fetch = async (): Promise<FileTree> => {
      const passCredentials = source.helm?.passCredentials === true;
      const request = { repository: repoURL, name, version, passCredentials };
      const fetched = await options.wait(repoURL, () => charts.fetch(request), signal);
      const known = archives.get(fetched.digest);
      if (known !== undefined) return known.tree;
      const { tree, diagnostics } = archiveTree(fetched.archive, `${name}-${fetched.version}.tgz`);
      if (tree === undefined) {
        const [fault] = diagnostics;
        const message = `The chart ${name} ${version} of ${redactUrl(repoURL)} can't be read: ${fault?.message ?? ''}.`;
        throw new SekishoError(fault?.code ?? 'CHART_ARCHIVE_INVALID', message);
      }
      archives.set(fetched.digest, { tree, bytes: fetched.archive.length });
      return tree;
    };
    return { revision: revisionOfChart(name, version), tree: fetch };
  }

  return {
    async open(source, { revision: wanted, signal }) {
      const name = wanted ?? source.targetRevision;
      if (source.chart !== undefined) return openChart(source, name ?? '', signal);
      const repository = await options.repository(source.repoURL);
      // Only a repository that was never fetched makes anybody wait here.
      const resolve = () => repository.resolve(name ?? 'HEAD');
      const revision = await options.wait(source.repoURL, resolve, signal);
      return { revision, tree: async () => repository.tree(revision.commit) };
    },
  };
}

/** As Argo CD has it, the version of a chart stands where a commit does. */
function revisionOfChart(name: string, version: string): Revision {
  const message = `${name} ${version}`;
  return { commit: version, tree: '', authorName: '', authorEmail: '', authorDate: '', message };
}
