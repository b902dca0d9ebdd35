import { parseManifestFile, type ReferencedTree, type RenderOptions, type RenderResult, render } from '@sekisho/render';
import { serveThread, type ThreadContext } from '@sekisho/thread-pool';
import { currencyOf } from './currency.ts';
import { createDiskCache } from './disk-cache.ts';
import { handOver, type Job, type RenderAnswer, type RenderJob } from './job.ts';
import { keyOf } from './source-key.ts';
import { type Ask, createContentCache, ThreadTree } from './thread-tree.ts';

/** An exact version: what is under it stays. */
const EXACT = /^v?\d+\.\d+\.\d+([-+].*)?$/;

/** Makes this thread one that renders. */
export function serveRenders(): void {
  const cache = createContentCache();
  serveThread(async (job: Job, context) => {
    if (job.kind === 'parse') return parseManifestFile(job.text, job.options);
    const ask = ((question) => context.ask(question)) as Ask;
    const trees = job.trees.map(
      ({ rootId }, index) => new ThreadTree(index, rootId, ask, job.secret ? createContentCache() : cache),
    );
    const answer = await renderOrLoad(job, trees, ask, context);
    const manifests = await handOver(answer.result.manifests, (part) => ask({ kind: 'manifests', manifests: part }));
    return { ...answer, result: { ...answer.result, manifests } };
  });
}

async function renderOrLoad(
  job: RenderJob,
  trees: readonly ThreadTree[],
  ask: Ask,
  context: ThreadContext,
): Promise<RenderAnswer> {
  const { keep, options } = job;
  const [tree] = trees;
  if (tree === undefined) throw new Error('a render has a tree');
  const refs = new Map<string, ReferencedTree>();
  for (const [index, { ref }] of job.trees.entries()) {
    const own = trees[index];
    if (ref !== undefined && own !== undefined)
      refs.set(ref.name, { tree: own, repo: ref.repo, revision: ref.revision });
  }
  const disk = keep === undefined ? undefined : createDiskCache(keep.folder);
  if (keep !== undefined && !keep.isNew) {
    const { revision } = options;
    const result = await disk?.find(keep.keys, currencyOf(keep.isPinned ? undefined : tree, { revision, refs }));
    if (result !== undefined) return { result, wasKept: true, writtenBytes: 0 };
  }
  let isLasting = true;
  const fetchChart: RenderOptions['fetchChart'] = ({ signal: _, ...request }) => {
    isLasting &&= EXACT.test(request.version);
    return ask({ kind: 'chart', request });
  };
  const result: RenderResult = await render(tree, {
    ...options,
    refs,
    signal: context.signal,
    ...(job.fetchesCharts ? { fetchChart } : {}),
  });
  const writtenBytes =
    keep !== undefined && isLasting ? ((await disk?.write(keyOf(result, keep.keys), result)) ?? 0) : 0;
  return { result, wasKept: false, writtenBytes };
}
