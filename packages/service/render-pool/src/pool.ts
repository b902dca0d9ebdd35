import { availableParallelism } from 'node:os';
import { createLru, isSekishoError, type Logger, messageOf } from '@sekisho/base';
import type { Manifest } from '@sekisho/kube';
import {
  detectTool,
  type FileTree,
  normalisePath,
  type RenderOptions,
  type RenderResult,
  render,
  type SourceSurvey,
  surveySource,
} from '@sekisho/render';
import { createThreadPool, type ThreadPool } from '@sekisho/thread-pool';
import { currencyOf, type IsCurrent } from './currency.ts';
import { createDiskCache, type DiskCache } from './disk-cache.ts';
import { engineVersion } from './engine-version.ts';
import { FAULTS, limitDiagnostic } from './faults.ts';
import type { Job, JobTree, RenderAnswer } from './job.ts';
import { DEFAULT_LIMITS, type RenderPoolLimits } from './limits.ts';
import { createAnswerer, type Question } from './questions.ts';
import { keyOf, plainOptions, type SourceKeys, sourceKeys } from './source-key.ts';
import { sweep } from './sweep.ts';

export interface RenderPoolOptions {
  /** At most; each starts when it is needed, and all but one end when they were idle for a minute. Default: one less than processors, 1 to 4. */
  readonly threads?: number;
  readonly limits?: RenderPoolLimits;
  /** Bytes of results in memory, roughly. Default 256 MiB. */
  readonly memoryBytes?: number;
  /** Keeps results across restarts. Made for its owner alone when it is not there. Default: none are kept. */
  readonly cacheFolder?: string;
  /** Of all results in `cacheFolder`; those used longest ago go. Default 1 GiB. */
  readonly cacheBytes?: number;
  /** Told of each render, for metrics. Must not throw. */
  readonly onRender?: (rendering: Rendering) => void;
  readonly logger: Logger;
}

/** One answer of the pool. */
export interface Rendering {
  /** Where the result came from: it was in memory or on disk, or was computed here or in a thread. */
  readonly from: 'memory' | 'disk' | 'here' | 'thread';
  readonly tool: RenderResult['tool'];
  readonly ms: number;
}

export interface PoolRenderOptions extends RenderOptions {
  /** Tells apart what is rendered in turn from trees that differ: at several branches, or with several keys. Default ''. */
  readonly variant?: string;
  /** The variant names the content of the source's own tree: what was read of it is not looked at again. Default false. */
  readonly isPinned?: boolean;
  /** The trees show what must not be on disk: the result is kept in memory only. Default false. */
  readonly secret?: boolean;
  /** Computed, even if nothing has changed. Default false. */
  readonly isNew?: boolean;
  /** Makes of the result what is given and kept in memory; on disk it is as it was before. What it depends on is in `variant`. */
  readonly finish?: (result: RenderResult) => RenderResult;
}

export type LazyTree = FileTree | (() => Promise<FileTree>);

export interface RenderPool {
  /**
   * Renders as `render` of @sekisho/render does, in a thread unless it is a plain directory; or answers with the last
   * result, the same object, when nothing that it read has changed.
   *
   * @param tree or a function that gets it, where that costs something: called when it is needed
   *
   * Going over a limit is a diagnostic: RENDER_TIMEOUT, RENDER_MEMORY. It is tried again after five minutes.
   *
   * @throws SekishoError RENDER_WORKER_FAILED | RENDER_BUSY | RENDER_CLOSED, what the tree and `fetchChart` throw, and the
   *   signal's reason
   */
  render(tree: LazyTree, options: PoolRenderOptions): Promise<RenderResult>;
  /** As `surveySource` of @sekisho/render, in a thread where that renders. Throws as `render` does. */
  survey(tree: LazyTree, options: PoolRenderOptions): Promise<SourceSurvey>;
  /** Ends all threads; what waits or runs is rejected. */
  close(): Promise<void>;
}

const MAX_WAITING = 100_000;
const IDLE_MS = 60_000;
const MEMORY_BYTES = 256 * 1024 * 1024;
const CACHE_BYTES = 1024 * 1024 * 1024;
/** Of a result on disk that is read here: larger ones take long enough to hold others up. */
const READ_HERE_BYTES = 256 * 1024;
/** A render that went over its limits may have met a busy moment. */
const RETRY_MS = 5 * 60_000;

export function createRenderPool(options: RenderPoolOptions): RenderPool {
  return new Pool(options);
}

interface Remembered {
  readonly result: RenderResult;
  /** When to compute it again although nothing has changed. */
  readonly untilMs: number;
}

