import { createLru, defined, type Logger, messageOf, redactUrl, systemClock } from '@sekisho/base';
import type { Charts } from '@sekisho/charts';
import type { Git, Repository, Revision } from '@sekisho/git';
import {
  type ReferencedTree,
  type RenderOptions,
  type RenderResult,
  readsHold,
  render,
  type SourceSurvey,
  surveySource,
} from '@sekisho/render';
import type { SourceRender, SourceSecrets } from '../source-secrets/source-secrets.ts';
import { type ApplicationSource, isReferenceOnly, referencesOf } from './application-source.ts';
import { createLargeFileParser } from './large-files.ts';
import { createPatience } from './patience.ts';
import type { RepositoryCredentials } from './repository-credentials.ts';
import type { SourceContext } from './source-context.ts';
import { createSourceTrees, type SourceTree } from './source-trees.ts';

/** Manifests of one source at one revision; none of a source that only others refer to. */
export interface RenderedSource {
  readonly revision: Revision;
  readonly result: RenderResult;
  /** Id of the capabilities that it was rendered with. */
  readonly cluster: string | undefined;
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
    context: SourceContext,
    options: { revision?: string | undefined; signal: AbortSignal },
  ): Promise<RenderedSource>;
  /** Whether the newest commits of the source, and of those that it refers to, give the same manifests as `rendered`. */
  isCurrent(
    source: ApplicationSource,
    refs: SourceContext['refs'],
    rendered: RenderedSource,
    signal: AbortSignal,
  ): Promise<boolean>;
  /** Which files a source is rendered from. Of directories none is read. @throws SekishoError GIT_* */
  inputs(
    source: ApplicationSource,
    context: SourceContext,
    revision: string | undefined,
    signal: AbortSignal,
  ): Promise<SourceInputs>;
  /** @throws SekishoError GIT_FORBIDDEN_URL | GIT_NOT_FOUND (embedded) */
  repository(repoURL: string): Promise<Repository>;
  /** Fetches from the remote now; `hard`: what was rendered is forgotten, too. */
  refresh(
    source: ApplicationSource,
    options: { hard: boolean; context?: SourceContext | undefined; signal: AbortSignal },
  ): Promise<void>;
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

/** How often repositories of charts are asked what a range of versions means. */
const CHART_POLL_MS = 180_000;

/** Bytes of lists of files: for the few commits that are held, or that a rollback compares. */
const SURVEY_WEIGHT = 16 * 1024 * 1024;

/** How long a reconciliation waits for a remote: few can be worked on at a time, and a server that stalls must not hold up all. */
const PATIENCE_MS = 5_000;

