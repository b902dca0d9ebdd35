import { createLru, defined, type Logger, messageOf, redactUrl, SekishoError, systemClock } from '@sekisho/base';
import type { Charts } from '@sekisho/charts';
import type { Git, Repository, Revision } from '@sekisho/git';
import type { ReferencedTree, RenderOptions, RenderResult, SourceSurvey } from '@sekisho/render';
import { currencyOf, type PoolRenderOptions, type RenderPool } from '@sekisho/render-pool';
import type { SourceRender, SourceSecrets } from '../source-secrets/source-secrets.ts';
import { type ApplicationSource, isReferenceOnly, referencesOf } from './application-source.ts';
import { createPatience } from './patience.ts';
import type { RepositoryCredentials } from './repository-credentials.ts';
import { type SourceContext, standingTime } from './source-context.ts';
import { createSourceTrees, type SourceTree } from './source-trees.ts';

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
  trouble(source: Pick<ApplicationSource, 'repoURL'>): string | undefined;
  /** A commit as git has it now. @throws SekishoError GIT_REVISION_UNKNOWN | … */
  commit(repoURL: string, revision: string, signal: AbortSignal): Promise<Revision>;
  /** Repositories that were asked for since the start. */
  addresses(): readonly string[];
  /** Called with the repository's address when it has something new: at a push, or found by polling; and when trouble begins or ends. */
  onChange(listener: (repoURL: string) => void): void;
  close(): Promise<void>;
}

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
  /** Closed by whoever made it. */
  renders: Pick<RenderPool, 'render' | 'survey'>;
  logger: Logger;
}): Sources {
  const { git, logger } = options;
  const surveys = createLru<string, SourceSurvey>({
    maxWeight: SURVEY_WEIGHT,
    weigh: (survey) => 1024 + survey.key.length * 6,
  });
  const listeners = new Set<(repoURL: string) => void>();
  /** Sources that are to be rendered anew although nothing has changed. */
  const renewals = new Set<string>();
  const keyOf = createNames();
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

  /** What renders a source, in plain text. */
  async function prepare(source: ApplicationSource, context: SourceContext, opened: SourceTree, signal: AbortSignal) {
    const { commit } = opened.revision;
    const refs = await openRefs(source, context.refs, signal);
    const reader = { namespace: context.namespace, project: context.application.project };
    const opening = await options.secrets.open(source, reader, signal);
    const secrets = opening.begin(signal);
    // A version of a chart is one content: there is no need to fetch it.
    const isPinned = source.chart !== undefined;
    const given: PoolRenderOptions = {
      ...renderOptions(source, context, opened.revision, plainRefs(refs, secrets), signal),
      variant: JSON.stringify([source.targetRevision, isPinned ? commit : '', opening.id]),
      isPinned,
      secret: opening.id !== '',
      finish: secrets.finish,
    };
    const tree = async () => secrets.plain(await opened.tree(), { repo: redactUrl(source.repoURL), revision: commit });
    const commits = [commit, ...[...refs.values()].map(({ revision }) => revision)];
    return { tree, given, inputs: [commits.join(','), opening.id] };
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
      time: standingTime(context.createdAt, systemClock.now()),
      fetchChart: options.charts?.fetch,
      signal,
    };
  }

  return {
    async render(source, context, { revision: wanted, signal }) {
      const opened = await trees.open(source, { revision: wanted, signal });
      const { revision } = opened;
      if (isReferenceOnly(source))
        return { revision, result: NO_MANIFESTS, key: `${source.repoURL}@${revision.commit}` };
      const { tree, given } = await prepare(source, context, opened, signal);
      const name = sourceName(source, context);
      const result = await options.renders.render(tree, { ...given, isNew: renewals.has(name) });
      renewals.delete(name);
      return { revision, result, key: keyOf(result) };
    },
    async inputs(source, context, wanted, signal) {
      const opened = await trees.open(source, { revision: wanted, signal });
      const { revision } = opened;
      const { tree, given, inputs } = await prepare(source, context, opened, signal);
      const key = JSON.stringify([sourceName(source, context), inputs]);
      const known = surveys.get(key);
      if (known !== undefined) return { ...known, revision };
      const survey = isReferenceOnly(source) ? NO_MANIFESTS : await options.renders.survey(tree, given);
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
      const isPinned = source.chart !== undefined;
      if (isPinned && opened.revision.commit !== rendered.revision.commit) return false;
      const own = isPinned ? undefined : await opened.tree();
      return currencyOf(own, { revision: opened.revision.commit, refs })(rendered.result);
    },
    async refresh(source, { hard, context, signal }) {
      if (hard && context !== undefined) renewals.add(sourceName(source, context));
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
    async commit(repoURL, revision, signal) {
      // The version of a chart: its repository is not one of git, and must not be followed as one.
      if (!/^[0-9a-f]{7,64}$/i.test(revision)) {
        throw new SekishoError('GIT_REVISION_UNKNOWN', `${revision} is no commit.`);
      }
      return (await open(repoURL)).resolve(revision, { signal });
    },
    addresses: () => [...followed.keys()],
    onChange(listener) {
      listeners.add(listener);
    },
    async close() {
      for (const stop of [...followed.values(), ...ranges.values()]) stop();
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

/** What is said about rendering a source, in one text. */
function sourceName(source: ApplicationSource, { application, release, refs }: SourceContext): string {
  const { repoURL, path, targetRevision, chart, directory, kustomize, helm } = source;
  const referenced = referencesOf(source).map((name) => [name, refs.get(name)?.source.repoURL]);
  const own = [repoURL, path, targetRevision, chart, directory, kustomize, helm];
  return JSON.stringify([...own, referenced, application, release]);
}

/** Names of results: the same one has the same name as long as somebody has it. */
function createNames(): (result: RenderResult) => string {
  const names = new WeakMap<RenderResult, string>();
  let last = 0;
  return (result) => {
    const name = names.get(result) ?? `render ${++last}`;
    names.set(result, name);
    return name;
  };
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
