import { type ApplicationSet, type Generated, generateApplications, type TreeRequest } from '@sekisho/applicationset';
import type { Clock } from '@sekisho/base';
import { deepEqual } from '@sekisho/kube';
import { createTurns } from '../turns.ts';
import type { GeneratorRun } from './generator-sources/generator-sources.ts';

/** What each set's generators gave last: they run again only when something that they read may have changed. */
export interface Generations {
  /** Of the set as it is now. @param spec as it stands in the object */
  current(key: string, set: ApplicationSet, spec: unknown, signal: AbortSignal): Promise<CurrentGeneration>;
  /** What a set would give, without remembering it. */
  preview(set: ApplicationSet, signal: AbortSignal): Promise<Generated>;
  /** Sets that read from it; they are generated anew when they are looked at next. */
  forgetRepository(repoURL: string): readonly string[];
  forgetClusters(): readonly string[];
  /** @param provider of forges, as sets name it */
  forgetProviders(isMeant: (provider: string) => boolean): readonly string[];
  forget(key: string): void;
}

export interface CurrentGeneration {
  readonly generated: Generated;
  /** After which it should be looked at again; undefined: only when something changes. */
  readonly afterMs: number | undefined;
}

interface Entry {
  readonly spec: unknown;
  readonly generated: Generated;
  /** Milliseconds since 1970. */
  readonly until: number;
  readonly repositories: readonly TreeRequest[];
  readonly asksClusters: boolean;
  readonly providers: ReadonlySet<string>;
}

/** A generator that failed runs again after this time, or when what it reads has changed. */
const FAILED_AGAIN_MS = 60_000;
/** Below it a set would do nothing but ask its forge. */
const SHORTEST_MS = 5_000;

export function createGenerations(options: {
  begin: () => GeneratorRun;
  seed: string;
  clock: Clock;
  /** Told how long each run took, and whether it failed. */
  onRun: (ms: number, failed: boolean) => void;
}): Generations {
  const { clock } = options;
  const entries = new Map<string, Entry>();
  /** Runs under way: what they read is not known yet, so any change may concern them. */
  const running = new Map<string, { isStale: boolean }>();

  async function generate(set: ApplicationSet, signal: AbortSignal) {
    const run = options.begin();
    const begin = performance.now();
    const giveWay = createTurns();
    try {
      const generated = await generateApplications(set, run, {
        now: clock.now(),
        seed: options.seed,
        signal,
        yield: async () => giveWay(),
      });
      options.onRun(performance.now() - begin, generated.failure !== undefined);
      return { generated, asksClusters: run.asksClusters, providers: run.providers };
    } finally {
      await run.close();
    }
  }

  function forgetWhere(isMeant: (entry: Entry) => boolean): readonly string[] {
    for (const run of running.values()) run.isStale = true;
    const meant = [...entries].filter(([, entry]) => isMeant(entry)).map(([key]) => key);
    for (const key of meant) entries.delete(key);
    return [...new Set([...meant, ...running.keys()])];
  }

  return {
    async current(key, set, spec, signal) {
      const known = entries.get(key);
      const isKnown = known !== undefined && clock.now() < known.until && deepEqual(known.spec, spec);
      if (isKnown && !set.refreshRequested) return answerOf(known, clock.now());
      const mark = { isStale: false };
      running.set(key, mark);
      try {
        const { generated, ...read } = await generate(set, signal);
        const entry: Entry = {
          spec,
          generated,
          until: clock.now() + lifetimeMs(generated),
          repositories: generated.repositories,
          ...read,
        };
        if (mark.isStale) {
          entries.delete(key);
          return { generated, afterMs: 0 };
        }
        entries.set(key, entry);
        return answerOf(entry, clock.now());
      } finally {
        running.delete(key);
      }
    },
    preview: async (set, signal) => (await generate(set, signal)).generated,
    forgetRepository: (repoURL) =>
      forgetWhere(({ repositories }) => repositories.some((repository) => repository.repoURL === repoURL)),
    forgetClusters: () => forgetWhere(({ asksClusters }) => asksClusters),
    forgetProviders: (isMeant) => forgetWhere(({ providers }) => [...providers].some(isMeant)),
    forget(key) {
      const run = running.get(key);
      if (run !== undefined) run.isStale = true;
      entries.delete(key);
    },
  };
}

function lifetimeMs({ failure, requeueAfterSeconds }: Generated): number {
  const wished = requeueAfterSeconds === undefined ? Number.POSITIVE_INFINITY : requeueAfterSeconds * 1000;
  return Math.max(SHORTEST_MS, failure === undefined ? wished : Math.min(wished, FAILED_AGAIN_MS));
}

function answerOf({ generated, until }: Entry, now: number): CurrentGeneration {
  return { generated, afterMs: Number.isFinite(until) ? Math.max(until - now, 1) : undefined };
}
