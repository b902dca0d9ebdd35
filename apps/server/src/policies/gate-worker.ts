import type { KubeObject } from '@sekisho/kube';
import { type ConcernQuestion, concernsIn, type GateVerdict, type PolicySources } from '@sekisho/policy/asking';
import type { PolicySetInfo, PolicyWorker } from '@sekisho/policy-worker';

export const EMPTY_INFO: PolicySetInfo = { policies: [], waivers: [], diagnostics: [], needs: [], concernTable: [] };

/** A PolicyWorker that costs nothing until there is a policy: no thread, and not even the code of the engines. */
export interface GateWorker extends PolicyWorker {
  /** No: certainly nothing would change such objects. */
  mutates(question: ConcernQuestion): boolean;
}

export interface GateWorkerOptions {
  /** Whether there is something to ask although no policy is written: namespaces may have labels that ask for it. */
  readonly hasImplicit: () => boolean;
  /** Makes the worker that does the work. */
  readonly open: () => Promise<PolicyWorker>;
  /**
   * `eager`: policies are compiled when they are given. `lazy`: when somebody asks for the first time; from then on eagerly.
   */
  readonly mode: 'eager' | 'lazy';
  /** What the set tells of itself where it was compiled already. A lazy worker needs it to say what concerns it. */
  readonly infoOf?: () => PolicySetInfo;
  /** Policies that stand for files that can't be had: their verdicts are no answers. */
  readonly isUnavailable: (policyId: string) => boolean;
}

export function createGateWorker(options: GateWorkerOptions): GateWorker {
  const { open, mode, isUnavailable } = options;
  const surroundings = createPendingSurroundings();
  let opening: Promise<PolicyWorker> | undefined;
  let opened: PolicyWorker | undefined;
  /** What was given last, while nobody has asked. */
  let waiting: PolicySources | undefined;
  let isEmpty = true;
  let loading: Promise<unknown> = Promise.resolve();
  let isClosed = false;

  function worker(): Promise<PolicyWorker> {
    opening ??= open().then((made) => {
      opened = made;
      for (const [cluster, change] of surroundings.take()) made.surround(cluster, change);
      return made;
    });
    return opening;
  }

  async function give(sources: PolicySources): Promise<PolicySetInfo> {
    const made = await worker();
    return made.load(sources);
  }

  /** The worker with the newest policies; undefined: there are none. */
  async function asked(): Promise<PolicyWorker | undefined> {
    if (isEmpty || isClosed) return undefined;
    if (waiting !== undefined) {
      const sources = waiting;
      waiting = undefined;
      loading = give(sources).catch((error) => {
        waiting ??= sources;
        throw error;
      });
    }
    await loading;
    return worker();
  }

  const marked = (verdicts: readonly GateVerdict[]): readonly GateVerdict[] =>
    verdicts.some(({ policyId }) => isUnavailable(policyId))
      ? verdicts.map((verdict) =>
          isUnavailable(verdict.policyId) ? { ...verdict, undecided: true as const } : verdict,
        )
      : verdicts;
  const infoNow = () => (isEmpty ? EMPTY_INFO : (options.infoOf?.() ?? opened?.info ?? EMPTY_INFO));

  return {
    async load(sources) {
      const isWritten = sources.documents.length > 0 || (sources.bundles ?? []).length > 0;
      const nothing = !isWritten && !options.hasImplicit();
      if (nothing && opening === undefined) {
        isEmpty = true;
        waiting = undefined;
        return EMPTY_INFO;
      }
      if (mode === 'lazy' && opening === undefined) {
        waiting = sources;
        isEmpty = nothing;
        return infoNow();
      }
      const work = give(sources);
      // Until the first set is there, questions wait for it; later the one before answers.
      if (isEmpty) loading = work;
      isEmpty = false;
      const info = await work;
      isEmpty = nothing;
      return info;
    },
    get info() {
      return infoNow();
    },
    concerns(question) {
      return !isEmpty && concernsIn(infoNow().concernTable, question);
    },
    mutates(question) {
      return !isEmpty && concernsIn(mutatorsOf(infoNow()), { ...question, mutating: true });
    },
    surround(cluster, change) {
      if (opened === undefined) surroundings.put(cluster, change);
      else opened.surround(cluster, change);
    },
    async judge(request, place) {
      const made = await asked();
      return made === undefined ? [] : marked(await made.judge(request, place));
    },
    async judgeMany(requests, place) {
      const made = await asked();
      return made === undefined ? requests.map(() => []) : (await made.judgeMany(requests, place)).map(marked);
    },
    async judgeTogether(requests, place) {
      const made = await asked();
      return made === undefined ? [] : marked(await made.judgeTogether(requests, place));
    },
    async mutate(request, place) {
      const made = await asked();
      if (made !== undefined) return made.mutate(request, place);
      if (request.object === undefined) throw new Error('a deletion can not be mutated');
      return { object: request.object, changedBy: [] };
    },
    async explain(verdict, request, place) {
      return (await asked())?.explain(verdict, request, place);
    },
    async decide(request, place) {
      return (await asked())?.decide(request, place) ?? { allowed: true, warnings: [] };
    },
    async admit(body, place) {
      return (await worker()).admit(body, place);
    },
    async close() {
      isClosed = true;
      await (await opening?.catch(() => undefined))?.close();
    },
  };
}

/** Asked for every write. */
const mutatorTables = new WeakMap<PolicySetInfo, PolicySetInfo['concernTable']>();

function mutatorsOf(info: PolicySetInfo): PolicySetInfo['concernTable'] {
  let table = mutatorTables.get(info);
  if (table === undefined) {
    table = info.concernTable.filter(({ mutates }) => mutates === true);
    mutatorTables.set(info, table);
  }
  return table;
}

type Change = Parameters<PolicyWorker['surround']>[1];
type Removed = NonNullable<Change['remove']>[number];

/** Surroundings that were told before there is a worker: the newest state of each object. */
function createPendingSurroundings() {
  const clusters = new Map<string, { readonly put: Map<string, KubeObject>; readonly remove: Map<string, Removed> }>();
  const keyOf = ({ apiVersion, kind, metadata }: Removed) =>
    `${apiVersion}/${kind}/${metadata.namespace ?? ''}/${metadata.name ?? ''}`;
  return {
    put(cluster: string, { put = [], remove = [] }: Change): void {
      const pending = clusters.get(cluster) ?? { put: new Map(), remove: new Map() };
      clusters.set(cluster, pending);
      for (const object of remove) {
        pending.put.delete(keyOf(object));
        pending.remove.set(keyOf(object), object);
      }
      for (const object of put) {
        pending.remove.delete(keyOf(object));
        pending.put.set(keyOf(object), object);
      }
    },
    take(): readonly [string, Change][] {
      const all = [...clusters].map(([cluster, { put, remove }]): [string, Change] => [
        cluster,
        { put: [...put.values()], remove: [...remove.values()] },
      ]);
      clusters.clear();
      return all;
    },
  };
}