export function createSources(options: {
  git: Git;
  /** Sekisho's own address: a repository named by it is the embedded one. */
  ownUrl: () => string;
  credentials: RepositoryCredentials;
  /** Keys of encrypted files, and variables. */
  secrets: Pick<SourceSecrets, 'open'>;
  /** Undefined: charts of repositories are refused. */
  charts?: Pick<Charts, 'fetch' | 'resolve'> | undefined;
  /** Secret of this installation: what random functions of charts draw from. */
  seed: string;
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
  const ranges = new Map<string, () => void>();

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

  /** A range of versions of a chart may mean another one any time: the applications are asked to look. */
  function followRange(repoURL: string): void {
    if (ranges.has(repoURL)) return;
    const again = () => {
      tell(repoURL);
      ranges.set(repoURL, systemClock.after(CHART_POLL_MS, again));
    };
    ranges.set(repoURL, systemClock.after(CHART_POLL_MS, again));
  }

  const trees = createSourceTrees({
    repository: open,
    charts: options.charts,
    onRange: followRange,
    wait: (repoURL, work, signal) => fetching.wait(repoURL, work, signal),
  });

  /** The sources that values of `source` lie in. Those that are not there are told by the render. */
  async function openRefs(source: ApplicationSource, referenced: SourceContext['refs'], signal: AbortSignal) {
    const refs = new Map<string, ReferencedTree>();
    for (const name of referencesOf(source)) {
      const ref = referenced.get(name);
      if (ref === undefined) continue;
      const { revision, tree } = await trees.open(ref.source, { revision: ref.revision, signal });
      refs.set(name, { tree: await tree(), repo: redactUrl(ref.source.repoURL), revision: revision.commit });
    }
    return refs;
  }

  async function stillValid(
    { result, revision: before }: Pick<RenderedSource, 'result' | 'revision'>,
    source: ApplicationSource,
    { revision, tree }: SourceTree,
    refs: ReadonlyMap<string, ReferencedTree>,
  ): Promise<boolean> {
    const isChart = source.chart !== undefined;
    if (isChart && before.commit !== revision.commit) return false;
    // A version of a chart is one content: there is no need to fetch it.
    const reads = isChart ? result.reads.filter(({ ref }) => ref !== undefined) : result.reads;
    const own = isChart ? undefined : { tree: await tree(), revision: revision.commit };
    return readsHold(reads, (ref) => (ref === undefined ? own : refs.get(ref)));
  }

  function renderOptions(
    source: ApplicationSource,
    context: SourceContext,
    revision: Revision,
    refs: ReadonlyMap<string, ReferencedTree>,
    signal: AbortSignal,
  ): RenderOptions {
    const { directory, kustomize, helm, chart } = source;
    const { application, release, cluster } = context;
    return {
      path: chart === undefined ? (source.path ?? '.') : '',
      repo: redactUrl(source.repoURL),
      revision: revision.commit,
      directory: directory === undefined ? undefined : defined(directory),
      kustomize,
      helm: chart === undefined ? helm : (helm ?? {}),
      refs,
      release,
      application: { ...application, targetRevision: source.targetRevision },
      cluster:
        cluster === undefined ? undefined : { kubeVersion: cluster.kubeVersion, apiVersions: cluster.apiVersions },
      seed: options.seed,
      fetchChart: options.charts?.fetch,
      signal,
    };
  }

  return {
    async render(source, context, { revision: wanted, signal }) {
      const opened = await trees.open(source, { revision: wanted, signal });
      const { revision } = opened;
      if (isReferenceOnly(source)) {
        const key = `${source.repoURL}@${revision.commit}`;
        return { revision, result: NO_MANIFESTS, key, cluster: undefined };
      }
      const refs = await openRefs(source, context.refs, signal);
      const opening = await options.secrets.open(source, context.namespace, signal);
      const keys = sourceKeys(source, context, opening.id);
      for (const key of [keys.shared, keys.own]) {
        const known = cache.get(key);
        if (known === undefined || !fitsContext(known, context)) continue;
        if (!(await stillValid(known, source, opened, refs))) continue;
        return known.revision.commit === revision.commit ? known : { ...known, revision };
      }
      const secrets = opening.begin(signal);
      const given = renderOptions(source, context, revision, plainRefs(refs, secrets), signal);
      const tree = secrets.plain(await opened.tree(), { repo: redactUrl(source.repoURL), revision: revision.commit });
      const begin = performance.now();
      const result = secrets.finish(await render(tree, { ...given, parse: largeFiles.parse }));
      options.onRender(performance.now() - begin);
      logger.debug({ repo: redactUrl(source.repoURL), path: source.path, revision: revision.commit }, 'rendered');
      const key = result.dependsOn.includes('application') ? keys.own : keys.shared;
      const cluster = result.dependsOn.includes('cluster') ? context.cluster?.id : undefined;
      const inputs = result.reads.map((read) => read.id).join(',');
      const rendered = { revision, result, cluster, key: `${key}@${inputs}@${cluster ?? ''}` };
      cache.set(key, rendered);
      return rendered;
    },
    async inputs(source, context, wanted, signal) {
      const opened = await trees.open(source, { revision: wanted, signal });
      const { revision } = opened;
      const refs = await openRefs(source, context.refs, signal);
      const commits = [revision, ...refs.values()].map((each) => ('commit' in each ? each.commit : each.revision));
      const opening = await options.secrets.open(source, context.namespace, signal);
      const key = `${sourceKeys(source, context, opening.id).own}@${commits.join(',')}`;
      const known = surveys.get(key);
      if (known !== undefined) return { ...known, revision };
      const secrets = opening.begin(signal);
      const survey = isReferenceOnly(source)
        ? NO_MANIFESTS
        : await surveySource(
            secrets.plain(await opened.tree(), { repo: redactUrl(source.repoURL), revision: revision.commit }),
            renderOptions(source, context, revision, plainRefs(refs, secrets), signal),
          );
      const kept = { files: survey.files, diagnostics: survey.diagnostics, key: survey.key };
      surveys.set(key, kept);
      return { ...kept, revision };
    },
    repository: open,
    async isCurrent(source, referenced, rendered, signal) {
      // Whoever reads files of it looks at them.
      if (isReferenceOnly(source)) return true;
      const opened = await trees.open(source, { signal });
      const refs = await openRefs(source, referenced, signal);
      if (opened.revision.commit === rendered.revision.commit && refs.size === 0) return true;
      return stillValid(rendered, source, opened, refs);
    },
    async refresh(source, { hard, context, signal }) {
      if (hard && context !== undefined) {
        // Without its keys nothing was rendered that could be forgotten.
        const opening = await options.secrets.open(source, context.namespace, signal).catch(() => undefined);
        for (const key of Object.values(sourceKeys(source, context, opening?.id ?? ''))) cache.delete(key);
      }
      if (source.chart !== undefined) return;
      const repository = await open(source.repoURL);
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
      for (const stop of [...followed.values(), ...ranges.values()]) stop();
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

const NO_MANIFESTS: RenderResult = {
  tool: 'directory',
  manifests: [],
  diagnostics: [],
  reads: [],
  dependsOn: [],
  files: [],
  key: '',
};

/**
 * What names a source: for whatever application, and for this one alone. Results that depend on nothing of the application are
 * kept once for all.
 */
function sourceKeys(source: ApplicationSource, { application, release, refs }: SourceContext, inputsId: string) {
  const { repoURL, path, targetRevision, chart, directory, kustomize, helm } = source;
  const referenced = referencesOf(source).map((name) => [name, refs.get(name)?.source.repoURL]);
  const own = [repoURL, path, targetRevision, chart, directory, kustomize, helm];
  const shared = JSON.stringify([...own, referenced, inputsId]);
  return { shared, own: JSON.stringify([shared, application, release]) };
}

/** Values of a chart may be encrypted, too: with the keys of the source that uses them. */
function plainRefs(
  refs: ReadonlyMap<string, ReferencedTree>,
  secrets: SourceRender,
): ReadonlyMap<string, ReferencedTree> {
  return new Map(
    [...refs].map(([name, ref]) => [
      name,
      { ...ref, tree: secrets.plain(ref.tree, defined({ repo: ref.repo, revision: ref.revision })) },
    ]),
  );
}

function fitsContext({ result, cluster }: RenderedSource, context: SourceContext): boolean {
  return !result.dependsOn.includes('cluster') || cluster === context.cluster?.id;
}
