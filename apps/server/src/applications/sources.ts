import { createLru, type Logger, messageOf, redactUrl, systemClock } from '@sekisho/base';
import type { Git, Repository, Revision } from '@sekisho/git';
import {
  type RenderOptions,
  type RenderResult,
  readsHold,
  render,
  type SourceSurvey,
  surveySource,
} from '@sekisho/render';
import { type ApplicationSource, isReferenceOnly } from './application-source.ts';
import { createLargeFileParser } from './large-files.ts';
import { createPatience } from './patience.ts';
import type { RepositoryCredentials } from './repository-credentials.ts';

/** Manifests of one source at one revision; none of a source that only others refer to. */
export interface RenderedSource {
  readonly revision: Revision;
  readonly result: RenderResult;
  /** Names the inputs: equal keys mean equal manifests. */
  readonly key: string;
}

/** What a source is rendered from at one commit: equal keys mean equal manifests. */
export interface SourceInputs extends SourceSurvey {
  readonly revision: Revision;
}

export interface Sources {
  /** Renders, or answers from memory when nothing that the last render read has changed. */
  render(
    source: ApplicationSource,
    options: { revision?: string | undefined; signal: AbortSignal },
  ): Promise<RenderedSource>;
  /** Whether the newest commit of the source gives the same manifests as `rendered`. */
  isCurrent(source: ApplicationSource, rendered: RenderedSource, signal: AbortSignal): Promise<boolean>;
  /** Which files a source is rendered from, without rendering it. @throws SekishoError GIT_* */
  inputs(source: ApplicationSource, revision: string | undefined, signal: AbortSignal): Promise<SourceInputs>;
  /** @throws SekishoError GIT_FORBIDDEN_URL | GIT_NOT_FOUND (embedded) */
  repository(repoURL: string): Promise<Repository>;
  /** Fetches from the remote now. */
  refresh(source: ApplicationSource, options: { hard: boolean; signal: AbortSignal }): Promise<void>;
  /** Why the last look at the remote failed; undefined when it did not. What was fetched before is still used. */
  trouble(source: ApplicationSource): string | undefined;
  /** A commit as git has it now. @throws SekishoError GIT_REVISION_UNKNOWN | … */
  commit(repoURL: string, revision: string, signal: AbortSignal): Promise<Revision>;
  /** Repositories that were asked for since the start. */
  addresses(): readonly string[];
  /** Called with the repository's address when it has something new: at a push, or found by polling; and when trouble begins or ends. */
  onChange(listener: (repoURL: string) => void): void;
  close(): Promise<void>;
}

/** How many bytes of rendered objects are kept for sources that nobody changed. Rough: by text size of the inputs. */
const CACHE_WEIGHT = 256 * 1024 * 1024;

/** Bytes of lists of files: for the few commits that are held, or that a rollback compares. */
const SURVEY_WEIGHT = 16 * 1024 * 1024;

/** How long a reconciliation waits for a remote: few can be worked on at a time, and a server that stalls must not hold up all. */
const PATIENCE_MS = 5_000;