class Pool implements RenderPool {
  readonly #options: RenderPoolOptions;
  readonly #limits: Required<RenderPoolLimits>;
  readonly #threads: ThreadPool<undefined>;
  readonly #memory;
  readonly #disk: DiskCache | undefined;
  readonly #stop = new AbortController();
  /** Bytes on disk at the last sweep; undefined: nobody has looked yet. */
  #diskBytes: number | undefined;
  /** Bytes that were written since it began. */
  #writtenBytes = 0;
  #sweeping: Promise<void> | undefined;

  constructor(options: RenderPoolOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#threads = createThreadPool({
      entry: new URL('./worker.mjs', import.meta.url),
      threads: options.threads ?? Math.min(4, Math.max(1, availableParallelism() - 1)),
      heapMb: this.#limits.memoryMb,
      maxWaiting: MAX_WAITING,
      idleMs: IDLE_MS,
      keptThreads: 1,
      faults: FAULTS,
      createState: () => undefined,
    });
    this.#memory = createLru<string, Remembered>({
      maxWeight: options.memoryBytes ?? MEMORY_BYTES,
      weigh: ({ result }) => 1024 + result.reads.length * 128 + result.manifests.length * 4096,
    });
    this.#disk = options.cacheFolder === undefined ? undefined : createDiskCache(options.cacheFolder);
  }

  async render(source: LazyTree, options: PoolRenderOptions): Promise<RenderResult> {
    const begun = performance.now();
    const { variant = '', secret = false, isNew = false, isPinned = false, finish, ...given } = options;
    given.signal?.throwIfAborted();
    const keys = sourceKeys(given, secret ? `secret ${variant}` : variant, await engineVersion());
    const open = opener(source);
    const isCurrent = currencyOf(isPinned ? undefined : await open(), given);
    const tell = (from: Rendering['from'], { tool }: RenderResult) =>
      this.#options.onRender?.({ from, tool, ms: performance.now() - begun });

    for (const key of isNew ? [] : [keys.shared, keys.own]) {
      const known = this.#memory.get(key);
      if (known === undefined || performance.now() > known.untilMs || !(await isCurrent(known.result))) continue;
      tell('memory', known.result);
      return known.result;
    }
    const anew = await this.#renderAnew(open, options, keys, isCurrent);
    const { from, untilMs = Number.POSITIVE_INFINITY } = anew;
    const result = finish === undefined ? anew.result : finish(anew.result);
    this.#memory.set(keyOf(result, keys), { result, untilMs });
    tell(from, result);
    return result;
  }

  async survey(source: LazyTree, options: PoolRenderOptions): Promise<SourceSurvey> {
    const tree = await opener(source)();
    if (await isPlainDirectory(tree, options)) return surveySource(tree, options);
    // Other revisions are surveyed than are rendered: neither takes the other's place.
    return this.render(tree, { ...options, variant: `survey ${options.variant ?? ''}` });
  }

  async close(): Promise<void> {
    this.#stop.abort(FAULTS.closed());
    await this.#threads.close();
    await this.#sweeping;
  }

  /** From disk or by rendering. */
  async #renderAnew(
    open: () => Promise<FileTree>,
    options: PoolRenderOptions,
    keys: SourceKeys,
    isCurrent: IsCurrent,
  ): Promise<{ result: RenderResult; from: Rendering['from']; untilMs?: number }> {
    const { secret = false, isNew = false, isPinned = false } = options;
    const disk = secret || isNew ? undefined : this.#disk;
    const find = () => disk?.find(keys, isCurrent, { maxBytes: READ_HERE_BYTES });
    // A tree that costs something is not needed for what is on disk; of plain directories nothing is there.
    const pinned = isPinned ? await find() : undefined;
    if (pinned !== undefined) return { result: pinned, from: 'disk' };
    const tree = await open();
    try {
      if (await isPlainDirectory(tree, options)) return { result: await this.#renderHere(tree, options), from: 'here' };
      const kept = isPinned ? undefined : await find();
      if (kept !== undefined) return { result: kept, from: 'disk' };
      const { result, wasKept } = await this.#renderInThread(tree, options, keys);
      return { result, from: wasKept ? 'disk' : 'thread' };
    } catch (error) {
      const diagnostic = isSekishoError(error) ? limitDiagnostic(error, options, this.#limits) : undefined;
      if (diagnostic === undefined) throw error;
      const result: RenderResult = {
        tool: 'directory',
        manifests: [],
        diagnostics: [diagnostic],
        reads: [{ path: '', id: (await tree.idOf?.('')) ?? '' }],
        dependsOn: ['application', 'cluster'],
        files: [],
        key: diagnostic.code,
      };
      return { result, from: 'thread', untilMs: performance.now() + RETRY_MS };
    }
  }

  /** Files are read one by one, with turns for others in between; large ones in a thread. */
  async #renderHere(tree: FileTree, options: RenderOptions): Promise<RenderResult> {
    const { timeMs } = this.#limits;
    const stop = new AbortController();
    const onAbort = () => stop.abort(options.signal?.reason);
    const timer = setTimeout(() => stop.abort(FAULTS.timeout(timeMs)), timeMs).unref();
    options.signal?.addEventListener('abort', onAbort, { once: true });
    // A tree may hang without looking at a signal.
    const stopped = new Promise<never>((_, reject) => {
      stop.signal.addEventListener('abort', () => reject(stop.signal.reason), { once: true });
    });
    try {
      const rendering = render(tree, {
        ...options,
        signal: stop.signal,
        parse: (text, place) =>
          this.#threads.run({
            message: (): Job => ({ kind: 'parse', text, options: place }),
            timeoutMs: timeMs,
            signal: stop.signal,
          }),
      });
      return await Promise.race([rendering, stopped]);
    } finally {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', onAbort);
    }
  }

  async #renderInThread(tree: FileTree, options: PoolRenderOptions, keys: SourceKeys): Promise<RenderAnswer> {
    const { secret = false, isNew = false, isPinned = false, variant: _variant, finish: _finish, ...given } = options;
    const { signal, fetchChart, refs = new Map() } = given;
    const { cacheFolder } = this.#options;
    const referenced = [...refs].map(([name, { tree: its, repo, revision }]) => ({
      its,
      ref: { name, repo, revision },
    }));
    const trees: JobTree[] = await Promise.all([
      rootOf(tree),
      ...referenced.map(async ({ its, ref }) => ({ ...(await rootOf(its)), ref })),
    ]);
    const job: Job = {
      kind: 'render',
      options: plainOptions(given),
      trees,
      fetchesCharts: fetchChart !== undefined,
      secret,
      keep: secret || cacheFolder === undefined ? undefined : { folder: cacheFolder, keys, isNew, isPinned },
    };
    const parts: Manifest[] = [];
    const answer = createAnswerer([tree, ...referenced.map(({ its }) => its)], { fetchChart, signal }, (part) => {
      for (const manifest of part) parts.push(manifest);
    });
    const { result, ...rest } = await this.#threads.run<RenderAnswer>({
      message: () => job,
      onQuestion: (question) => answer(question as Question),
      timeoutMs: this.#limits.timeMs,
      signal,
    });
    if (rest.writtenBytes > 0) this.#noteWritten(rest.writtenBytes);
    const manifests = parts.length === 0 ? result.manifests : [...parts, ...result.manifests];
    return { ...rest, result: { ...result, manifests } };
  }

  /** Sweeps at the first result that is written, and whenever there are more bytes than there is room for. */
  #noteWritten(bytes: number): void {
    const { cacheFolder, cacheBytes = CACHE_BYTES, logger } = this.#options;
    this.#writtenBytes += bytes;
    const isRoom = this.#diskBytes !== undefined && this.#diskBytes + this.#writtenBytes <= cacheBytes;
    if (cacheFolder === undefined || isRoom || this.#sweeping !== undefined) return;
    this.#writtenBytes = 0;
    this.#sweeping = sweep(cacheFolder, cacheBytes, this.#stop.signal)
      .then((left) => {
        this.#diskBytes = left;
      })
      .catch((error: unknown) => {
        if (!this.#stop.signal.aborted) logger.warn({ error: messageOf(error) }, 'kept renders could not be counted');
      })
      .finally(() => {
        this.#sweeping = undefined;
      });
  }
}

function opener(source: LazyTree): () => Promise<FileTree> {
  if (typeof source !== 'function') return async () => source;
  let opened: Promise<FileTree> | undefined;
  return () => {
    opened ??= source();
    return opened;
  };
}

async function rootOf(tree: FileTree): Promise<JobTree> {
  return { rootId: await tree.idOf?.('') };
}

/** False also where it can't be said without following links. */
async function isPlainDirectory(tree: FileTree, { path, directory, kustomize, helm }: RenderOptions): Promise<boolean> {
  if (kustomize !== undefined || helm !== undefined) return false;
  if (directory !== undefined) return true;
  const folder = normalisePath(path);
  const entries = folder === undefined ? undefined : await tree.list(folder);
  if (entries === undefined) return false;
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  return detectTool(byName) === 'directory' && !entries.some(({ name }) => name.startsWith('.argocd-source'));
}