export function createSources(options: {
  git: Git;
  /** Sekisho's own address: a repository named by it is the embedded one. */
  ownUrl: () => string;
  credentials: RepositoryCredentials;
  /** Called with how long it took, for each render that is computed, not answered from memory. */
  onRender: (ms: number) => void;
  logger: Logger;
}): Sources {
  const { git, logger } = options;
  const cache = createLru<string, RenderedSource>({
    maxWeight: CACHE_WEIGHT,
    weigh: (entry) => 1024 + entry.result.manifests.length * 4096,
  });
  const surveys = createLru<string, SourceSurvey>({
    maxWeight: SURVEY_WEIGHT,
    weigh: (survey) => 1024 + survey.key.length * 6,
  });
  const listeners = new Set<(repoURL: string) => void>();
  const largeFiles = createLargeFileParser();
  const followed = new Map<string, () => void>();

  const troubles = new Map<string, string>();
  const patience = (what: string) =>
    createPatience({
      waitMs: PATIENCE_MS,
      clock: systemClock,
      describe: (repoURL) => `${what} ${redactUrl(repoURL)}`,
    });
  const fetching = patience('The first look at');
  const refreshing = patience('A look at');

  function tell(repoURL: string): void {
    for (const listener of listeners) listener(repoURL);
  }

  function noteTrouble(repoURL: string, message: string | undefined): void {
    if (troubles.get(repoURL) === message) return;
    if (message === undefined) troubles.delete(repoURL);
    else troubles.set(repoURL, message);
    tell(repoURL);
  }

  async function open(repoURL: string): Promise<Repository> {
    const url = embeddedAddress(repoURL, options.ownUrl()) ?? repoURL;
    const repository = await git.open(url, (await options.credentials.for(url)) ?? null);
    if (!followed.has(repoURL)) {
      const onError = (error: unknown) => {
        logger.warn({ repo: redactUrl(repoURL), error: messageOf(error) }, 'a repository could not be polled');
        noteTrouble(repoURL, messageOf(error));
      };
      const onSuccess = () => noteTrouble(repoURL, undefined);
      const stop = repository.startPolling({ intervalMs: 120_000, jitterMs: 60_000, onError, onSuccess }, () => {
        // It was reached: whatever the trouble was.
        troubles.delete(repoURL);
        tell(repoURL);
      });
      followed.set(repoURL, stop);
    }
    return repository;
  }

  async function stillValid(repository: Repository, commit: string, entry: RenderedSource): Promise<boolean> {
    const current = { tree: repository.tree(commit), revision: commit };
    return readsHold(entry.result.reads, (ref) => (ref === undefined ? current : undefined));
  }

  return {
    async render(source, { revision: wanted, signal }) {
      const repository = await open(source.repoURL);
      const resolve = () => repository.resolve(wanted ?? source.targetRevision ?? 'HEAD');
      // Only a repository that was never fetched makes anybody wait here.
      const revision = await fetching.wait(source.repoURL, resolve, signal);
      if (isReferenceOnly(source)) {
        return { revision, result: NO_MANIFESTS, key: `${source.repoURL}@${revision.commit}` };
      }
      const key = sourceKey(source);
      const known = cache.get(key);
      if (known !== undefined && (await stillValid(repository, revision.commit, known))) {
        return known.revision.commit === revision.commit ? known : { ...known, revision };
      }
      const begin = performance.now();
      const result = await render(repository.tree(revision.commit), {
        ...renderOptions(source, revision.commit, signal),
        parse: largeFiles.parse,
      });
      options.onRender(performance.now() - begin);
      logger.debug({ repo: redactUrl(source.repoURL), path: source.path, revision: revision.commit }, 'rendered');
      const rendered = { revision, result, key: `${key}@${result.reads.map((read) => read.id).join(',')}` };
      cache.set(key, rendered);
      return rendered;
    },
    async inputs(source, wanted, signal) {
      const repository = await open(source.repoURL);
      const revision = await repository.resolve(wanted ?? source.targetRevision ?? 'HEAD', { signal });
      const key = `${sourceKey(source)}@${revision.commit}`;
      const known = surveys.get(key);
      if (known !== undefined) return { ...known, revision };
      const survey = isReferenceOnly(source)
        ? NO_MANIFESTS
        : await surveySource(repository.tree(revision.commit), renderOptions(source, revision.commit, signal));
      surveys.set(key, survey);
      return { ...survey, revision };
    },
    repository: open,
    async isCurrent(source, rendered, signal) {
      const repository = await open(source.repoURL);
      const revision = await repository.resolve(source.targetRevision ?? 'HEAD', { signal });
      if (revision.commit === rendered.revision.commit) return true;
      return !isReferenceOnly(source) && stillValid(repository, revision.commit, rendered);
    },
    async refresh(source, { hard, signal }) {
      const repository = await open(source.repoURL);
      if (hard) cache.delete(sourceKey(source));
      const look = async () => {
        try {
          await repository.refresh();
        } catch (error) {
          noteTrouble(source.repoURL, messageOf(error));
          throw error;
        }
        noteTrouble(source.repoURL, undefined);
      };
      await refreshing.wait(source.repoURL, look, signal);
    },
    trouble: (source) => troubles.get(source.repoURL),
    commit: async (repoURL, revision, signal) => (await open(repoURL)).resolve(revision, { signal }),
    addresses: () => [...followed.keys()],
    onChange(listener) {
      listeners.add(listener);
    },
    async close() {
      for (const stop of followed.values()) stop();
      await largeFiles.close();
    },
  };
}

/** `http://127.0.0.1:7070/git/config.git` is the embedded repository `config`, whatever the port is today. */
function embeddedAddress(repoURL: string, ownUrl: string): string | undefined {
  try {
    const url = new URL(repoURL);
    const name = /^\/git\/([^/]+?)(?:\.git)?\/?$/.exec(url.pathname)?.[1];
    return name !== undefined && url.host === new URL(ownUrl).host ? `embedded:${name}` : undefined;
  } catch {
    return undefined;
  }
}

function renderOptions(source: ApplicationSource, commit: string, signal: AbortSignal): RenderOptions {
  return {
    path: source.path ?? '.',
    repo: redactUrl(source.repoURL),
    revision: commit,
    ...(source.directory === undefined ? {} : { directory: defined(source.directory) }),
    signal,
  };
}

const NO_MANIFESTS: RenderResult = {
  tool: 'directory',
  manifests: [],
  diagnostics: [],
  reads: [],
  dependsOn: [],
  files: [],
  key: '',
};

function sourceKey(source: ApplicationSource): string {
  return JSON.stringify([source.repoURL, source.path, source.targetRevision, source.directory]);
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function defined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as Defined<T>;
}
